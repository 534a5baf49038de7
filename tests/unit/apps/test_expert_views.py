"""Views about experts, cases and webhooks, without a browser, against the real gateway."""

import pytest
from streamlit.testing.v1 import AppTest

from apps.credentials import Credentials
from apps.gateway_client import Gateway
from apps.scanner import session
from tests.unit.apps.acting import html, press, ran
from tests.unit.gateway.conftest import Member
from tests.unit.gateway.reviewing import APPLICATION, hand_in, opened, queue

APPLY = "from apps.scanner.views import expert\nexpert.show()"
VET = "from apps.review.views import vetting\nvetting.show()"
CASES = "from apps.review.views import oversight\noversight.cases()"
HOOKS = "from apps.scanner.views import webhooks\nwebhooks.show()"
FIGURES = "from apps.review.views import oversight\noversight.figures()"


@pytest.fixture(scope="module")
def admin(clarity):
    return clarity.member("admin@example.org", role="administrator")


@pytest.fixture(scope="module")
def dan(clarity):
    """A customer who never gets an application through."""
    return clarity.member("dan@example.org")


@pytest.fixture
def visit(clarity, monkeypatch):
    def open_view(script, member):
        signed = Gateway(clarity.url).signed(Credentials(member.token))
        monkeypatch.setattr(session, "gateway", lambda: signed)
        return ran(AppTest.from_string(script, default_timeout=30).run())

    return open_view


def field(page, label):
    every = (*page.text_input, *page.text_area, *page.number_input)
    return next(one for one in every if one.label == label)


def fill(page, **told):
    labels = {
        "name": "Name",
        "statement": "What makes you an expert?",
        "what": "Credential 1: what",
        "whom": "Credential 1: from whom",
        "year": "Credential 1: year",
        "link": "Credential 1: where it can be checked",
    }
    for name, value in told.items():
        field(page, labels[name]).set_value(value)


WHOLE = {
    "name": "Ann <b>Applicant</b>",
    "statement": "Twelve years of <i>footage</i> for courts.",
    "what": "PhD",
    "whom": "University",
    "year": 2011,
    "link": "https://example.org/thesis",
}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Give your name."),
        ({"statement": "too short"}, "at least 20 characters"),
        ({"year": None}, "Credential 1 needs"),
        ({"whom": ""}, "Credential 1 needs"),
        ({"link": "javascript:alert(1)"}, "begins with https://"),
        ({"link": "https://example.org/a b"}, "begins with https://"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_sent(dan, visit, wrong, words):
    page = visit(APPLY, dan)
    fill(page, **(WHOLE | wrong))
    page.button_group[0].set_value(["images"])
    press(page, "Send the application")
    assert words in html(page)
    assert dan.call("GET", "/v1/experts/applications").json() == []


def test_an_application_is_sent_taken_back_refused_and_sent_again(clarity, admin, visit):
    joe = clarity.member("joe@example.org")
    page = visit(APPLY, joe)
    press(page, "Add a credential")
    press(page, "Remove credential 1")
    labels = [one.label for one in page.text_input]
    assert "Credential 1: what" in labels
    assert "Credential 2: what" not in labels
    fill(page, **WHOLE)
    press(page, "Send the application")
    assert "Choose at least one field." in html(page)
    page.button_group[0].set_value(["images", "lip-sync"])
    press(page, "Send the application")
    assert [one.value for one in page.subheader] == ["Waits for an administrator"]
    press(page, "Take it back")
    assert "Your application" in [one.value for one in page.header]
    fill(page, **WHOLE)
    page.button_group[0].set_value(["images", "lip-sync"])
    press(page, "Send the application")

    vetting = visit(VET, admin)
    shown = html(vetting)
    assert "Twelve years of &lt;i&gt;footage&lt;/i&gt; for courts." in shown
    assert 'href="https://example.org/thesis"' in shown
    press(vetting, "Refuse")
    assert "A reason is missing." in html(vetting)
    field(vetting, "Reason").set_value("The thesis is not yours.")
    press(vetting, "Refuse")
    assert "No application waits." in html(vetting)
    page = visit(APPLY, joe)
    assert page.subheader[0].value == "Not accepted"
    assert "The thesis is not yours." in html(page)
    assert "Your application" in [one.value for one in page.header], "another may be sent"
    assert "not accepted" in clarity.letters_to("joe@example.org")[-1].get_content()


def test_an_expert_gets_the_fields_and_the_load_that_were_found_good(clarity, admin, visit):
    bob = clarity.member("bob@example.org")
    bob.call("POST", "/v1/experts/applications", json=APPLICATION)
    page = visit(VET, admin)
    page.button_group[0].set_value([])
    field(page, "Reason").set_value("Checked.")
    press(page, "Accept")
    assert "No field is left." in html(page)
    page.button_group[0].set_value(["video"])
    field(page, "Reviews at once, at most").set_value(1)
    field(page, "Reason").set_value("Only the film was checked.")
    press(page, "Accept")
    told = admin.call("GET", "/v1/admin/experts").json()
    (made,) = [one for one in told if one["account_id"] == bob.account]
    assert (made["fields"], made["capacity"]) == (["video"], 1)
    bob.token = clarity.log_in("bob@example.org").json()["token"]  # the old login has ended
    page = visit(APPLY, bob)
    assert [one.value for one in page.subheader] == ["Accepted"]
    assert not page.text_area


def test_an_administrator_gives_a_case_away_and_sees_what_came_of_it(clarity, admin, visit):
    page = visit(CASES, admin)
    assert "No case is under way." in html(page)
    assert "Nothing is settled yet." in html(visit(FIGURES, admin))
    cara = clarity.member("cara@example.org", plan="pro")
    case = opened(clarity, cara, kind="request")  # bob may not have it: it is no film
    page = visit(CASES, admin)
    assert "lacks 1" in html(page)
    token = clarity.log_in("bob@example.org", role="expert").json()["token"]
    bob = Member(clarity, "", "bob@example.org", token)
    press(page, "Give it")
    assert "lacks" not in html(page)
    assert not [one for one in page.button if one.label == "Give it"]
    hand_in(bob, queue(bob)[0]["id"], "real")
    assert "Settled: real" in html(visit(CASES, admin))
    shown = html(visit(FIGURES, admin))
    assert "xception" in shown
    assert case["id"] in html(visit(CASES, admin))


def test_a_webhook_is_added_tried_and_removed(dan, visit):
    page = visit(HOOKS, dan)
    assert "No webhooks yet." in html(page)
    for wrong, words in (("", "The address is missing."), ("https://10.0.0.1/x", "public")):
        field(page, "Address").set_value(wrong)
        press(page, "Add it")
        assert words in html(page)
    field(page, "Address").set_value("https://hooks.example.org/clarity?a=1&b=2")
    press(page, "Add it")
    (secret,) = [one.value for one in page.code]
    assert len(secret) == 64
    press(page, "Try")
    assert not page.code, "shown once"
    shown = html(visit(HOOKS, dan))
    assert "https://hooks.example.org/clarity?a=1&amp;b=2" in shown
    assert "1 call still to be made" in shown
    press(page, "Remove")
    assert dan.call("GET", "/v1/account/webhooks").json() == []


def test_somebody_else_is_told_no(dan, visit):
    for script in (VET, CASES, FIGURES):
        assert "not for the role of customer" in html(visit(script, dan))
