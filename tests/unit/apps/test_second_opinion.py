"""Asking experts on the report page, without a browser, against the real gateway."""

import pytest
from streamlit.testing.v1 import AppTest

from apps.credentials import Credentials
from apps.gateway_client import Gateway
from apps.scanner import session
from tests.unit.apps.acting import html, press, ran
from tests.unit.apps.conftest import report_pictures
from tests.unit.gateway.conftest import picture
from tests.unit.gateway.reviewing import expert, hand_in, queue

SCRIPT = """
import streamlit as st
from apps.scanner.views import scan
st.query_params["scan"] = {scan_id!r}
scan.show()
"""


@pytest.fixture(scope="module")
def people(clarity):
    clarity.judge.images = report_pictures()
    admin = clarity.member("admin@example.org", role="administrator")
    return admin, expert(clarity, admin, "eve@example.org")


@pytest.fixture
def visit(clarity, monkeypatch):
    def open_report(scan_id, token):
        signed = Gateway(clarity.url).signed(Credentials(token))
        monkeypatch.setattr(session, "token", lambda: token)
        monkeypatch.setattr(session, "gateway", lambda: signed)
        monkeypatch.setattr(session, "_connections", lambda: signed)
        session._image_bytes.clear()
        return ran(AppTest.from_string(SCRIPT.format(scan_id=scan_id), default_timeout=30).run())

    return open_report


def words(page):
    return " ".join(element.value for element in page.markdown)


def test_a_customer_asks_follows_and_reads_the_expert_beside_the_models(clarity, people, visit):
    _, eve = people
    customer = clarity.member("cara@example.org", plan="pro")
    sent = customer.send(picture(31), "portrait.png").json()
    clarity.finished_for(customer, sent["id"])
    page = visit(sent["id"], customer.token)
    press(page, "Ask an expert")
    page.text_area[0].input("Found on a <b>wall</b>.")
    press(page, "Send")
    assert "Your request is under way" in [element.value for element in page.subheader]
    assert "has been asked" in html(page)
    assert 'aria-current="step"' in html(page)

    (review,) = queue(eve)
    assert review["reason"] == "Found on a <b>wall</b>."
    eve.call("GET", f"/v1/reviews/{review['id']}/media")
    reason = "# Why\n\nA <script>seam</script> along the **jaw**, sharp on the left side."
    hand_in(eve, review["id"], "fake", reason=reason)
    page = visit(sent["id"], customer.token)
    shown = html(page)
    assert "Clarity, by itself" in shown
    assert "One expert examined the item." in shown
    assert "<strong>jaw</strong>" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>seam" not in shown
    assert "seam along the jaw" in shown
    assert "looked at the item" in shown
    labels = [button.proto.label for button in page.get("download_button")]
    assert {"Experts' report (PDF)", "Experts' report as data (JSON)"} <= set(labels)
    assert [b.label for b in page.button if b.label.startswith("Disagree")]


def test_a_refusal_says_what_to_do_and_a_withdrawn_case_can_be_asked_anew(clarity, people, visit):
    poor = clarity.member("poor@example.org")
    sent = poor.send(picture(32)).json()
    clarity.finished_for(poor, sent["id"])
    page = visit(sent["id"], poor.token)
    press(page, "Disagree with this assessment")
    press(page, "Send")
    assert "no expert is included" in html(page)
    assert "Take a higher plan" in html(page)
    with clarity.members.accounts.write() as opened:
        opened.connection().exec_driver_sql("UPDATE account SET plan = 'pro'")
    press(page, "Send")
    assert "Your dispute is under way" in [element.value for element in page.subheader]
    press(page, "Withdraw")
    assert [b.label for b in page.button if b.label == "Ask an expert"]


def test_a_stranger_is_told_to_log_in_first(clarity, visit):
    sent = clarity.send(picture(33)).json()
    clarity.finished(sent["id"])
    page = visit(sent["id"], "")
    assert "/login" in words(page)
    assert not [b for b in page.button if b.label == "Ask an expert"]
