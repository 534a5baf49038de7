"""Sign-up to erasure in a real browser: the page, the real gateway, letters by real SMTP."""

from collections.abc import Callable, Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from clarity.accounts.postman import Postman
from tests.browser import forms
from tests.browser.conftest import PHONE, page_server, settle, shoot
from tests.browser.forms import fill
from tests.mailbox import Mailbox, mailbox
from tests.served import served
from tests.unit.gateway.conftest import PASSWORD, Installation

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def mail() -> Iterator[Mailbox]:
    with mailbox() as kept:
        yield kept


@pytest.fixture(scope="module")
def clarity(mail, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real gateway and accounts, behind them a panel that looks at the bytes."""
    home = tmp_path_factory.mktemp("members")
    made = Installation(home, smtp_url=mail.url, entrance_limit="500/minute")
    postman = Postman(made.members.accounts, made.members.mailer).start()
    with served(made.app) as made.url, made.working():
        yield made
    postman.close()
    made.close()


@pytest.fixture(scope="module")
def url(clarity: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with page_server(clarity.url, tmp_path_factory.mktemp("page") / "log") as address:
        yield address


def log_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{url}/login")
    forms.log_in(page, email, password)


@pytest.mark.timeout(280)
def test_from_sign_up_to_erasure(
    clarity: Installation, mail: Mailbox, url: str, open_page: Open
) -> None:
    page = open_page(url)
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    page.goto(f"{url}/signup")
    fill(page, "E-mail address", "ann@example.org")
    fill(page, "Password", PASSWORD)
    settle(page)
    shoot(page, "members-signup")
    expect(page.get_by_role("link", name="What we keep of you")).to_be_visible()
    page.get_by_role("button", name="Sign up", exact=True).click()
    expect(page.get_by_text("Look into your mail")).to_be_visible()

    page.goto(url + mail.link())
    settle(page)
    shoot(page, "members-confirm")
    fill(page, "Password", PASSWORD)
    page.get_by_role("button", name="Confirm and log in").click()
    expect(page.get_by_role("button", name="Account")).to_be_visible()

    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["clarity_session"]["httpOnly"]
    assert cookies["clarity_session"]["sameSite"] == "Lax"
    page.reload()
    expect(page.get_by_role("button", name="Account")).to_be_visible()

    page.get_by_role("button", name="A real portrait", exact=True).click()
    expect(page.locator(".verdict")).to_be_visible()
    report = page.url
    page.goto(f"{url}/history")
    expect(page.get_by_role("link", name="portrait.jpg")).to_be_visible()
    settle(page)
    shoot(page, "members-history")
    stranger = open_page(report)
    expect(stranger.get_by_role("alert")).to_contain_text("There is no such scan.")

    page.goto(f"{url}/keys")
    fill(page, "Name", "newsroom robot")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("it is not shown again")).to_be_visible()
    settle(page)
    shoot(page, "members-keys")
    page.reload()
    expect(page.get_by_text("newsroom robot")).to_be_visible()
    assert page.get_by_text("it is not shown again").count() == 0

    page.goto(f"{url}/activity")
    expect(page.get_by_text("You handed in portrait.jpg.")).to_be_visible()
    settle(page)
    shoot(page, "members-activity")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV file").click()
    assert "You handed in portrait.jpg." in download.value.path().read_text()

    page.goto(f"{url}/account")
    settle(page)
    shoot(page, "members-account")
    forms.erase_account(page, PASSWORD)
    assert not {c["name"] for c in page.context.cookies()} & {"clarity_session"}
    log_in(page, url, "ann@example.org")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    settle(page)
    shoot(page, "members-login-refused")


@pytest.mark.timeout(200)
def test_an_expert_comes_in_by_the_experts_door_with_a_second_factor(
    clarity: Installation, url: str, open_page: Open
) -> None:
    expert = clarity.member_by_service("eve@example.org", role="expert")
    page = open_page(f"{url}/login", PHONE)
    settle(page)
    shoot(page, "members-login-phone")
    page.get_by_test_id("stButtonGroup").get_by_text("Expert", exact=True).click()
    forms.log_in(page, "eve@example.org", PASSWORD)
    expect(page.get_by_role("heading", name="Is this face real?")).to_be_visible()

    page.goto(f"{url}/account")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_alt_text("QR code for an authenticator app")).to_be_visible()
    secret = page.get_by_test_id("stCode").first.inner_text().strip()
    fill(page, "Code", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("It is on.")).to_be_visible()
    settle(page)
    shoot(page, "members-account-phone")
    page.goto(f"{url}/logout")
    page.get_by_role("button", name="Log out here").click()
    expect(page.get_by_role("heading", name="Is this face real?")).to_be_visible()

    customer = clarity.member_by_service("bob@example.org")
    assert customer.account != expert.account
    page.goto(f"{url}/login")
    page.get_by_test_id("stButtonGroup").get_by_text("Expert", exact=True).click()
    fill(page, "E-mail address", "bob@example.org")
    fill(page, "Password", PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not one of an expert")
    log_in(page, url, "eve@example.org")
    expect(page.get_by_label("Code of your authenticator app")).to_be_visible()


@pytest.mark.timeout(120)
def test_a_ticket_is_good_only_for_the_browser_it_was_made_for(
    clarity: Installation, url: str, open_page: Open
) -> None:
    clarity.member_by_service("mallory@example.org")
    attacker = open_page(url)
    tickets: list[str] = []

    def keep(route):
        tickets.append(route.request.url)
        route.abort()

    attacker.route("**/enter?*", keep)
    log_in(attacker, url, "mallory@example.org")
    attacker.wait_for_timeout(3000)
    victim = open_page(url)
    settle(victim)
    victim.goto(tickets[0])
    expect(victim.get_by_role("link", name="Log in")).to_be_visible()
    assert not {c["name"] for c in victim.context.cookies()} & {"clarity_session"}
