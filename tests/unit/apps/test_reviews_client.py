"""The experts' calls and page, without a browser, against the real gateway."""

import pytest
from streamlit.testing.v1 import AppTest

from apps.credentials import Credentials
from apps.gateway_client import Gateway, GatewayError, ServiceUnreachable
from apps.review import desk
from apps.reviews_client import Reviews, SavedElsewhere
from apps.scanner import session
from clarity.cases.messages import ReviewState
from clarity.reports.expertise import EXAMPLE, ExpertForm
from tests.unit.apps.acting import html
from tests.unit.apps.conftest import encoded, report_pictures
from tests.unit.gateway.conftest import picture
from tests.unit.gateway.reviewing import expert, form, opened, write

FORM = ExpertForm.model_validate(EXAMPLE)
SCRIPT = """
import streamlit as st
from apps.review.views import {view}
st.query_params["review"] = {review_id!r}
{view}.show()
"""
_lasts = iter(range(100, 200))


@pytest.fixture(scope="module")
def people(clarity):
    """An expert, another one, and a customer."""
    clarity.judge.images = report_pictures()
    admin = clarity.member("admin@example.org", role="administrator")
    eve = expert(clarity, admin, "eve@example.org", capacity=30)
    return eve, clarity.member("cara@example.org", plan="pro")


@pytest.fixture
def client(clarity, people):
    return Reviews(Gateway(clarity.url).signed(Credentials(people[0].token)))


@pytest.fixture
def review_id(clarity, people, client):
    """A new request, given to the expert."""
    known = {one.id for one in client.queue()}
    content = encoded("PNG") + picture(next(_lasts))
    opened(clarity, people[1], kind="request", content=content)
    (new,) = (one.id for one in client.queue() if one.id not in known)
    return new


@pytest.fixture
def visit(clarity, people, monkeypatch):
    """Opens a view as the expert."""
    signed = Gateway(clarity.url, contact=0.1).signed(Credentials(people[0].token))
    monkeypatch.setattr(session, "token", lambda: people[0].token)
    monkeypatch.setattr(session, "gateway", lambda: signed)
    monkeypatch.setattr(session, "_connections", lambda: signed)

    def open_view(review_id="", view="reviews"):
        script = SCRIPT.format(review_id=review_id, view=view)
        page = AppTest.from_string(script, default_timeout=30).run()
        assert not page.exception, page.exception
        return page

    return open_view


def area(page, label):
    (found,) = [one for one in page.text_area if one.label == label]
    return found


def test_from_the_queue_to_the_reports(client, review_id):
    client.start(review_id)
    told = client.read(review_id)
    assert told.state is ReviewState.BEGUN
    assert told.report.people
    assert client.media(review_id).startswith(b"\x89PNG")
    saved = client.save(review_id, FORM, version=0)
    assert (saved.version, saved.missing) == (1, [])
    assert client.draft(review_id).form == FORM
    assert client.submit(review_id, version=1).state is ReviewState.SUBMITTED
    (report,) = client.reports(review_id)
    assert report.form == FORM
    assert client.dashboard().performance.submitted >= 1
    assert review_id in {one.review for one in client.earnings()}


def test_a_window_that_was_overtaken_is_told_what_changed(client, review_id):
    client.save(review_id, FORM, version=0)
    with pytest.raises(SavedElsewhere) as caught:
        client.save(review_id, ExpertForm(notes="mine"), version=0)
    found = caught.value.found
    assert found.current.form == FORM
    assert "reason" in found.changed
    assert found.yours["notes"] == "mine"
    with pytest.raises(SavedElsewhere):
        client.submit(review_id, version=0)


def test_what_is_missing_is_said_at_submission(client, review_id):
    client.save(review_id, ExpertForm(notes="mine"), version=0)
    with pytest.raises(GatewayError, match="Still missing: the decision") as caught:
        client.submit(review_id, version=1)
    assert caught.value.code == "incomplete-report"


def test_attachments_come_and_go(client, review_id):
    made = client.attach(review_id, "table.csv", b"a,b\n1,2\n")
    assert [one.name for one in client.attachments(review_id)] == ["table.csv"]
    assert client.attachment(review_id, made.id) == b"a,b\n1,2\n"
    client.detach(review_id, made.id)
    assert client.attachments(review_id) == []
    with pytest.raises(GatewayError) as caught:
        client.attach(review_id, "page.exe", b"MZ\x00\x01")
    assert caught.value.code == "unsupported-attachment"


def test_a_review_that_is_given_back_is_closed(client, review_id):
    client.decline(review_id, "no-time")
    with pytest.raises(GatewayError) as caught:
        client.media(review_id)
    assert caught.value.status in (404, 409)


def test_a_name_from_an_address_reaches_no_other_route(client):
    with pytest.raises(GatewayError) as caught:
        client.read("../experts/me")
    assert caught.value.status == 404


def test_every_field_goes_to_the_form_and_back(client, review_id, people, visit):
    client.start(review_id)
    assert write(people[0], review_id, FORM.model_dump(mode="json")).status_code == 200
    page = visit(review_id)
    assert area(page, "Reason for the decision").value == FORM.reason
    area(page, "Anything else").set_value("One word more.").run()
    assert not page.exception
    kept = client.draft(review_id)
    assert kept.version == 2
    assert kept.form == FORM.model_copy(update={"notes": "One word more."})


def test_opening_a_report_saves_nothing(client, review_id, people, visit):
    write(people[0], review_id, form(spatial={"regions": [{"box": [1 / 3, 0.1, 1 / 7, 0.2]}]}))
    visit(review_id)
    assert client.draft(review_id).version == 1


def test_what_cannot_be_saved_stays_in_the_window_and_is_saved_later(
    client, review_id, visit, monkeypatch
):
    client.start(review_id)
    page = visit(review_id)

    def away(*_, **__):
        raise ServiceUnreachable("The Clarity service does not answer.", "Wait.")

    with monkeypatch.context() as broken:
        broken.setattr(Reviews, "save", away)
        area(page, "Anything else").set_value("Kept here.").run()
        assert "Not saved." in html(page)
        assert area(page, "Anything else").value == "Kept here."
    (again,) = [one for one in page.button if one.label == "Save again"]
    again.click().run()
    assert "Not saved." not in html(page)
    assert client.draft(review_id).form.notes == "Kept here."


def test_half_an_address_is_kept_as_words(client, review_id, visit):
    client.start(review_id)
    page = visit(review_id)
    (add,) = [one for one in page.button if one.label == "Add a source"]
    add.click().run()
    (url,) = [one for one in page.text_input if one.label == "Source 1: address"]
    url.set_value("www.example.org/a b").run()
    assert not page.exception
    (source,) = client.draft(review_id).form.sources
    assert source.url == ""
    assert "www.example.org/a b" in source.note


def test_a_foreign_review_is_refused_in_words(visit):
    assert "problem" in html(visit("nobodys"))


def test_queue_and_figures(visit, review_id):
    page = visit()
    assert review_id in html(page)
    assert "Waits for you" in html(page)
    figures = visit(view="figures")
    assert "Pictures, Video" in html(figures)
    assert desk.reviews().dashboard().expert.available
    figures.toggle[0].set_value(False)
    (save,) = [one for one in figures.button if one.label == "Save"]
    save.click().run()
    assert not desk.reviews().dashboard().expert.available
    desk.reviews().change(available=True, capacity=30)
