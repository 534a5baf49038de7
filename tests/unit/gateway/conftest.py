"""A gateway without Ray: the real application and archive, a panel that looks at the bytes."""

import asyncio
import hashlib
import io
import re
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from PIL import Image

from clarity.accounts import administration
from clarity.accounts.messages import Role
from clarity.accounts.passwords import Passwords
from clarity.accounts.postman import Postman
from clarity.accounts.tables import AccountRow
from clarity.checkout.opening import open_desk
from clarity.detectors.card import Calibration, Card, InputSpec
from clarity.errors import ClarityError
from clarity.evidence.circumstances import here
from clarity.evidence.messages import Trace
from clarity.labels import Label
from clarity.reports.messages import MediaFacts, ModelOpinion, Person, Report, StageTime
from clarity.scans.archive import open_archive, queue_rules
from clarity.scans.worker import Worker
from clarity.settings import Settings
from deployments.rest.app import create_app
from deployments.rest.members import open_members
from deployments.rest.problems import NotReady
from deployments.rest.services import gather

CARD = Card(
    name="xception",
    release="r1",
    title="Xception",
    technique="t",
    architecture="a",
    paper="p",
    licence="l",
    input=InputSpec(size=224, mean=127.5, std=127.5),
    precision="int8",
    calibration=Calibration(),
    training_data=[],
    figures={},
    limits=[],
    digests={"weights": "1"},
)


class DamagedPicture(ClarityError):
    status = 422
    code = "damaged-picture"
    hint = "Open it on your side and save it again."


class UnknownSite(ClarityError):
    status = 422
    code = "unknown-site"
    hint = "Only example.org."


class Findings:
    def __init__(self, report, images):
        self.report, self.images = report, images
        self.trace = trace_of(report)
        self.likeness = int(report.media.digest[:16], 16)


class BytesJudge:
    """Judges by the last byte of the file; remembers what it was given."""

    def __init__(self, *, deliveries, cascade):
        self.deliveries, self.cascade = deliveries, cascade
        self.seen = []
        self.panels = []
        self.go = threading.Event()
        self.go.set()
        self.crashes = 0
        self.images = {"face-0.png": b"\x89PNG face"}

    def cards(self, panel=()):
        self.panels.append(tuple(panel))
        return {"xception": CARD}

    def scan(self, path: Path, *, progress):
        content = path.read_bytes()
        self.seen.append(hashlib.sha256(content).hexdigest())
        progress("decode", 0.0)
        if self.crashes:
            self.crashes -= 1
            raise RuntimeError("a detector went away")
        if content.endswith(b"damaged"):
            raise DamagedPicture("The picture ends too early.")
        while not self.go.wait(0.01):
            progress("faces", 0.5)
        confidence = content[-1] / 255
        return Findings(_report(self.seen[-1], confidence), self.images)


def trace_of(report):
    """A receipt's body without pixels: what lies between file and report is not looked at here."""
    return Trace(
        media=report.media.digest,
        kind="image",
        mime="image/png",
        settings={},
        face_detector="0" * 64,
        frames=(),
        people=(),
        detectors={},
        label=report.label,
        confidence=report.confidence,
        ran_on=here(),
    )


def _report(digest, confidence):
    opinion = ModelOpinion(model="xception", release="r1", confidence=confidence)
    person = Person(
        person=0,
        label=Label.FAKE,
        opinions=[opinion],
        box=(0, 0, 1, 1),
        frame_seconds=0,
        frames_seen=1,
        timeline=[],
        face_image="face-0.png",
        heat_image="heat-0.png",
        frame_image="frame-0.jpg",
    )
    return Report(
        label=Label.FAKE,
        reason="why",
        confidence=confidence,
        opinions=[opinion],
        people=[person],
        media=MediaFacts(
            digest=digest,
            kind="image",
            mime="image/png",
            width=4,
            height=3,
            duration_seconds=0,
            frames_read=1,
            has_sound=False,
        ),
        created_at=datetime.now(UTC),
        times=[StageTime(stage="decode", seconds=0.1)],
    )


class FixedCatalogue:
    def __init__(self):
        self.down = False

    async def cards(self):
        if self.down:
            raise NotReady("The detector is still loading.")
        return {"xception": CARD}

    async def check(self):
        await self.cards()


def check_url(url):
    if not url.startswith("https://example.org/"):
        raise UnknownSite("This site is not supported.")


PASSWORD = "correct horse battery"
CHEAP = Passwords(memory_kibibytes=64, rounds=1, lanes=1)


class Hands:
    """A clock whose hands tests may move."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


class Member:
    """Somebody who is logged in, or a program with a key."""

    def __init__(self, installation, account, email, token):
        self.installation, self.account, self.email = installation, account, email
        self.token = token

    def call(self, method, path, **options):
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.installation.call(method, path, headers=headers, **options)

    def send(self, content, name="portrait.png", **headers):
        return self.installation.send(
            content, name, authorization=f"Bearer {self.token}", **headers
        )

    def with_key(self, *scopes):
        """A program with a new key of this person."""
        body = {"name": "program", "scopes": scopes}
        key = self.call("POST", "/v1/account/keys", json=body).json()["key"]
        return Member(self.installation, self.account, self.email, key)


class Installation:
    def __init__(self, home: Path, **settings):
        self.settings = Settings(
            home=home, **{"panel": ("xception",), "customer_panel": (), **settings}
        )
        self.archive = open_archive(self.settings)
        self.archive.upgrade()
        self.clock = Hands()
        self.members = open_members(self.settings, passwords=CHEAP, clock=self.clock)
        self.members.upgrade()
        self.catalogue = FixedCatalogue()
        self.judge = BytesJudge(deliveries=self.settings.deliveries, cascade=self.settings.cascade)
        self.fetched = picture(200)
        self.desk = self.open_desk()
        self.desk.upgrade()
        self.services = gather(
            self.settings, self.archive, self.catalogue, check_url, self.members, self.desk
        )
        self.app = create_app(self.services)

    def close(self):
        self.archive.close()
        self.members.close()
        self.desk.close()

    def open_desk(self):
        return open_desk(self.settings, witness=self.members.witness)

    def worker(self):
        return Worker(
            self.archive,
            judge=self.judge,
            fetch=self._fetch,
            rules=queue_rules(self.settings),
            longest=timedelta(minutes=1),
        )

    def _fetch(self, url, folder):
        path = folder / "fetched"
        path.write_bytes(self.fetched)
        return path

    @contextmanager
    def working(self, workers=1):
        stop = threading.Event()
        threads = [threading.Thread(target=self.worker().run, args=(stop,)) for _ in range(workers)]
        for thread in threads:
            thread.start()
        try:
            yield stop
        finally:
            stop.set()
            for thread in threads:
                thread.join(10)

    def call(self, method, path, **options):
        async def once():
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())

    def letters(self):
        """Every letter written so far, oldest first."""
        postman = Postman(self.members.accounts, self.members.mailer, clock=self.clock)
        while postman.send_one():
            pass
        folder = self.settings.home / "mail"
        files = sorted(folder.glob("*"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in files]

    def link(self, email):
        """Token of the last letter to an address."""
        return re.findall(r"token=(\S+)", self.letters_to(email)[-1].get_content())[0]

    def letters_to(self, email):
        return [letter for letter in self.letters() if letter["To"] == email]

    def sign_up(self, email="ann@example.org", password=PASSWORD, **more):
        body = {"email": email, "password": password, **more}
        return self.call("POST", "/v1/accounts", json=body)

    def confirm(self, email="ann@example.org", password=PASSWORD):
        body = {"token": self.link(email), "password": password}
        return self.call("POST", "/v1/accounts/confirmation", json=body)

    def log_in(self, email="ann@example.org", password=PASSWORD, **more):
        body = {"email": email, "password": password, **more}
        return self.call("POST", "/v1/sessions", json=body)

    def member(self, email="ann@example.org", *, role=None, plan=None):
        """A confirmed account that is logged in."""
        assert self.sign_up(email).status_code == 202
        opened = self.confirm(email)
        assert opened.status_code == 201, opened.text
        account = opened.json()["account"]["id"]
        with self.members.accounts.write() as session:
            if role:
                administration.set_role(session, account, Role(role))
            if plan:
                administration.set_plan(session, account, plan)
        return Member(self, account, email, self.log_in(email).json()["token"])

    def member_by_service(self, email, *, role=None):
        """A confirmed account, made without a letter."""
        with self.members.accounts.write() as session:
            row = AccountRow(
                id=str(uuid.uuid4()),
                email=email,
                password_hash=CHEAP.hash(PASSWORD),
                created_at=self.clock(),
                confirmed_at=self.clock(),
                role=role or "customer",
            )
            session.add(row)
        return Member(self, row.id, email, "")

    def send(self, content, name="portrait.png", **headers):
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.call("POST", "/v1/scans", files={"file": (name, content)}, headers=headers)

    def finished(self, scan_id, seconds=10):
        return self.finished_for(self, scan_id, seconds)

    @staticmethod
    def finished_for(reader, scan_id, seconds=10):
        """The finished scan, as this reader sees it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            scan = reader.call("GET", f"/v1/scans/{scan_id}").json()
            if scan.get("state") in ("done", "failed"):
                return scan
            time.sleep(0.05)
        raise AssertionError(f"not finished: {scan}")

    def objects(self):
        folder = self.settings.home / "store"
        return [p for p in folder.rglob("*") if p.is_file()]


def picture(last=255):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), (1, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue() + bytes([last])


@pytest.fixture
def installed(tmp_path):
    made = []

    def make(**settings):
        made.append(Installation(tmp_path / f"home{len(made)}", **settings))
        return made[-1]

    yield make
    for installation in made:
        installation.close()


@pytest.fixture
def clarity(installed):
    return installed()
