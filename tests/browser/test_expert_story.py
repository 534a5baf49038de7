"""A dispute from the first click to the printed report, in the pages of a whole installation.

`clarity up` with its own detector; letters to a mail server, webhooks to a receiver, both real.
"""

import hashlib
import hmac
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser import forms
from tests.browser.conftest import DESKTOP, PHONE, ROOT, settle, shoot
from tests.mailbox import Mailbox, mailbox
from tests.receiver import Receiver
from tests.running import Service, free_port, running
from tests.unit.gateway.conftest import PASSWORD

Open = Callable[..., Page]
ITEM = ROOT / "apps/scanner/examples/manipulated.jpg"
CUSTOMER, ADMIN = "cara@example.org", "root@example.org"
EXPERTS = ("ada@example.org", "bob@example.org", "eve@example.org")
WORDS = "It is my own photograph, taken on Monday."
REASONS = {
    "real": "Noise and light agree everywhere; nothing shows that the face was put in later.",
    "fake": "Round the chin the skin ends in a straight seam, and its noise is another one.",
    "last": "The seam runs along the jaw, and left of it the picture was compressed once more.",
}


@dataclass
class Stage:
    """Attributes:
    service: the whole installation.
    page, desk: addresses of the customers' and of the experts' page.
    mail: every letter.
    receiver: of the customer's webhook.
    """

    service: Service
    page: str
    desk: str
    mail: Mailbox
    receiver: Receiver

    def sign_up(self, email: str) -> httpx.Client:
        """A confirmed account; a client that is logged in as its owner."""
        http, given = self.service.http, {"email": email, "password": PASSWORD}
        assert http.post("/v1/accounts", json=given).status_code == 202
        letter = self.mail.wait_for(email, "")
        token = re.findall(r"token=(\S+)", letter)[0]
        given = {"token": token, "password": PASSWORD}
        made = http.post("/v1/accounts/confirmation", json=given)
        assert made.status_code == 201, made.text
        headers = {"Authorization": f"Bearer {made.json()['token']}"}
        return httpx.Client(base_url=self.service.url, headers=headers, trust_env=False)

    def events(self, secret: str) -> list[str]:
        """What the receiver was told; every signature is checked."""
        told = []
        for _, headers, body in self.receiver.calls:
            seconds, given = re.findall(r"t=(\d+),v1=(\w+)", headers["Clarity-Signature"])[0]
            signed = f"{seconds}.".encode() + body
            assert given == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
            told.append(json.loads(body)["event"])
        return told


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    receiver = Receiver(tmp_path_factory.mktemp("receiver"))
    ports = free_port(), free_port()
    with mailbox() as mail:
        settings = {
            "CLARITY_SMTP_URL": mail.url,
            "CLARITY_ADMINISTRATORS": json.dumps([ADMIN]),
            "CLARITY_WEBHOOK_INSIDE": json.dumps([receiver.place]),
            "CLARITY_WEBHOOK_AUTHORITY": str(receiver.certificate),
            "CLARITY_ENTRANCE_LIMIT": "1000/minute",
            # two opinions are enough to dispute; all six are asked in test_real_story
            "CLARITY_CUSTOMER_PANEL": json.dumps(["face_swap"]),
        }
        options = ("--app-port", str(ports[0]), "--review-port", str(ports[1]))
        home = tmp_path_factory.mktemp("story")
        with running(home, *options, settings=settings) as service:
            page, desk = (f"http://127.0.0.1:{port}" for port in ports)
            yield Stage(service, page, desk, mail, receiver)
    receiver.close()


def log_in(page: Page, email: str) -> None:
    forms.log_in(page, email, PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).wait_for(state="detached")


def look(page: Page, name: str, *, phone: bool = False) -> None:
    """A screenshot for people to look at, also of a phone; nothing may stick out there."""
    settle(page)
    shoot(page, f"story-{name}")
    if phone:
        page.set_viewport_size(PHONE)
        settle(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
        shoot(page, f"story-{name}-phone")
        page.set_viewport_size(DESKTOP)
        settle(page)


@pytest.mark.timeout(400)
def test_dispute_blind_reviews_third_opinion_settlement_and_report(
    stage: Stage, open_page: Open
) -> None:
    people = {email: stage.sign_up(email) for email in (ADMIN, CUSTOMER, *EXPERTS)}
    applies(stage, open_page, people)
    admin = is_vetted(stage, open_page)
    page, secret = prepares(stage, open_page, people)
    disputes(stage, page)
    first, second, third = reviews_blind(stage, open_page, page)
    settled(stage, page, (first, second, third))
    report_is_printed(stage, page)
    is_told(stage, secret)
    is_overseen(stage, admin)
    for client in people.values():
        client.close()


def applies(stage: Stage, open_page: Open, people: dict[str, httpx.Client]) -> None:
    """One applies in the page, the others by REST."""
    page = open_page(f"{stage.page}/login")
    log_in(page, EXPERTS[0])
    page.goto(f"{stage.page}/expert")
    expect(page.get_by_role("heading", name="Become an expert")).to_be_visible()
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("alert")).to_contain_text("Give your name.")
    page.get_by_role("textbox", name="Name", exact=True).fill("Ada Example")
    statement = page.get_by_label("What makes you an expert?")
    statement.fill("Ten years of image forensics at a police laboratory.")
    for field in ("Pictures", "Face swap"):
        page.get_by_role("button", name=field, exact=True).click()
    page.get_by_label("Credential 1: what", exact=True).fill("MSc Digital Forensics")
    page.get_by_label("Credential 1: from whom").fill("University of Example")
    page.get_by_label("Credential 1: year").fill("2014")
    page.get_by_label("Credential 1: where it can be checked").fill("https://example.org/alumni")
    look(page, "01-application", phone=True)
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("heading", name="Waits for an administrator")).to_be_visible()
    look(page, "02-applied")
    for name, email in (("Bob Sample", EXPERTS[1]), ("Eve Specimen", EXPERTS[2])):
        credential = {"title": "Certified examiner", "issuer": "Institute", "year": 2019}
        body = {
            "name": name,
            "statement": "Examined footage for courts in four countries.",
            "fields": ["images", "video"],
            "credentials": [credential],
        }
        made = people[email].post("/v1/experts/applications", json=body)
        assert made.status_code == 201, made.text


def is_vetted(stage: Stage, open_page: Open) -> Page:
    page = open_page(stage.desk)
    log_in(page, ADMIN)
    expect(page.get_by_role("heading", name="Applications")).to_be_visible()
    expect(page.get_by_role("link", name="https://example.org/alumni")).to_be_visible()
    look(page, "03-vetting", phone=True)
    page.get_by_role("button", name="Accept").first.click()
    expect(page.get_by_role("alert")).to_contain_text("A reason is missing.")
    for left in (2, 1, 0):
        form = page.get_by_test_id("stForm").first
        form.get_by_role("textbox", name="Reason").fill(
            "The degree was checked with the university."
        )
        form.get_by_role("button", name="Accept").click()
        expect(page.get_by_test_id("stForm")).to_have_count(left)
    expect(page.get_by_text("No application waits.")).to_be_visible()
    look(page, "04-vetted")
    for email in EXPERTS:
        letter = stage.mail.wait_for(email, "Your application as an expert")
        assert "The degree was checked" in letter
    return page


def prepares(stage: Stage, open_page: Open, people: dict[str, httpx.Client]) -> tuple[Page, str]:
    """The customer has a plan and a webhook; gives their page, and its secret."""
    account = people[CUSTOMER].get("/v1/account").json()["id"]
    plan = people[ADMIN].put(f"/v1/admin/accounts/{account}/plan", json={"plan": "pro"})
    assert plan.status_code == 200, plan.text
    page = open_page(f"{stage.page}/login")
    log_in(page, CUSTOMER)
    page.goto(f"{stage.page}/webhooks")
    page.get_by_label("Address", exact=True).fill(f"https://{stage.receiver.place}/clarity")
    page.get_by_role("button", name="Add it").click()
    secret = page.get_by_test_id("stCode")
    expect(secret).to_be_visible()
    look(page, "05-webhook", phone=True)
    return page, secret.inner_text().strip()


def disputes(stage: Stage, page: Page) -> None:
    page.goto(stage.page)
    page.locator("input[type=file]").first.set_input_files(ITEM)
    page.get_by_role("button", name="Check it").click()
    disagree = page.get_by_role("button", name="Disagree with this assessment")
    expect(disagree).to_be_visible(timeout=90_000)
    disagree.click()
    page.get_by_label("What should the experts know?").fill(WORDS)
    look(page, "06-dispute", phone=True)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Your dispute is under way")).to_be_visible()
    look(page, "07-under-way")


def reviews_blind(stage: Stage, open_page: Open, customer: Page) -> tuple[str, str, str]:
    """Two differ and see nothing of each other; a third decides. Gives their addresses."""
    desks = {email: open_page(stage.desk) for email in EXPERTS}
    for email, desk in desks.items():
        log_in(desk, email)
        expect(desk.get_by_role("heading", name="Your reviews")).to_be_visible()
        settle(desk)  # the table comes after its heading
    asked = [email for email, desk in desks.items() if desk.get_by_role("table").count()]
    assert len(asked) == 2
    first, second = asked
    (third,) = set(EXPERTS) - set(asked)
    look(desks[first], "08-queue")
    look(desks[third], "09-nothing-waits")
    begin(desks[first], "10-offer")
    writes(desks[first], "real", REASONS["real"])
    look(desks[first], "11-report", phone=True)
    begin(desks[second])
    submits(desks[first])
    look(desks[first], "12-submitted")
    desks[second].reload()
    writes(desks[second], "fake", REASONS["fake"])
    is_blind(desks[second], REASONS["real"])
    submits(desks[second])
    is_blind(desks[first], REASONS["fake"])

    expect(customer.get_by_text("a third one decides")).to_be_visible(timeout=40_000)
    look(customer, "13-third")
    desks[third].goto(stage.desk)
    begin(desks[third])
    writes(desks[third], "fake", REASONS["last"])
    is_blind(desks[third], REASONS["real"], REASONS["fake"])
    submits(desks[third])
    expect(desks[third].get_by_text("The case is settled: fake.")).to_be_visible()
    expect(desks[third].get_by_text("Report of Expert")).to_have_count(2)
    look(desks[third], "14-all-reports")
    return first, second, third


def begin(desk: Page, name: str = "") -> None:
    desk.get_by_role("link", name=ITEM.name).click()
    expect(desk.get_by_text(WORDS)).to_be_visible()
    if name:
        look(desk, name)
    desk.get_by_role("button", name="Begin the review").click()
    expect(desk.get_by_alt_text(re.compile("The item, as it is"))).to_be_visible()


def writes(desk: Page, decision: str, reason: str) -> None:
    desk.get_by_role("radio", name=decision.capitalize(), exact=True).click()
    desk.get_by_role("radio", name="High", exact=True).click()
    desk.get_by_role("textbox", name="Reason for the decision").fill(reason)
    if decision == "fake":
        desk.get_by_role("combobox", name="Suspected technique").click()
        desk.get_by_role("option", name="Face swap").click()
        seen = desk.get_by_role("textbox", name="Spatial inconsistencies in words")
        seen.fill("A seam along the jaw.")
        desk.get_by_role("button", name="Mark a place").last.click()
        note = desk.get_by_role("textbox", name="Spatial inconsistencies: place 1, what is seen")
        note.fill("seam")
    expect(desk.get_by_text("It can be submitted.")).to_be_visible()
    desk.wait_for_timeout(1200)  # what is typed is handed on at most 0.8 s later


def submits(desk: Page) -> None:
    desk.get_by_role("button", name="Submit the report").click()
    desk.get_by_role("button", name="Submit for good").click()
    expect(
        desk.get_by_text(re.compile("Your report is submitted|The case is settled"))
    ).to_be_visible()


def is_blind(desk: Page, *reasons: str) -> None:
    """Neither who the others are nor what they wrote, nor who the customer is."""
    shown = desk.locator("body").inner_text()
    for secret in (*reasons, *EXPERTS, CUSTOMER, "Report of"):
        assert secret not in shown
    assert not re.search(r"Expert [A-Z0-9]{5}", shown)


def settled(stage: Stage, page: Page, experts: tuple[str, str, str]) -> None:
    expect(page.get_by_text("Two experts differed; with a third, 2 of 3")).to_be_visible(
        timeout=40_000
    )
    page.get_by_text("Report of Expert").nth(2).click()
    page.get_by_text("What happened, and who had the item in hand").click()
    expect(page.get_by_text("looked at the item").first).to_be_visible()
    for email in (*experts, ADMIN):
        assert page.get_by_text(email).count() == 0
    look(page, "15-settled", phone=True)


def report_is_printed(stage: Stage, page: Page) -> None:
    """The PDF, read back: every word and number of the experts; its seal checked offline."""
    told = {}
    for label, kind in (
        ("Experts' report (PDF)", "pdf"),
        ("Experts' report as data (JSON)", "json"),
    ):
        with page.expect_download() as downloading:
            page.get_by_role("button", name=label).click()
        told[kind] = downloading.value.path().read_bytes()
    data = json.loads(told["json"])
    reader = PdfReader(io.BytesIO(told["pdf"]))
    read = " ".join(page.extract_text() for page in reader.pages)
    text = " ".join(read.replace("\u200b", "").split())  # long words may be broken anywhere
    for one in data["expert_reports"]:
        assert one["expert"] in text
        assert " ".join(one["form"]["reason"].split()) in text
    decisions = [one["form"]["decision"] for one in data["expert_reports"]]
    assert (sorted(decisions[:2]), decisions[2]) == (["fake", "real"], "fake")
    assert data["signed"]["verdict"]["decision"] == "fake"
    assert data["signed"]["digest"] in text.replace(" ", "")
    assert str(data["automatic"]["confidence"]) in text
    assert json.loads(reader.attachments["verdict.json"][0]) == data
    path = stage.service.home / "report.pdf"
    path.write_bytes(told["pdf"])
    keys = stage.service.home / "keys.json"
    keys.write_bytes(stage.service.http.get("/v1/evidence/keys").content)
    assert verified(path, keys) == 0
    changed = bytearray(told["pdf"])
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    assert verified(path, keys) == 30


def is_overseen(stage: Stage, page: Page) -> None:
    """The administrator sees the case, its experts and the model that was right."""
    page.goto(f"{stage.desk}/cases")
    expect(page.get_by_role("cell", name="Settled: fake")).to_be_visible()
    look(page, "16-cases", phone=True)
    page.goto(f"{stage.desk}/figures")
    generalist = page.get_by_role("row").filter(has_text="efficientnet_lite0")
    expect(generalist.get_by_role("cell", name="1 (100 %)")).to_be_visible()
    assert page.get_by_role("row").filter(has_text="Expert ").count() >= len(EXPERTS)
    look(page, "17-figures")


def verified(path: Path, keys: Path) -> int:
    """Exit code of `clarity verify`, in a process of its own."""
    clarity = "from apps.cli.main import main; main()"
    command = [sys.executable, "-c", clarity, "verify", str(path), "--key", str(keys)]
    return subprocess.run(command, cwd=ROOT, env=os.environ, check=False).returncode


def is_told(stage: Stage, secret: str) -> None:
    """By mail and by webhook, of every step; nobody learns more than they may."""
    assert "third" in stage.mail.wait_for(CUSTOMER, "A third expert decides")
    assert "The decision: fake." in stage.mail.wait_for(CUSTOMER, "is settled")
    until = time.monotonic() + 20
    while "case.settled" not in (events := stage.events(secret)):
        assert time.monotonic() < until, events
        time.sleep(0.5)
    assert events[0] == "case.opened"
    assert events.count("case.assigned") == events.count("case.submitted") == 3
    assert events.index("case.differed") < events.index("case.settled")
    heard = b" ".join(body for _, _, body in stage.receiver.calls).decode()
    for email in EXPERTS:
        assert email not in heard
    assert all(reason not in heard for reason in REASONS.values())
