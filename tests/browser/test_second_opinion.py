"""A dispute as its customer sees it: asked in a real browser, answered by experts by REST."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import PHONE, page_server, settle, shoot
from tests.browser.installed import PORTRAIT, Pictured
from tests.served import served
from tests.unit.gateway.conftest import PASSWORD, Installation
from tests.unit.gateway.reviewing import REASON, expert, hand_in, queue

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def clarity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real gateway, behind it a panel that looks at the bytes; an administrator, experts."""
    made = Pictured(tmp_path_factory.mktemp("opinion"), entrance_limit="5000/minute")
    made.admin = made.member("admin@example.org", role="administrator")
    made.experts = [
        expert(made, made.admin, f"{name}@example.org") for name in ("ada", "bob", "eve")
    ]
    made.member("cara@example.org", plan="pro")
    with served(made.app) as made.url, made.working():
        yield made
    made.close()


@pytest.fixture(scope="module")
def url(clarity: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with page_server(clarity.url, tmp_path_factory.mktemp("page") / "log") as address:
        yield address


@pytest.mark.timeout(280)
def test_a_dispute_from_the_first_click_to_the_printed_report(
    clarity: Installation, url: str, open_page: Open
) -> None:
    page = open_page(f"{url}/login")
    page.get_by_label("E-mail address", exact=True).fill("cara@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Log in", exact=True).wait_for(state="detached")
    page.goto(url)
    page.locator("input[type=file]").first.set_input_files(PORTRAIT)
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_role("heading", name="A second opinion")).to_be_visible()
    settle(page)
    shoot(page, "opinion-asked-nobody")

    page.get_by_role("button", name="Disagree with this assessment").click()
    words = page.get_by_label("What should the experts know?")
    words.fill("It is my own photograph, taken on Monday.")
    settle(page)
    shoot(page, "opinion-form")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Your dispute is under way")).to_be_visible()
    settle(page)
    shoot(page, "opinion-under-way")

    first, second = (one for one in clarity.experts if queue(one))
    first.call("GET", f"/v1/reviews/{queue(first)[0]['id']}/media?use=downloaded")
    _answer(first, "real")
    _answer(second, "fake")
    (third,) = (one for one in clarity.experts if queue(one) and one not in (first, second))
    page.reload()
    expect(page.get_by_text("a third one decides")).to_be_visible()
    settle(page)
    shoot(page, "opinion-third")

    _answer(third, "fake")
    page.reload()
    expect(page.get_by_text("Two experts differed; with a third, 2 of 3")).to_be_visible()
    page.get_by_text("Report of Expert").nth(2).click()
    page.get_by_text("What happened, and who had the item in hand").click()
    expect(page.get_by_text("downloaded the item")).to_be_visible()
    settle(page)
    shoot(page, "opinion-settled")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Experts' report (PDF)").click()
    reader = PdfReader(downloading.value.path())
    text = " ".join(page.extract_text() for page in reader.pages)
    assert " ".join(REASON.split()) in " ".join(text.split())
    assert {"report.json", "verdict.json"} <= set(reader.attachments)

    page.set_viewport_size(PHONE)
    page.reload()
    expect(page.get_by_text("Two experts differed")).to_be_visible()
    settle(page)
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    shoot(page, "opinion-phone")


def _answer(reviewer, decision: str) -> None:
    held = [review for review in queue(reviewer) if review["state"] != "submitted"]
    hand_in(reviewer, held[0]["id"], decision, sources=[_SOURCE])


_SOURCE = {"title": "The first copy", "url": "https://example.org/first", "note": "uncut"}
