"""The page's views about people, run without a browser against the real gateway."""

import re

import pyotp
import pytest
from streamlit.testing.v1 import AppTest

from apps.credentials import Credentials
from apps.gateway_client import Gateway
from apps.member_client import Members
from apps.scanner import session
from tests.unit.apps.acting import html
from tests.unit.gateway.conftest import PASSWORD, picture


@pytest.fixture
def visit(clarity, monkeypatch):
    """Opens a view as a stranger, or with the token of a login."""
    went = []

    def go(address):
        went.append(address)

    monkeypatch.setattr(session, "_go", go)

    def open_view(script, token=""):
        signed = Gateway(clarity.url).signed(Credentials(token))
        monkeypatch.setattr(session, "token", lambda: token)
        monkeypatch.setattr(session, "gateway", lambda: signed)
        monkeypatch.setattr(session, "enter", lambda opened, page="": go(opened.token))
        page = AppTest.from_string(script, default_timeout=30).run()
        assert not page.exception, page.exception
        page.went = went
        return page

    return open_view


@pytest.fixture
def ann(clarity):
    """Logged in; one account for all tests of this file."""
    if not clarity.log_in().is_success:
        clarity.member_by_service("ann@example.org")
    return clarity.log_in().json()["token"]


def view(name, function="show"):
    return f"from apps.scanner.views import {name}\n{name}.{function}()"


def press(page, label):
    (button,) = [b for b in page.button if b.label == label]
    return button.click().run()


def test_login_as_a_customer_and_a_wrong_password(clarity, visit, ann):
    page = visit(view("entrance", "log_in"))
    email, password = page.text_input
    email.input("ann@example.org")
    password.input("wrong password")
    press(page, "Log in")
    assert "do not belong together" in html(page)
    assert page.went == []
    page.text_input[1].input(PASSWORD)
    press(page, "Log in")
    (token,) = page.went
    assert clarity.members.desk.identify(token)


def test_sign_up_says_to_look_into_the_mail_and_confirm_logs_in(clarity, visit):
    page = visit(view("entrance", "sign_up"))
    assert "/privacy" in html(page)
    press(page, "Sign up")
    assert "Something is missing" in html(page)
    page.text_input[0].input("new@example.org")
    page.text_input[1].input("short")
    press(page, "Sign up")
    assert "10 to 128 characters" in html(page)
    page.text_input[1].input(PASSWORD)
    press(page, "Sign up")
    assert "Look into your mail" in page.success[0].value
    script = (
        f"import streamlit as st\nst.query_params['token'] = {clarity.link('new@example.org')!r}\n"
    )
    confirm = visit(script + view("entrance", "confirm"))
    confirm.text_input[0].input(PASSWORD)
    press(confirm, "Confirm and log in")
    assert len(confirm.went) == 1


def test_pages_of_letters_without_a_token_say_so(visit):
    for function in ("confirm", "reset"):
        assert "reached by the link of a letter" in html(visit(view("entrance", function)))


def test_forgotten_passwords_answer_the_same_for_all(clarity, visit, ann):
    told = []
    for email in ("ann@example.org", "nobody@example.org"):
        page = visit(view("entrance", "forgot"))
        page.text_input[0].input(email)
        press(page, "Send the letter")
        told.append(page.success[0].value)
    assert told[0] == told[1]


def test_history_and_activity_show_what_was_done(clarity, visit, ann):
    clarity.send(picture(7), "<b>mine.png", authorization=f"Bearer {ann}", prefer="wait=10")
    shown = html(visit(view("history"), ann))
    assert "&lt;b&gt;mine.png" in shown
    assert "<b>mine" not in shown
    assert re.search(r'href="/\?scan=[\w-]{24}"', shown)
    page = visit(view("activity"), ann)
    assert "You handed in &lt;b&gt;mine" in html(page)
    page.text_input[0].input("nothing has these words").run()
    assert "Nothing here" in html(page)


def test_a_key_is_shown_once(clarity, visit, ann):
    page = visit(view("keys"), ann)
    page.text_input[0].input("robot")
    press(page, "Make the key")
    key = page.code[0].value
    assert clarity.members.desk.identify(key).scopes == {"scan"}
    assert "robot" in html(page)
    page.run()
    assert not page.code
    press(page, "Revoke")
    assert "robot" not in html(page)


def test_choices_second_factor_and_erasure(clarity, visit):
    clarity.member_by_service("eve@example.org")
    token = clarity.log_in("eve@example.org").json()["token"]
    members = Members(Gateway(clarity.url).signed(Credentials(token)))
    page = visit(view("account"), token)
    assert "eve@example.org" in html(page)
    consent, zero = page.toggle
    assert not consent.value
    zero.set_value(True).run()
    assert members.account().zero_retention
    assert not members.account().training_consent

    press(page, "Set it up")
    (code,) = [field for field in page.text_input if field.label == "Code"]
    code.input(pyotp.TOTP(page.code[0].value).now())
    press(page, "Switch it on")
    assert members.account().second_factor
    assert any("It is on." in told.value for told in page.success)

    press(page, "Erase the account")
    assert "Tick the box" in html(page)
    assert members.account()


def test_the_login_asks_for_the_code_where_there_is_one(clarity, visit):
    page = visit(view("entrance", "log_in"))
    page.text_input[0].input("eve@example.org")
    page.text_input[1].input(PASSWORD)
    press(page, "Log in")
    assert "Code of your authenticator app" in [field.label for field in page.text_input]


def test_privacy_tells_what_is_kept(visit):
    assert "Argon2id" in html(visit(view("privacy")))


def test_logging_out_ends_the_session(clarity, visit, ann):
    page = visit(view("entrance", "log_out"), ann)
    press(page, "Log out here")
    assert page.went == ["/leave?page="]
    answer = clarity.call("GET", "/v1/account", headers={"Authorization": f"Bearer {ann}"})
    assert answer.status_code == 401
