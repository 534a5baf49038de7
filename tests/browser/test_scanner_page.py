"""The scanner page in a real browser, against a server that speaks the gateway's contract."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.gateway_client import Gateway
from apps.scans_client import Scans
from tests.browser.conftest import PHONE, overflow, page_server, settle, shoot
from tests.unit.apps.contract_server import ContractServer, Ledger

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def service(ledger: Ledger, page_address: tuple[str, int]) -> Iterator[ContractServer]:
    ledger.pace = 0.02
    with ContractServer(ledger, port=page_address[1]) as started:
        yield started


@pytest.fixture(scope="module")
def page_address(
    ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """Address of the page and port of its gateway, which every test starts afresh."""
    with ContractServer(ledger) as reserved:
        port = reserved.port
    log = tmp_path_factory.mktemp("page") / "log"
    with page_server(f"http://127.0.0.1:{port}", log) as url:
        yield url, port


@pytest.fixture
def url(service: ContractServer, page_address: tuple[str, int]) -> str:
    return page_address[0]


def report_of(service: ContractServer, name: str) -> str:
    """The query of a finished scan of this name."""
    scans = Scans(Gateway(service.url))
    scan = scans.submit_file(name, b"content")
    list(scans.follow(scan.id))
    return f"/?scan={scan.id}"


def test_an_example_leads_to_its_report(url: str, open_page: Open) -> None:
    page = open_page(url)
    expect(page.get_by_role("heading", name="Is this face real?")).to_be_visible()
    settle(page)
    shoot(page, "page-start")
    page.get_by_role("button", name="A swapped face", exact=True).click()
    expect(page.get_by_role("heading", name="Fake", exact=True)).to_be_visible()
    expect(
        page.get_by_role("img", name=re.compile("97 % probability of being fake"))
    ).to_be_visible()
    assert re.search(r"\?scan=[\w-]+", page.url)


def test_an_upload_is_previewed_and_checked(url: str, open_page: Open, tmp_path: Path) -> None:
    picture = Path("apps/scanner/examples/portrait.jpg").read_bytes()
    page = open_page(url)
    page.locator("input[type=file]").first.set_input_files(
        {"name": "portrait.jpg", "mimeType": "image/jpeg", "buffer": picture}
    )
    expect(page.get_by_alt_text("Preview of the chosen image")).to_be_visible()
    page.get_by_role("button", name="Check it", exact=True).first.click()
    expect(page.get_by_role("heading", name="Real", exact=True)).to_be_visible()


def test_a_broken_preview_does_not_keep_from_checking(url: str, open_page: Open) -> None:
    page = open_page(url)
    page.locator("input[type=file]").first.set_input_files(
        {"name": "notimage.jpg", "mimeType": "image/jpeg", "buffer": b"only words"}
    )
    page.get_by_role("button", name="Check it", exact=True).first.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("its content is plain text")
    expect(alert).to_contain_text("Send a JPEG, PNG or WebP picture")


def test_a_link_is_checked_by_the_return_key(
    url: str, open_page: Open, service: ContractServer
) -> None:
    page = open_page(url)
    page.get_by_role("tab", name="Link").click()
    page.get_by_role("textbox", name="Address of a post or a video").fill(
        "https://www.youtube.com/watch?v=clip"
    )
    page.get_by_role("textbox", name="Address of a post or a video").press("Enter")
    expect(page.get_by_role("heading", name="Fake", exact=True)).to_be_visible()
    assert "https://www.youtube.com/watch?v=clip" in service.ledger.submissions


def test_a_refused_link_shows_message_and_hint(url: str, open_page: Open) -> None:
    page = open_page(url)
    page.get_by_role("tab", name="Link").click()
    page.get_by_role("textbox", name="Address of a post or a video").fill("http://127.0.0.1/secret")
    page.get_by_role("textbox", name="Address of a post or a video").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That address is not public.")
    expect(page.get_by_role("alert")).to_contain_text("Use a public link.")


@pytest.mark.parametrize(
    ("name", "word", "figure"),
    [
        ("portrait.jpg", "Real", "3 %"),
        ("suspicious.jpg", "Suspicious", "64 %"),
        ("manipulated.jpg", "Fake", "97 %"),
        ("coffee.jpg", "Not applicable", None),
    ],
)
def test_a_report_survives_a_reload(
    url: str, open_page: Open, service: ContractServer, *, name: str, word: str, figure: str | None
) -> None:
    page = open_page(url + report_of(service, name))
    for _ in range(2):
        expect(page.get_by_role("heading", name=word, exact=True)).to_be_visible()
        expect(page.locator(".verdict .sign")).to_be_visible()
        assert page.locator(".gauge").count() == (figure is not None)
        if figure:
            expect(page.locator(".gauge")).to_contain_text(figure)
        expect(page.locator(".facts").last).to_contain_text("0.84 mWh, 72 µg CO₂e")
        page.reload()
    settle(page)
    shoot(page, f"page-{word.lower().replace(' ', '-')}")


def test_the_slider_changes_the_heat_map_by_keyboard(
    url: str, open_page: Open, service: ContractServer
) -> None:
    page = open_page(url + report_of(service, "manipulated.jpg"))
    face = page.get_by_alt_text("heat map at 60 %")
    expect(face).to_be_visible()
    before = face.get_attribute("src")
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    bare = page.get_by_alt_text("heat map at 0 %")
    expect(bare).to_be_visible()
    assert bare.get_attribute("src") != before


def test_a_face_is_picked_among_several(url: str, open_page: Open, service: ContractServer) -> None:
    page = open_page(url + report_of(service, "group.jpg"))
    expect(page.get_by_alt_text("Person 1 marked in the picture")).to_be_visible()
    page.get_by_role("button", name="Person 2: Real", exact=True).click()
    expect(page.get_by_alt_text("Person 2 marked in the picture")).to_be_visible()
    expect(page.get_by_text("Person 2: Real, 4 %")).to_be_visible()
    settle(page)
    shoot(page, "page-several-people")


def test_a_video_has_a_timeline(url: str, open_page: Open, service: ContractServer) -> None:
    page = open_page(url + report_of(service, "clip.mp4"))
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()
    expect(
        page.locator(
            "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
        ).first
    ).to_be_visible()
    settle(page)
    shoot(page, "page-video")


def test_an_answer_that_copies_turn_shows_every_copy(
    url: str, open_page: Open, service: ContractServer
) -> None:
    page = open_page(url + report_of(service, "turning.jpg"), viewport=PHONE)
    expect(page.get_by_role("heading", name="What if this was sent on?")).to_be_visible()
    row = page.get_by_role("row", name="Compressed strongly (JPEG, quality 50)")
    expect(row).to_contain_text("Real")
    expect(row).to_contain_text("31 %")
    expect(page.get_by_text("64 percentage points apart")).to_be_visible()
    settle(page)
    assert overflow(page) <= 1
    shoot(page, "page-sent-on")


def test_the_report_is_downloaded(url: str, open_page: Open, service: ContractServer) -> None:
    page = open_page(url + report_of(service, "manipulated.jpg"))
    for name, begin in (
        ("Download report (PDF)", b"%PDF"),
        ("Report as data (JSON)", b'{"label":"fake"'),
        ("Receipt", b'{"receipt"'),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name, exact=True).click()
        assert Path(waiting.value.path()).read_bytes().startswith(begin)


def test_a_report_is_shared_read_by_another_and_taken_back(
    url: str, open_page: Open, service: ContractServer
) -> None:
    page = open_page(url + report_of(service, "manipulated.jpg"))
    settle(page)
    page.get_by_text("Share by a link").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("code", has_text="share=").inner_text()
    settle(page)
    shoot(page, "page-share")
    other = open_page(link.strip())
    expect(other.get_by_text("This report was shared with you")).to_be_visible()
    expect(other.get_by_role("heading", name="Fake")).to_be_visible()
    expect(other.get_by_role("button", name="Download report (PDF)")).to_be_visible()
    expect(other.get_by_text("Share by a link")).to_have_count(0)
    expect(other.get_by_role("button", name="Receipt")).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    dead = open_page(link.strip())
    expect(dead.get_by_text("This link does not work, or no longer.")).to_be_visible()


def test_what_a_file_says_of_itself_stands_beside_the_verdict(
    url: str, open_page: Open, service: ContractServer
) -> None:
    page = open_page(url + report_of(service, "manipulated.jpg"))
    expect(page.get_by_role("heading", name="What the file says of itself")).to_be_visible()
    expect(page.get_by_text("made by a generative model")).to_be_visible()
    expect(page.get_by_text("is not part of it")).to_be_visible()
    page.get_by_role("heading", name="What the file says of itself").scroll_into_view_if_needed()
    settle(page)
    shoot(page, "page-provenance")


def test_progress_is_told_and_a_restart_is_ridden_out(
    url: str, open_page: Open, ledger: Ledger
) -> None:
    """The service goes away while a scan runs; the page finds it again by itself."""
    page = open_page(url)
    ledger.pace = 1.5
    page.get_by_role("button", name="A real portrait", exact=True).click()
    expect(page.get_by_text("Opening the file")).to_be_visible()
    expect(page.locator(".steps li.now")).to_be_visible()


def test_a_silent_service_and_its_return(
    page_address: tuple[str, int], open_page: Open, ledger: Ledger
) -> None:
    url, port = page_address
    ledger.pace = 1.0
    with ContractServer(ledger, port=port):
        page = open_page(url)
        page.get_by_role("button", name="A real portrait", exact=True).click()
        expect(page.locator(".steps li.now")).to_be_visible()
    expect(page.get_by_text("reconnecting")).to_be_visible()
    shoot(page, "page-reconnecting")
    with ContractServer(ledger, port=port):
        expect(page.get_by_role("heading", name="Real", exact=True)).to_be_visible()


def test_without_a_service_the_page_says_so(page_address: tuple[str, int], open_page: Open) -> None:
    page = open_page(page_address[0])
    page.get_by_role("button", name="A real portrait", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer", timeout=30_000)


def test_an_unknown_scan_is_told(url: str, open_page: Open) -> None:
    page = open_page(url + "/?scan=nothing")
    expect(page.get_by_role("alert")).to_contain_text("There is no such scan.")
    page.get_by_role("button", name="Check another", exact=True).click()
    expect(page.get_by_role("heading", name="Is this face real?")).to_be_visible()


def test_a_phone_scrolls_in_one_direction_only(
    url: str, open_page: Open, service: ContractServer
) -> None:
    for path, name in (("/", "start"), (report_of(service, "clip.mp4"), "video")):
        page = open_page(url + path, PHONE)
        settle(page)
        assert overflow(page) <= 1
        shoot(page, f"phone-{name}")


def test_models_and_guide_are_reached_from_everywhere(url: str, open_page: Open) -> None:
    page = open_page(url)
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("heading", name="Xception generalist")).to_be_visible()
    expect(page.get_by_text("Generators made after its training may pass unseen.")).to_be_visible()
    expect(page.get_by_text("The panel has six seats; one of them is taken")).to_be_visible()
    settle(page)
    shoot(page, "page-models")
    page.get_by_role("link", name="How to read a report").click()
    expect(page.get_by_role("heading", name="The four answers")).to_be_visible()
    settle(page)
    shoot(page, "page-guide")


def test_nothing_is_asked_of_other_hosts(
    url: str, open_page: Open, service: ContractServer
) -> None:
    page = open_page("about:blank")
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(url + report_of(service, "clip.mp4"))
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()
    settle(page)
    assert hosts - {""} == {url.split("/")[2]}
