"""A review as its expert writes it: from the login to the submission, in a real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clarity.media.frames import MediaKind
from clarity.reports.messages import TimelinePoint
from tests.browser import forms
from tests.browser.conftest import PHONE, page_server, settle, shoot
from tests.browser.installed import PORTRAIT, Pictured
from tests.served import served
from tests.unit.gateway.conftest import PASSWORD, Findings, Installation
from tests.unit.gateway.reviewing import expert, opened, queue, write

Open = Callable[..., Page]
CLIP = Path("apps/scanner/examples/clip.mp4")
ACROSS = "Spatial inconsistencies: place 1, from left to right (%)"
SENTENCE = "The light on the left cheek comes from another side than everywhere else"


@pytest.fixture(scope="module")
def clarity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real gateway, a panel that looks at the bytes, a customer and one expert."""
    made = Pictured(tmp_path_factory.mktemp("review"), entrance_limit="5000/minute")
    made.judge.scan = _with_clips(made.judge.scan)
    made.admin = made.member("admin@example.org", role="administrator")
    made.ada = expert(made, made.admin, "ada@example.org", capacity=9)
    made.cara = made.member("cara@example.org", plan="pro")
    with served(made.app) as made.url:
        yield made
    made.close()


@pytest.fixture(scope="module")
def url(clarity: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("page") / "log"
    with page_server(clarity.url, log, "apps/review/app.py") as address:
        yield address


def held(clarity: Installation) -> list[dict]:
    """What waits for the expert."""
    return [one for one in queue(clarity.ada) if one["state"] in ("assigned", "begun")]


def asked(clarity: Installation, content: bytes) -> str:
    """A new request for the one expert; gives its review."""
    known = {one["id"] for one in held(clarity)}
    opened(clarity, clarity.cara, kind="request", content=content)
    (new,) = (one["id"] for one in held(clarity) if one["id"] not in known)
    return new


def log_in(page: Page, email: str = "ada@example.org") -> None:
    forms.log_in(page, email, PASSWORD)


def draw(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag a box over the board of the one marked place, with a pause on the way."""
    board = page.locator("[aria-label='The marked place'] svg.marks")
    # Away from the state of the form, which sticks to the top and covers what is below it.
    board.evaluate("e => e.scrollIntoView({block: 'center'})")
    settle(page)
    at = board.bounding_box()
    assert at is not None
    (x0, y0), (x1, y1) = (
        (at["x"] + x * at["width"], at["y"] + y * at["height"]) for x, y in (begin, end)
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=5)
    page.wait_for_timeout(2500)
    page.mouse.move(x1, y1, steps=5)
    page.mouse.up()


def saved_text(clarity: Installation, review_id: str) -> str:
    return clarity.ada.call("GET", f"/v1/reviews/{review_id}/draft").json()["form"]["reason"]


@pytest.mark.timeout(280)
def test_from_the_login_to_the_submission(clarity: Installation, url: str, open_page: Open) -> None:
    review_id = asked(clarity, PORTRAIT.read_bytes())
    page = open_page(f"{url}/?review={review_id}")
    expect(page.get_by_role("heading", name="For experts")).to_be_visible()
    shoot(page, "review-login")
    log_in(page, "cara@example.org")
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page)
    expect(page.get_by_role("heading", name="Your reviews")).to_be_visible()
    settle(page)
    shoot(page, "review-queue")

    page.get_by_role("link", name="portrait.png").click()
    expect(page.get_by_text("It is my own recording.")).to_be_visible()
    settle(page)
    shoot(page, "review-offer")
    page.get_by_role("button", name="Begin the review").click()
    expect(page.get_by_alt_text(re.compile("The item, as it is"))).to_be_visible()

    # Mid-sentence: neither is the field left nor a key pressed; then the window is gone.
    page.get_by_role("textbox", name="Reason for the decision").press_sequentially(
        SENTENCE, delay=10
    )
    expect(page.get_by_text(re.compile(r"version \d+"))).to_be_visible()
    page.wait_for_timeout(1500)
    context = page.context
    page.close()
    assert saved_text(clarity, review_id) == SENTENCE

    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{url}/?review={review_id}")
    reason = page.get_by_role("textbox", name="Reason for the decision")
    expect(reason).to_have_value(SENTENCE)
    page.get_by_role("radio", name="Fake", exact=True).click()
    page.get_by_role("radio", name="High", exact=True).click()
    page.get_by_role("combobox", name="Suspected technique").click()
    page.get_by_role("option", name="Face swap").click()
    page.get_by_role("textbox", name="Spatial inconsistencies in words").fill(
        "A seam along the jaw."
    )
    page.get_by_role("button", name="Mark a place").last.click()
    page.get_by_role("textbox", name="Spatial inconsistencies: place 1, what is seen").fill("seam")
    page.get_by_text("As it will read").click()
    expect(page.locator(".expert-report .rich").last).to_have_text("A seam along the jaw.")
    draw(page, (0.1, 0.2), (0.6, 0.7))
    left, right = (page.get_by_role("slider", name=ACROSS).nth(end) for end in (0, 1))
    expect(left).to_have_value(re.compile(r"^(9|10|11)(\.\d+)?$"))
    expect(right).to_have_value(re.compile(r"^(59|60|61)(\.\d+)?$"))
    left.press("Home")  # by keyboard too
    expect(left).to_have_value("0")
    expect(page.get_by_text("It can be submitted.")).to_be_visible()
    page.wait_for_timeout(1500)
    settle(page)
    shoot(page, "review-form")
    page.get_by_role("tab", name="Automatic report").click()
    settle(page)
    shoot(page, "review-automatic")
    page.get_by_role("button", name="Submit the report").click()
    page.get_by_role("button", name="Submit for good").click()
    expect(page.get_by_text("The case is settled: fake.")).to_be_visible()
    expect(page.get_by_text("A seam along the jaw.")).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^Marked places. 1: .*; seam$"))).to_be_visible()
    settle(page)
    shoot(page, "review-settled")

    page.goto(f"{url}/figures")
    expect(page.get_by_text("Not paid yet")).to_be_visible()
    settle(page)
    shoot(page, "review-figures")


@pytest.mark.timeout(200)
def test_two_windows_at_once_lose_nothing(clarity: Installation, url: str, open_page: Open) -> None:
    review_id = asked(clarity, PORTRAIT.read_bytes() + b"\0")
    page = open_page(url)
    log_in(page)
    expect(page.get_by_role("heading", name="Your reviews")).to_be_visible()
    page.goto(f"{url}/?review={review_id}")
    page.get_by_role("button", name="Begin the review").click()
    reason = page.get_by_role("textbox", name="Reason for the decision")
    expect(reason).to_be_visible()
    other = {"reason": "Words of the other window.", "certainty": "low"}
    assert write(clarity.ada, review_id, other).status_code == 200
    reason.press_sequentially("Words of this window.", delay=5)
    expect(page.get_by_text("Another window saved version 1 meanwhile")).to_be_visible()
    expect(page.get_by_text("Both windows wrote: reason")).to_be_visible()
    expect(reason).to_have_value(re.compile("Words of the other window.*Words of ", re.DOTALL))
    settle(page)
    shoot(page, "review-joined")
    page.wait_for_timeout(1500)
    kept = clarity.ada.call("GET", f"/v1/reviews/{review_id}/draft").json()["form"]
    assert "Words of the other window." in kept["reason"]
    assert "Words of this window." in kept["reason"]
    assert kept["certainty"] == "low"


@pytest.mark.timeout(200)
def test_a_clip_by_keyboard_on_a_phone_and_given_back(
    clarity: Installation, url: str, open_page: Open
) -> None:
    review_id = asked(clarity, CLIP.read_bytes())
    page = open_page(url, viewport=PHONE)
    log_in(page)
    expect(page.get_by_role("heading", name="Your reviews")).to_be_visible()
    settle(page)
    shoot(page, "review-queue-phone")
    page.goto(f"{url}/?review={review_id}")
    page.get_by_role("button", name="Begin the review").click()
    expect(page.get_by_text("Frame 1 of 72")).to_be_visible()
    page.keyboard.press("Alt+l")
    page.keyboard.press("Alt+l")
    expect(
        page.get_by_text(re.compile(r"Frame \d+ of 72, at 0:00 \(0\.(083|167) s\)"))
    ).to_be_visible()
    expect(page.get_by_text("The clip has no sound.")).to_be_visible()
    page.get_by_role("slider", name="Frame").press("End")
    expect(page.get_by_text("Frame 72 of 72")).to_be_visible()
    expect(page.get_by_role("slider", name="Frame")).to_have_value("72")
    page.get_by_role("radio", name="Spectrum").click()
    expect(page.get_by_alt_text(re.compile("The item, spectrum"))).to_be_visible()
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    settle(page)
    shoot(page, "review-phone")
    page.get_by_role("button", name="Give it back").click()
    page.get_by_role("button", name="Give this review back").click()
    expect(page.get_by_role("heading", name="Your reviews")).to_be_visible()
    assert review_id not in {one["id"] for one in held(clarity)}


@pytest.mark.timeout(200)
def test_earlier_versions_come_back_and_attachments_go_along(
    clarity: Installation, url: str, open_page: Open
) -> None:
    review_id = asked(clarity, PORTRAIT.read_bytes() + b"\1")
    first = "Words of the first version: light, noise and edges agree everywhere."
    second = "Quite other words of the second version."
    assert write(clarity.ada, review_id, {"reason": first}).status_code == 200
    assert write(clarity.ada, review_id, {"reason": second}, 1).status_code == 200
    page = open_page(url)
    log_in(page)
    expect(page.get_by_role("heading", name="Your reviews")).to_be_visible()
    page.goto(f"{url}/?review={review_id}")
    reason = page.get_by_role("textbox", name="Reason for the decision")
    expect(reason).to_have_value(second)

    page.get_by_text("Earlier versions").click()
    version = page.get_by_role("combobox", name="Version")
    expect(version).to_have_value(re.compile("^Version 1, .*changed: reason$"))
    expect(page.get_by_text(first)).to_be_visible()
    settle(page)
    shoot(page, "review-versions")
    page.get_by_role("button", name="Go on with this version").click()
    expect(reason).to_have_value(first)
    expect(page.get_by_text("version 3", exact=False).first).to_be_visible()

    page.get_by_text("Attachments", exact=True).click()
    uploader = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    uploader.set_input_files({"name": "plot.txt", "mimeType": "text/plain", "buffer": b"peaks"})
    expect(page.get_by_text("plot.txt, 5 bytes")).to_be_visible()
    expect(uploader).to_have_count(1)
    uploader.set_input_files(
        {"name": "plot.png", "mimeType": "image/png", "buffer": b"MZ\x90\0\3\xff\xfe"}
    )
    expect(page.get_by_role("alert")).to_contain_text(
        "a PDF or plain text in UTF-8 may be attached"
    )
    settle(page)
    shoot(page, "review-attachments")
    page.reload()
    page.get_by_text("Attachments", exact=True).click()
    uploader.set_input_files(PORTRAIT)
    expect(page.get_by_text("portrait.jpg, ")).to_be_visible()
    page.get_by_role("button", name="Remove", exact=True).first.click()
    expect(page.get_by_text("plot.txt")).to_have_count(0)
    page.get_by_role("radio", name="Undecided", exact=True).click()
    page.get_by_role("radio", name="Low", exact=True).click()
    expect(page.get_by_text("It can be submitted.")).to_be_visible()
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="Submit the report").click()
    page.get_by_role("button", name="Submit for good").click()
    expect(page.get_by_text("The case is settled: undecided.")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="portrait.jpg").click()
    assert downloading.value.path().read_bytes() == PORTRAIT.read_bytes()
    page.get_by_text("Earlier versions").click()
    expect(version).to_have_value(re.compile(r"^Version \d+, .*changed: decision$"))


def _with_clips(scan):
    """The judge's findings, with the facts and the timeline of a clip where it is one."""

    def judged(path: Path, *, progress):
        found = scan(path, progress=progress)
        if path.read_bytes()[4:8] != b"ftyp":
            return found
        facts = {"kind": MediaKind.VIDEO, "mime": "video/mp4", "duration_seconds": 6.0}
        line = [TimelinePoint(seconds=s / 2, confidence=0.1 + s / 20) for s in range(12)]
        report = found.report.model_copy(
            update={
                "media": found.report.media.model_copy(update=facts),
                "people": [
                    one.model_copy(update={"timeline": line}) for one in found.report.people
                ],
            }
        )
        return Findings(report, found.images)

    return judged
