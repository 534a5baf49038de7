"""Calls over a real TLS connection to a receiver on this machine; and those not made at all."""

import hashlib
import hmac
import json
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest

from clarity.database import Database
from clarity.webhooks import service
from clarity.webhooks.caller import Caller
from clarity.webhooks.messages import Event
from clarity.webhooks.rules import GIVEN_UP, pause, signature
from clarity.webhooks.wire import BadWebhook, Wire, checked_address
from tests.receiver import HOST, Receiver

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = Event(id="case-1", event="case.settled", at=NOW, data={"state": "settled"})


def wait_for(what, seconds=6):
    """Shorter than a call may take."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


class Office:
    """A database of webhooks with one in it, and a caller whose clock can be moved."""

    def __init__(self, folder, receiver, *, addresses=("93.184.215.14",), context=None, **wire):
        self.now = NOW
        self.database = Database(f"sqlite:///{folder}/w.sqlite", package="clarity.webhooks")
        self.database.upgrade()
        self.caller = Caller(
            self.database,
            lambda hook: f"secret of {hook}",
            clock=lambda: self.now,
            wire=Wire(
                resolve=lambda host, port: addresses,
                dial=receiver.dial,
                context=context or ssl.create_default_context(cafile=str(receiver.certificate)),
                **wire,
            ),
        )
        self.hook = self.add(f"https://{HOST}/clarity?who=me")

    def add(self, url, account="ann"):
        with self.database.write() as session:
            return service.add(session, account, url, now=NOW).id

    def tell(self, account="ann", event=EVENT):
        with self.database.write() as session:
            service.tell(session, account, event, now=self.now)

    def shown(self, account="ann"):
        with self.database.read() as session:
            return service.listed(session, account)[0]

    def until_told(self, account):
        wait_for(lambda: not self.shown(account).waiting)


@pytest.fixture
def receiver(tmp_path):
    made = Receiver(tmp_path)
    yield made
    made.close()


@pytest.fixture
def office(tmp_path, receiver):
    made = Office(tmp_path, receiver)
    yield made
    made.database.close()


def test_a_call_carries_the_event_and_a_signature_that_can_be_checked(office, receiver):
    office.tell()
    office.tell()  # a crash told it twice
    assert office.caller.call_one()
    assert not office.caller.call_one()
    ((path, headers, body),) = receiver.calls
    assert path == "/clarity?who=me"
    assert json.loads(body)["data"] == {"state": "settled"}
    assert headers["Clarity-Event"] == "case-1"
    seconds = int(headers["Clarity-Signature"].split(",")[0][2:])
    right = hmac.new(
        f"secret of {office.hook}".encode(), f"{seconds}.".encode() + body, hashlib.sha256
    ).hexdigest()
    assert headers["Clarity-Signature"] == f"t={seconds},v1={right}"
    assert (office.shown().last_outcome, office.shown().waiting) == ("HTTP 200", 0)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_call_that_is_not_taken_is_made_again_later_and_no_redirect_followed(
    office, receiver, status
):
    receiver.status = status
    office.tell()
    assert office.caller.call_one()
    assert not office.caller.call_one(), "not at once"
    assert office.shown().last_outcome == f"HTTP {status}"
    office.now = NOW + pause(1)
    receiver.status = 204
    assert office.caller.call_one()
    assert office.shown().waiting == 0
    assert len(receiver.calls) == 2


def test_after_three_days_it_is_given_up(office, receiver):
    receiver.status = 500
    office.tell()
    office.caller.call_one()
    office.now = NOW + GIVEN_UP + timedelta(minutes=1)
    office.caller.call_one()
    assert office.shown().waiting == 0
    assert len(receiver.calls) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1"])
def test_a_name_that_leads_inside_is_never_called(tmp_path, receiver, address):
    office = Office(tmp_path, receiver, addresses=("93.184.215.14", address))
    office.tell()
    assert office.caller.call_one()
    assert receiver.calls == []
    assert "private address" in office.shown().last_outcome


def test_a_certificate_of_somebody_else_is_not_trusted(tmp_path, receiver):
    office = Office(tmp_path, receiver, context=ssl.create_default_context())
    office.tell()
    assert office.caller.call_one()
    assert receiver.calls == []
    assert "SSLCertVerificationError" in office.shown().last_outcome


def test_a_slow_receiver_delays_nobody_and_hears_things_in_their_order(tmp_path, receiver):
    folder = tmp_path / "slow"
    folder.mkdir()
    slow = Receiver(folder)
    slow.go.clear()
    context = ssl.create_default_context(cafile=str(receiver.certificate))
    context.load_verify_locations(str(slow.certificate))
    office = Office(tmp_path, receiver, inside=[slow.place], context=context)
    office.add(f"https://{slow.place}/slow", account="bob")
    first, second = (EVENT.model_copy(update={"id": f"case-{n}"}) for n in (8, 9))
    for event in (first, second):
        office.tell("bob", event)
    office.tell()
    office.caller.start()
    try:
        office.until_told("ann")
        wait_for(lambda: slow.calls)
        assert [headers["Clarity-Event"] for _, headers, _ in slow.calls] == ["case-8"]
        slow.go.set()
        office.until_told("bob")
    finally:
        office.caller.close()
        slow.close()
    assert [headers["Clarity-Event"] for _, headers, _ in slow.calls] == ["case-8", "case-9"]


def test_an_answer_that_drips_is_cut_off(tmp_path, receiver):
    receiver.drip = 0.05
    office = Office(tmp_path, receiver, seconds=0.5)
    office.tell()
    began = time.monotonic()
    assert office.caller.call_one()
    assert time.monotonic() - began < 3
    assert office.shown().last_outcome == "failed: no whole answer within 0.5 s"
    assert office.shown().waiting == 1


def test_receivers_inside_are_called_where_the_operator_names_them(tmp_path, receiver):
    url = f"https://{receiver.place}/clarity"
    with pytest.raises(BadWebhook):
        checked_address(url)
    assert checked_address(url, inside=[receiver.place]) == url
    for other in (url.replace("https", "http"), url.replace("//", "//me@"), f"{url[:-8]}0/x"):
        with pytest.raises(BadWebhook):
            checked_address(other, inside=[receiver.place])
    named = Office(tmp_path, receiver, inside=[receiver.place])
    named.add(url, account="bob")
    named.tell("bob")
    assert named.caller.call_one()
    assert named.shown("bob").last_outcome == "HTTP 200"
    named.caller._wire = Wire(context=named.caller._wire._context)  # no longer named
    named.tell("bob", EVENT.model_copy(update={"id": "case-2"}))
    assert named.caller.call_one()
    assert "not a public address" in named.shown("bob").last_outcome
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://intranet/x",
        "https://2130706433/x",
        "https://user:word@example.org/x",
        "https://example.org:8443/x",
        "ftp://example.org",
        "https://exa mple.org",
        "https://[::1",
        "",
    ],
)
def test_what_is_not_a_public_https_address_is_refused(url):
    with pytest.raises(BadWebhook):
        checked_address(url)


def test_a_good_address_is_taken_as_it_is():
    assert checked_address(" https://example.org/a?b=c ") == "https://example.org/a?b=c"


def test_a_signature_is_of_time_and_body():
    assert signature("s", 1, b"{}") != signature("s", 2, b"{}")
    assert signature("s", 1, b"{}") != signature("t", 1, b"{}")
