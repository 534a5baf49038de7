"""Releases change under constant traffic: nothing fails, and the old bits come back."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field

import pytest

from clarity.clock import now
from clarity.detectors import artefact
from clarity.detectors.artefact import ReleaseDamaged
from clarity.media.frames import MediaKind
from clarity.promotions import service as promotions
from clarity.promotions.rules import Act, Bars
from clarity.promotions.shelf import open_shelf
from clarity.settings import Settings
from data.items import Item
from tests.integration import media
from tests.running import ROOT
from train.promotion import promote, roll_back

BARS = Bars(false_fake_rate=1, ece=1)
"""Four pictures cannot hold a calibration to account; the order of scores they can."""
PATIENCE = 120


@dataclass
class Traffic:
    """Scans of one picture, one after the other, each of new bytes: none is answered from memory.

    Attributes:
        name: of the detector.
        answers: (release, confidence) of every finished scan, in their order.
        failures: everything else.
    """

    service: object
    name: str
    answers: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    def run(self, stop):
        while not stop.is_set():
            files = {"file": ("p.jpg", media.portrait(uuid.uuid4().hex))}
            answer = self.service.http.post("/v1/scans", files=files, headers={"prefer": "wait=50"})
            scan = answer.json()
            if answer.status_code == 200 and scan["state"] == "done":
                told = {each["model"]: each for each in scan["report"]["opinions"]}[self.name]
                self.answers.append((told["release"], told["confidence"]))
            else:
                self.failures.append((answer.status_code, scan))

    def wait_for(self, release, count=3):
        """Until so many scans in a row were judged by the release."""
        until = time.monotonic() + PATIENCE
        while {name for name, _ in self.answers[-count:]} != {release} or (
            len(self.answers) < count
        ):
            assert time.monotonic() < until, (release, self.answers[-5:], self.failures)
            assert not self.failures
            time.sleep(0.2)


@pytest.fixture
def traffic(service, name):
    traffic, stop = Traffic(service, name), threading.Event()
    clients = [threading.Thread(target=traffic.run, args=(stop,)) for _ in range(2)]
    for client in clients:
        client.start()
    yield traffic
    stop.set()
    for client in clients:
        client.join()


@pytest.fixture(scope="module")
def shelf(service):
    shelf = open_shelf(Settings(home=service.home, database_url="", store_url=""))
    yield shelf
    shelf.close()


@pytest.fixture
def name(service):
    return service.detector.removeprefix("detector-")


@pytest.fixture
def candidate(shelf, name, tmp_path):
    """The release at work with another calibration, which moves every score."""

    def candidate(release):
        old = artefact.read(shelf.folder(name, shelf.at_work(name)))
        calibration = old.card.calibration.model_copy(update={"offset": 0.37})
        card = old.card.model_copy(update={"release": release, "calibration": calibration})

        def fill(draft):
            for file in artefact.FILES:
                shutil.copyfile(old.folder / file, draft / file)

        return artefact.write(card, tmp_path / release, fill).folder

    return candidate


@pytest.fixture
def items(tmp_path):
    def item(number, content, fake):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(content)
        kind = "synthesis" if fake else "none"
        facts = (path.name, path, fake, kind, "portrait", "here", f"g{number}", "validation")
        return Item(*facts, MediaKind.IMAGE)

    sizes = [(512, False), (400, True), (340, False), (300, True)]
    return [item(n, media.portrait(size=size), fake) for n, (size, fake) in enumerate(sizes)]


def shown(service, name):
    return service.http.get(f"/v1/models/{name}").json()["release"]


def test_promote_serve_roll_back_under_traffic(service, shelf, name, candidate, items, traffic):
    old, new = shelf.at_work(name).release, f"new-{uuid.uuid4().hex[:8]}"
    traffic.wait_for(old)
    replicas = [process.pid for process in service.replicas(service.detector)]
    promote(candidate(new), items, shelf=shelf, by="t", reason="test", bars=BARS)
    traffic.wait_for(new)
    time.sleep(3.5)  # so long may the gateway still show the card before
    assert shown(service, name) == new
    roll_back(name, shelf=shelf, by="t", reason="test")
    traffic.wait_for(old)
    time.sleep(3.5)
    assert shown(service, name) == old
    assert traffic.failures == []
    judged = set(traffic.answers)
    assert {release for release, _ in judged} == {old, new}
    assert len(judged) == 2, "one release gives one score, bit for bit, before and after"
    assert [process.pid for process in service.replicas(service.detector)] == replicas


def test_receipts_of_both_releases_replay_bit_equal_after_promotion_and_roll_back(
    service, shelf, name, candidate, items, tmp_path
):
    """`clarity replay`, as a process that knows the store and nothing of what is at work now."""
    old, new = shelf.at_work(name).release, f"new-{uuid.uuid4().hex[:8]}"
    receipts = {old: receipt_of(service, name, old, tmp_path)}
    promote(candidate(new), items, shelf=shelf, by="t", reason="test", bars=BARS)
    receipts[new] = receipt_of(service, name, new, tmp_path)
    assert replayed(service, receipts[old]) == (0, {"equal": True})
    roll_back(name, shelf=shelf, by="t", reason="test")
    for release, path in receipts.items():
        assert replayed(service, path) == (0, {"equal": True}), release
    changed = json.loads(receipts[new].read_text())
    text = json.dumps(changed).replace(new, old)
    receipts[new].write_text(text)
    assert replayed(service, receipts[new])[0] == 30, "not the release that it says"


def receipt_of(service, name, release, folder):
    """The receipt of a new scan that this release has judged."""
    until = time.monotonic() + PATIENCE
    while True:
        files = {"file": ("p.jpg", media.portrait(uuid.uuid4().hex))}
        answer = service.http.post("/v1/scans", files=files, headers={"prefer": "wait=50"})
        scan = answer.json()
        told = {one["model"]: one["release"] for one in scan["report"]["opinions"]}
        if told[name] == release:
            path = folder / f"{release}.json"
            path.write_bytes(service.http.get(f"/v1/scans/{scan['id']}/receipt.json").content)
            return path
        assert time.monotonic() < until, told
        time.sleep(0.5)


def replayed(service, receipt):
    """Exit code of `clarity replay`, and whether it said so."""
    clarity = "from apps.cli.main import main; main()"
    command = [sys.executable, "-c", clarity, "replay", str(receipt), "--json"]
    home = {"CLARITY_HOME": str(service.home)}
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | home, capture_output=True, check=False
    )
    try:
        return done.returncode, {"equal": json.loads(done.stdout)["equal"]}
    except ValueError:
        return done.returncode, done.stderr.decode()


def test_a_corrupted_candidate_is_refused_and_the_old_one_answers(
    service, shelf, name, candidate, items, traffic
):
    old = shelf.at_work(name)
    traffic.wait_for(old.release)
    folder = candidate(f"bad-{uuid.uuid4().hex[:8]}")
    with (folder / "model.bin").open("r+b") as file:
        file.write(b"\0" * 64)
    with pytest.raises(ReleaseDamaged):
        promote(folder, items, shelf=shelf, by="t", reason="test", bars=BARS)
    assert shelf.at_work(name) == old

    # and one that rots in the store after it was found good: the replicas refuse it
    rotten = candidate(f"rot-{uuid.uuid4().hex[:8]}")
    exact = shelf.put(rotten)
    stored = service.home / "store" / exact.card_digest[:2] / exact.card_digest
    stored.write_bytes(stored.read_bytes().replace(b"0.37", b"0.38"))
    written_down(shelf, name, exact, Act.PROMOTE)
    log = service.home / "logs" / f"{service.detector}.jsonl"
    until = time.monotonic() + PATIENCE
    while f'"release": "{exact.release}"' not in log.read_text():
        assert time.monotonic() < until
        time.sleep(0.5)
    before = len(traffic.answers)
    while len(traffic.answers) < before + 3:
        assert time.monotonic() < until
        time.sleep(0.2)
    written_down(shelf, name, old, Act.ROLL_BACK)
    assert traffic.failures == []
    assert len(set(traffic.answers)) == 1
    assert traffic.answers[0][0] == old.release


def written_down(shelf, name, exact, act):
    with shelf.ledger.write() as session:
        promotions.record(
            session,
            name,
            act=act,
            release=exact.release,
            card_digest=exact.card_digest,
            by="t",
            reason="test",
            at=now(),
            after=len(shelf.history(name)),
        )
