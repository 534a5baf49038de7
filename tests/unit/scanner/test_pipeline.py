import zlib
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from clarity.carbon.places import place
from clarity.labels import Label
from clarity.media.frames import DecodedMedia, Frame, MediaKind
from clarity.scanner.people import MIN_FACE, Nobody, find_people
from clarity.scanner.pipeline import examine, scan
from tests.unit.media.credentials import Newsroom


def decoded(frames: list[np.ndarray], kind: MediaKind = MediaKind.VIDEO) -> DecodedMedia:
    height, width = frames[0].shape[:2]
    return DecodedMedia(
        kind=kind,
        mime="video/mp4",
        width=width,
        height=height,
        duration=float(len(frames)),
        has_sound=False,
        frames=tuple(Frame(i, float(i), 0, pixels) for i, pixels in enumerate(frames)),
    )


def darker(picture, factor):
    return (picture * factor).astype(np.uint8)


def test_a_portrait_gets_a_verdict_pictures_and_times(panel, portrait, saved):
    told = []
    findings = scan(saved(portrait), panel=panel, progress=lambda *step: told.append(step))
    report = findings.report
    (person,) = report.people
    assert report.confidence == report.opinions[0].confidence == person.opinions[0].confidence
    assert set(findings.images) == {person.face_image, person.heat_image, person.frame_image}
    assert [time.stage for time in report.times] == ["decode", "faces", "detectors", "explain"]
    assert ("faces", 1.0) in told
    x, y, width, height = person.box
    assert 0.3 < x < x + width < 0.6
    assert 0.1 < y < y + height < 0.5


def test_the_same_file_gives_the_same_bits(panel, portrait, saved):
    first, second = (scan(saved(portrait), panel=panel) for _ in range(2))
    assert first.images == second.images
    varying = {"created_at", "times", "footprint"}
    assert first.report.model_dump(exclude=varying) == second.report.model_dump(exclude=varying)


def test_credentials_and_comments_stand_beside_the_score_and_never_move_it(panel, portrait, saved):
    """The same pixels with a seal that says "made by a model", with a comment, and bare."""
    plain = saved(portrait)
    bare = plain.read_bytes()
    sealed = Newsroom().sign(bare, "image/png", source="trainedAlgorithmicMedia")
    comment = b"\x00\x00\x00\x0dtEXt" + b"c2pa\x00AI maker"
    comment += zlib.crc32(comment[4:]).to_bytes(4, "big")
    variants = {"bare": bare, "sealed": sealed, "comment": bare[:33] + comment + bare[33:]}
    told = {}
    for name, content in variants.items():
        plain.write_bytes(content)
        told[name] = scan(plain, panel=panel)
    assert told["sealed"].report.provenance.credentials.state == "valid"
    assert told["comment"].report.provenance.credentials is None
    assert told["bare"].report.provenance.credentials is None
    for found in told.values():
        assert found.report.confidence == told["bare"].report.confidence
        assert found.report.label == told["bare"].report.label
        assert found.trace.people == told["bare"].trace.people


def test_a_signer_on_the_list_of_trust_is_told_apart_and_moves_nothing(panel, portrait, saved):
    plain, newsroom = saved(portrait), Newsroom()
    plain.write_bytes(newsroom.sign(plain.read_bytes(), "image/png"))
    lists = {"its own": newsroom.root, "another's": Newsroom().root}
    told = {}
    for name, root in lists.items():
        anchors = plain.with_name(f"{name}.pem")
        anchors.write_text(root)
        told[name] = scan(plain, panel=panel, anchors=anchors).report
    states = {name: one.provenance.credentials.state for name, one in told.items()}
    assert states == {"its own": "trusted", "another's": "valid"}
    assert told["its own"].confidence == told["another's"].confidence


def test_a_scan_tells_what_it_took_with_the_work_of_other_processes(panel, portrait, saved):
    class Elsewhere:
        def __init__(self, member):
            self.card, self._member = member.card, member

        def predict(self, crops):
            return replace(self._member.predict(crops), elsewhere=3600.0)

    zurich = place("europe-west6")
    here = scan(saved(portrait), panel=panel, where=zurich).report.footprint
    remote = {name: Elsewhere(member) for name, member in panel.items()}
    there = scan(saved(portrait), panel=remote, where=zurich).report.footprint
    assert 0 < here.watt_hours < 0.1
    assert here.gco2e == pytest.approx(here.watt_hours * 0.086)
    assert "Zurich" in here.basis
    # an hour of one virtual CPU
    assert 1.5 < there.watt_hours - here.watt_hours < 5


def test_the_heat_map_is_clear_where_the_face_looks_real(panel, portrait):
    dark = examine(decoded([darker(portrait, 0.2)]), digest="", panel=panel)
    assert dark.report.label is Label.REAL
    heat = cv2.imdecode(
        np.frombuffer(dark.images["person-0-heat.png"], np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert heat.shape == (224, 224, 4)
    assert heat[..., 3].max() == 0


def test_nobody_in_the_picture_is_not_applicable_and_has_no_number(panel, saved):
    report = scan(saved(data.coffee()), panel=panel).report
    assert report.label is Label.NOT_APPLICABLE
    assert report.confidence is None
    assert report.opinions[0].abstention == report.reason
    assert "No face" in report.reason


def test_a_face_of_few_pixels_is_not_judged(portrait):
    small = cv2.resize(portrait, None, fx=0.22, fy=0.22, interpolation=cv2.INTER_AREA)
    canvas = np.full((480, 640, 3), 90, np.uint8)
    canvas[100 : 100 + small.shape[0], 200 : 200 + small.shape[1]] = small
    nobody = find_people(decoded([canvas]))
    assert isinstance(nobody, Nobody)
    assert f"below {MIN_FACE} pixels" in nobody.reason


def test_every_person_of_a_video_has_a_timeline_and_the_worst_decides(panel, portrait):
    pair = np.hstack([darker(portrait, 0.25), portrait])
    findings = examine(decoded([pair] * 5), digest="", panel=panel)
    people = findings.report.people
    assert [len(person.timeline) for person in people] == [5, 5]
    scores = sorted(person.opinions[0].confidence for person in people)
    assert scores[0] < scores[1] == findings.report.confidence


def test_one_strange_frame_does_not_make_a_video_forged(panel, portrait):
    frames = [darker(portrait, 0.3)] * 9
    steady = examine(decoded(frames), digest="", panel=panel).report.confidence
    frames[4] = portrait
    flicker = examine(decoded(frames), digest="", panel=panel).report
    assert flicker.confidence == pytest.approx(steady, abs=0.02)
    assert max(point.confidence for point in flicker.people[0].timeline) > steady + 0.05


def test_of_a_panel_the_most_suspicious_member_is_shown(panel, portrait, saved):
    bright = panel["xception"]
    calm = Shifted(bright, -3.0)
    report = scan(saved(portrait), panel={"calm": calm, "xception": bright}).report
    said = {opinion.model: opinion.confidence for opinion in report.opinions}
    assert list(said) == ["calm", "xception"]
    assert said["calm"] < said["xception"] == report.confidence
    (person,) = report.people
    assert person.shown_by == "xception"
    assert person.timeline[0].confidence == pytest.approx(said["xception"])


class Shifted:
    """A member of a panel that is surer of everything by `shift` log-odds."""

    def __init__(self, member, shift):
        self.card, self._member, self._shift = member.card, member, shift

    def predict(self, crops):
        told = self._member.predict(crops)
        return replace(told, logits=told.logits + np.float32(self._shift))
