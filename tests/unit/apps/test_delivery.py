"""What page and report say of copies of an item that is sent on."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apps.gateway_client import Gateway
from apps.scanner import markup, session
from apps.scans_client import Scans
from apps.wording import (
    DECISIONS,
    SCALE_NOTE,
    delivery_intro,
    delivery_rows,
    delivery_spread,
    meaning,
    scale_note,
)
from clarity.labels import Label
from clarity.reports.messages import Delivery, DeliveryFacts
from clarity.scanner.delivery import delivered
from tests.unit.apps.acting import html, ran
from tests.unit.apps.canned import report_for
from tests.unit.apps.contract_server import ContractServer, Ledger

SCRIPT = """
import streamlit as st
from apps.scanner.views import scan
st.query_params["scan"] = {scan_id!r}
scan.show()
"""


def told(*, spread=0.05, flips=False, frames=1):
    copies = [Delivery(name="jpeg-50", confidence=0.2), Delivery(name="of-2031", confidence=0.1)]
    return DeliveryFacts(frames=frames, itself=0.15, copies=copies, spread=spread, flips=flips)


@pytest.fixture
def page(monkeypatch):
    """The report page of a file of this name, from a server that speaks the contract."""
    with ContractServer(Ledger(pace=0.001)) as server:
        gateway = Gateway(server.url)
        monkeypatch.setattr(session, "token", lambda: "")
        monkeypatch.setattr(session, "gateway", lambda: gateway)
        monkeypatch.setattr(session, "_connections", lambda: gateway)
        session._image_bytes.clear()

        def opened(name):
            scan_id = Scans(gateway).submit_file(name, b"x").id
            script = SCRIPT.format(scan_id=scan_id)
            return ran(AppTest.from_string(script, default_timeout=30).run())

        yield opened


def written(page):
    return " ".join(e.value for kind in ("markdown", "caption") for e in page.get(kind))


def test_the_page_shows_every_copy_and_the_spread_and_that_the_answer_turns(page):
    shown = page("turning.jpg")
    assert "What if this was sent on?" in [element.value for element in shown.subheader]
    table = html(shown)
    for words in ("As it was handed in", "Compressed strongly (JPEG, quality 50)", "31 %", "84 %"):
        assert words in table
    words = written(shown)
    assert "64 percentage points apart" in words
    assert "called Suspicious" in words
    assert "opposite answer" in words
    assert DECISIONS[Label.SUSPICIOUS].meaning not in words
    assert "Suspicious all the same" in words


def test_the_page_of_a_report_without_copies_says_nothing_of_them(page):
    shown = page("portrait.jpg")
    assert "What if this was sent on?" not in [element.value for element in shown.subheader]
    assert "apart" not in written(shown)


@pytest.mark.parametrize("moving", [False, True])
def test_every_delivery_has_words(moving):
    names = delivered(np.zeros((1, 32, 32, 3), np.uint8), moving=moving).crops
    for name in names:
        one = told().model_copy(update={"copies": [Delivery(name=name, confidence=0.5)]})
        ((_, _), (title, _)) = delivery_rows(one)
        assert title.lower() != name
        assert "(" in title or " " in title


def test_rows_begin_with_the_item_itself_and_a_delivery_of_another_version_keeps_its_name():
    assert delivery_rows(told()) == [
        ("As it was handed in", 0.15),
        ("Compressed strongly (JPEG, quality 50)", 0.2),
        ("Of-2031", 0.1),
    ]


@pytest.mark.parametrize(
    ("spread", "words"),
    [
        (0.0, "hardly changes: the highest and the lowest of these lie less than one percentage"),
        (0.01, "hardly changes: the highest and the lowest of these lie 1 percentage point apart"),
        (0.1, "hardly changes"),
        (0.11, "changes somewhat: the highest and the lowest of these lie 11 percentage points"),
        (0.31, "changes a lot"),
        (1.0, "changes a lot: the highest and the lowest of these lie 100 percentage points"),
    ],
)
def test_the_spread_in_words(spread, words):
    assert words in delivery_spread(told(spread=spread))


def test_a_flip_is_said_and_only_a_flip():
    assert "None of them turns the answer" in delivery_spread(told())
    assert "One of them turns the answer" in delivery_spread(told(flips=True))


def test_how_much_was_copied():
    assert delivery_intro(told()).startswith("The face was compressed")
    assert delivery_intro(told(frames=8)).startswith("The face in 8 frames was compressed")


def test_what_a_decision_means_is_told_otherwise_only_where_the_answer_turned():
    turning = report_for("turning.jpg")
    assert meaning(turning) != DECISIONS[Label.SUSPICIOUS].meaning
    assert scale_note(turning) != SCALE_NOTE
    steady = turning.people[0].delivery.model_copy(update={"flips": False})
    person = turning.people[0].model_copy(update={"delivery": steady})
    unlike = [
        turning.model_copy(update={"people": [person]}),
        turning.model_copy(update={"label": Label.FAKE}),
        # suspicious by itself, though some person's answer turns
        turning.model_copy(update={"confidence": 0.7}),
        report_for("suspicious.jpg"),
        report_for("coffee.jpg"),
    ]
    for report in unlike:
        assert meaning(report) == DECISIONS[report.label].meaning
        assert scale_note(report) == SCALE_NOTE


def test_names_of_deliveries_are_escaped():
    one = told().model_copy(update={"copies": [Delivery(name="<script>", confidence=0.5)]})
    assert "<script>" not in markup.deliveries(one).lower()
