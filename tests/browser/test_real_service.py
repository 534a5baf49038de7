"""The page, the service and the deployed detector together, as `clarity up` starts them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clarity.detectors import registry
from tests.browser.conftest import PHONE, settle, shoot
from tests.browser.deployed import Deployed

SCAN_MS = 90_000

Open = Callable[..., Page]


@pytest.fixture
def page_url(installation: Deployed) -> str:
    """Address of the page of the whole installation."""
    return installation.page


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("example", "word"),
    [
        ("A real portrait", "Real"),
        ("A swapped face", "Fake"),
        ("No face at all", "Not applicable"),
    ],
)
def test_an_example_gets_its_verdict(
    page_url: str, open_page: Open, example: str, word: str
) -> None:
    page = open_page(page_url)
    page.get_by_role("button", name=example, exact=True).click()
    expect(page.locator(".verdict")).to_be_visible(timeout=SCAN_MS)
    settle(page)
    shoot(page, f"service-{word.lower().replace(' ', '-')}")
    expect(page.locator(".verdict-word")).to_have_text(word)


@pytest.mark.timeout(400)
def test_a_clip_is_followed_over_time_on_a_phone(page_url: str, open_page: Open) -> None:
    page = open_page(page_url, PHONE)
    page.get_by_role("button", name="A clip, half real", exact=True).click()
    expect(page.locator(".verdict")).to_be_visible(timeout=SCAN_MS)
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()
    settle(page)
    shoot(page, "service-clip-phone")


@pytest.mark.timeout(400)
def test_a_text_file_named_jpg_is_refused_with_a_hint(page_url: str, open_page: Open) -> None:
    page = open_page(page_url)
    page.locator("input[type=file]").first.set_input_files(
        {"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"These are only words."}
    )
    page.get_by_role("button", name="Check it", exact=True).first.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(re.compile("text", re.IGNORECASE), timeout=SCAN_MS)
    expect(alert).to_contain_text("JPEG")
    settle(page)
    shoot(page, "service-text-renamed")


@pytest.mark.timeout(400)
def test_a_private_address_is_refused(page_url: str, open_page: Open) -> None:
    page = open_page(page_url)
    page.get_by_role("tab", name="Link").click()
    field = page.get_by_role("textbox", name="Address of a post or a video")
    field.fill("http://127.0.0.1/clip.mp4")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible(timeout=SCAN_MS)


@pytest.mark.timeout(400)
def test_the_models_page_shows_the_deployed_card(page_url: str, open_page: Open) -> None:
    page = open_page(page_url + "/models")
    title = registry.card(registry.deployed()[0]).title
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    settle(page)
    shoot(page, "service-models")
