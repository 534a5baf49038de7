"""A scan pauses while one of higher priority is in work, but not for ever."""

import threading
import time

import pytest

from clarity.scans import precedence
from clarity.scans.precedence import GaveWay, Precedence

FREE, CUSTOMER = 0, 100


def nothing():
    pass


def test_nobody_waits_for_equals_or_for_less():
    turns = Precedence()
    with turns.at_work(FREE), turns.at_work(CUSTOMER):
        turns.give_way(CUSTOMER, nothing)
        assert turns.least == CUSTOMER
    turns.give_way(FREE, nothing)
    assert turns.least == FREE


def test_a_free_scan_goes_on_as_soon_as_the_last_customer_is_served():
    turns, seen = Precedence(), []

    def free():
        turns.give_way(FREE, nothing)
        seen.append("free")

    thread = threading.Thread(target=free)
    with turns.at_work(CUSTOMER):
        with turns.at_work(CUSTOMER):
            thread.start()
            time.sleep(0.05)
        time.sleep(0.05)
        seen.append("customers")
    thread.join(5)
    assert seen == ["customers", "free"]


def test_what_ends_the_scan_ends_the_pause():
    turns = Precedence()

    def lost():
        raise InterruptedError

    with turns.at_work(CUSTOMER), pytest.raises(InterruptedError):
        turns.give_way(FREE, lost)


def test_a_pause_that_is_too_long_sends_the_scan_back(monkeypatch):
    monkeypatch.setattr(precedence, "LONGEST_PAUSE_SECONDS", 0.1)
    turns = Precedence()
    with turns.at_work(CUSTOMER), pytest.raises(GaveWay):
        turns.give_way(FREE, nothing)
