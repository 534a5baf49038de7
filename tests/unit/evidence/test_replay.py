"""Replay: the same bits in another process; whatever changed is named."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from skimage import data
from typer.testing import CliRunner

from apps.cli.main import app
from clarity.detectors import registry
from clarity.evidence import service
from clarity.evidence.canonical import digest_of
from clarity.evidence.messages import Receipt
from clarity.promotions.rules import Act
from clarity.promotions.service import record
from clarity.promotions.shelf import open_shelf
from clarity.scanner.pipeline import scan
from clarity.scanner.replay import replay
from clarity.settings import Settings
from clarity.storage import Store
from tests.releases import write_release
from tests.unit.media.making import write_video

from .conftest import AT

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """A picture, a folder of releases, and what a scan found."""
    folder = tmp_path_factory.mktemp("scanned")
    picture = folder / "portrait.png"
    cv2.imwrite(str(picture), cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR))
    releases = folder / "releases"
    write_release(releases, "r1", gain=4.0, deploy=True)
    panel = {"xception": registry.load("xception", root=releases)}
    return picture, releases, scan(picture, panel=panel)


@pytest.fixture
def kept(scanned, log, key, tmp_path):
    """The receipt of the scan as a file, its media in a store: an installation's home."""
    findings = scanned[2]
    receipt = Receipt(
        made_at=AT, trace=findings.trace, report=digest_of(findings.report), images={}
    )
    with log.write() as session:
        signed = service.append(session, receipt, key, at=AT)
    path = tmp_path / "receipt.json"
    path.write_text(signed.model_dump_json(indent=1))
    return path


def clarity(*words, home, **settings):
    """The command in this process."""
    environment = {"CLARITY_HOME": str(home), "COLUMNS": "200", **settings}
    return CliRunner().invoke(app, [*map(str, words)], env=environment)


def clarity_elsewhere(*words, home):
    """The command in another process."""
    command = [sys.executable, "-c", "from apps.cli.main import main; main()", *map(str, words)]
    environment = {**os.environ, "CLARITY_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


def test_the_trace_says_what_the_verdict_rests_on(scanned):
    findings = scanned[2]
    trace, report = findings.trace, findings.report
    assert trace.media == report.media.digest
    assert (trace.label, trace.confidence) == (report.label, report.confidence)
    (person,) = trace.people
    assert person.opinions["xception"].confidence == report.confidence
    assert len(person.sightings) == len(person.opinions["xception"].logits) == 1
    assert trace.detectors["xception"].digests["model.bin"]
    assert trace.settings["min_face"] == 40


def test_replay_is_bit_equal_in_another_process_and_by_its_exit_code(kept, scanned, tmp_path):
    picture, releases, _ = scanned
    words = ("replay", kept, "--media", picture, "--releases", releases)
    done = clarity_elsewhere(*words, home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The same, bit for bit: 1 frames, 1 faces" in done.stdout
    json_too = clarity(
        "replay", kept, "--media", picture, "--json", home=tmp_path, CLARITY_RELEASES=str(releases)
    )
    assert json.loads(json_too.stdout) == {"equal": True, "differences": [], "around": []}


def test_replay_takes_the_media_from_the_store(kept, scanned, tmp_path):
    picture, releases, _ = scanned
    missing = clarity("replay", kept, "--releases", releases, home=tmp_path)
    assert missing.exit_code == 20
    assert "No object" in missing.stderr
    Store((tmp_path / "store").as_uri()).put_file(picture)
    assert clarity("replay", kept, "--releases", releases, home=tmp_path).exit_code == 0


def test_replay_finds_a_release_that_only_the_store_still_has(kept, scanned, tmp_path):
    picture, releases, _ = scanned
    write_release(tmp_path / "package", "r2", deploy=True)
    settings = Settings(home=tmp_path, releases=tmp_path / "package")
    shelf = open_shelf(settings)
    shelf.upgrade()
    exact = shelf.put(releases / "xception" / "r1")
    for after, one in enumerate([exact, shelf.in_package("xception")]):
        with shelf.ledger.write() as session:
            record(
                session,
                "xception",
                act=Act.PROMOTE,
                release=one.release,
                card_digest=one.card_digest,
                by="t",
                reason="",
                at=AT,
                after=after,
            )
    shelf.close()
    words = ("replay", kept, "--media", picture)
    done = clarity(*words, home=tmp_path, CLARITY_RELEASES=str(tmp_path / "package"))
    assert done.exit_code == 0, done.output


def test_a_changed_byte_of_the_media_is_named(scanned, tmp_path):
    picture, releases, findings = scanned
    changed = tmp_path / "changed.png"
    content = bytearray(picture.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    done = replay(findings.trace, changed, releases=releases)
    assert not done.equal
    assert [one.where for one in done.differences] == ["media"]


@pytest.mark.parametrize("name", ["model.xml", "model.bin"])
def test_a_changed_byte_of_the_weights_is_named(scanned, tmp_path, name):
    picture, releases, findings = scanned
    mine = tmp_path / "releases"
    shutil.copytree(releases, mine)
    path = mine / "xception" / "r1" / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    done = replay(findings.trace, picture, releases=mine)
    assert [one.where for one in done.differences] == [f"detectors.xception.digests.{name}"]


def test_a_release_that_is_gone_is_named(scanned, tmp_path):
    picture, _, findings = scanned
    done = replay(findings.trace, picture, releases=tmp_path)
    assert [one.where for one in done.differences] == ["detectors.xception.release"]


def test_replay_uses_the_named_release_whatever_is_deployed_now(scanned, tmp_path):
    picture, releases, findings = scanned
    mine = tmp_path / "releases"
    shutil.copytree(releases, mine)
    write_release(mine, "r2", gain=9.0, deploy=True)
    assert replay(findings.trace, picture, releases=mine).equal
    (mine / "deployed.json").write_text('{"xception": "r1"}')
    assert replay(findings.trace, picture, releases=mine).equal


def test_a_changed_score_crop_or_setting_is_named_with_its_place(scanned):
    picture, releases, findings = scanned
    document = findings.trace.model_dump(mode="json")
    document["people"][0]["opinions"]["xception"]["logits"][0] += 2**-20
    document["people"][0]["sightings"][0]["crop"] = "0" * 64
    document["settings"]["min_face"] = 41
    done = replay(type(findings.trace).model_validate(document), picture, releases=releases)
    assert [one.where for one in done.differences] == [
        "people.0.opinions.xception.logits.0",
        "people.0.sightings.0.crop",
        "settings.min_face",
    ]


@pytest.fixture(scope="module")
def sent_on(scanned, tmp_path_factory):
    """A clip that was judged with its copies."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    clip = write_video(path, 12, lambda number: data.astronaut()[:256, 90 + number : 346 + number])
    panel = {"xception": registry.load("xception", root=scanned[1])}
    return clip, scan(clip, panel=panel, deliveries=True).trace


def test_copies_are_made_again_bit_for_bit(scanned, sent_on):
    clip, trace = sent_on
    (person,) = trace.people
    assert set(person.copies.crops) == {"jpeg-75", "jpeg-50", "half-size", "h264-28"}
    assert replay(trace, clip, releases=scanned[1]).equal


def test_a_cascade_is_run_through_again(scanned):
    picture, releases, _ = scanned
    panel = {"xception": registry.load("xception", root=releases)}
    trace = scan(picture, panel=panel, cascade=True).trace
    done = replay(trace, picture, releases=releases)
    assert done.equal
    assert done.computed.settings["cascade"] == 1


def test_without_copies_none_are_made_and_none_are_missed(scanned):
    picture, releases, findings = scanned
    done = replay(findings.trace, picture, releases=releases)
    assert done.equal
    assert done.computed.people[0].copies is None


def test_a_changed_copy_or_what_was_said_of_it_is_named(scanned, sent_on):
    clip, trace = sent_on
    document = trace.model_dump(mode="json")
    person = document["people"][0]
    person["copies"]["crops"]["h264-28"] = "0" * 64
    person["opinions"]["xception"]["copies"]["jpeg-50"][0] += 2**-20
    document["settings"]["delivered_frames"] = 7
    done = replay(type(trace).model_validate(document), clip, releases=scanned[1])
    assert [one.where for one in done.differences] == [
        "people.0.copies.crops.h264-28",
        "people.0.opinions.xception.copies.jpeg-50.0",
        "settings.delivered_frames",
    ]


def test_another_machine_is_told_apart_from_a_difference(scanned):
    picture, releases, findings = scanned
    document = findings.trace.model_dump(mode="json")
    document["ran_on"]["machine"]["processor"] = "another"
    document["detectors"]["xception"]["ran_on"]["versions"]["openvino"] = "1999.1"
    done = replay(type(findings.trace).model_validate(document), picture, releases=releases)
    assert done.equal
    assert {one.where for one in done.around} == {
        "ran_on.machine.processor",
        "detectors.xception.ran_on.versions.openvino",
    }


def test_verify_on_the_command_line(kept, key, tmp_path, scanned):
    picture, _, findings = scanned
    keys = tmp_path / "keys.json"
    keys.write_text(f"[{key.public.message().model_dump_json()}]")
    report = tmp_path / "report.json"
    report.write_text(findings.report.model_dump_json(indent=3))
    more = ("--key", keys, "--report", report, "--media", picture)
    sound = clarity("verify", kept, *more, home=tmp_path / "elsewhere")
    assert (sound.exit_code, sound.stderr) == (0, "")
    assert "is as it was signed" in sound.stdout
    report.write_text(findings.report.model_copy(update={"reason": "x"}).model_dump_json())
    kept.write_text(kept.read_text().replace('"label": "', '"label": "un', 1))
    told = clarity("verify", kept, *more, "--json", home=tmp_path / "elsewhere")
    assert told.exit_code == 30
    found = json.loads(told.stdout)
    assert not found["sound"]
    assert {fault["where"] for fault in found["faults"]} == {"receipt", "report"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "nothing.json"), "cannot be read"),
        (("verify", "{receipt}"), "No --key was given"),
        (("verify", "{picture}", "--key", "{key}"), "neither a receipt"),
        (("verify", "{receipt}", "--key", "{picture}"), "not a public key"),
        (("replay", "{picture}"), "There is no receipt"),
    ],
)
def test_bad_input_gets_a_sentence_and_a_hint(kept, scanned, key, tmp_path, words, told):
    pem = tmp_path / "key.txt"
    pem.write_text(key.public.message().public_key)
    places = {"receipt": kept, "picture": scanned[0], "key": pem}
    done = clarity(*(w.format(**places) for w in words), home=tmp_path / "elsewhere")
    assert done.exit_code == 20
    assert told in done.stderr
