"""Evidence over time: what is measured, when it abstains, and that it decides nothing."""

import numpy as np
import pytest

from clarity.detectors import registry
from clarity.detectors.artefact import write
from clarity.detectors.card import Calibration, Card, InputSpec
from clarity.detectors.runtimes.telemetry import quiet_openvino
from clarity.faces.detect import FaceDetector
from clarity.faces.mesh import FaceMesh
from clarity.faces.motion import CURVES, curves
from clarity.labels import Abstention
from clarity.media.frames import DecodedMedia, Frame, MediaKind, Run
from clarity.scanner.motion import MEASURES, agreement, measures, motions, restlessness
from clarity.scanner.people import find_people
from clarity.scanner.pipeline import examine, scan
from clarity.scanner.replay import replay
from tests.releases import write_release
from tests.unit.media.making import write_video

RNG = np.random.default_rng(5)
TIMES = np.arange(200) / 25


def syllables(seed: int) -> np.ndarray:
    """A loudness that rises and falls about four times a second."""
    noise = np.random.default_rng(seed).normal(size=len(TIMES) + 12)
    return np.convolve(noise, np.hanning(7), "same")[6:-6]


def talking(loud: np.ndarray, noise: float = 0.5) -> np.ndarray:
    """Curves of a face whose lips follow a loudness, with motion of its own."""
    rng = np.random.default_rng(7)
    slow = np.cumsum(rng.normal(size=(len(loud), len(CURVES))), 0) * 0.004
    moved = slow.astype(np.float32)
    moved[:, CURVES.index("opening")] += (0.05 * loud + noise * 0.02 * syllables(99)).astype(
        np.float32
    )
    return moved


def test_lips_agree_with_their_own_sound_and_with_no_other():
    loud = syllables(1)
    opening = talking(loud)[:, CURVES.index("opening")].astype(float)
    own = agreement(opening, loud)
    assert own > 2
    assert agreement(opening, np.roll(loud, 2)) > 2  # as a careless transmission shifts it
    assert agreement(opening, np.roll(loud, 40)) < 1.5
    strangers = [agreement(opening, syllables(seed)) for seed in range(2, 22)]
    assert np.median(strangers) < 1.5  # by chance some agree: no single number proves much


def test_frames_in_no_order_are_restless_whatever_they_show():
    moved = talking(syllables(1))
    assert restlessness(moved[RNG.permutation(len(moved))]) == pytest.approx(np.log(3), abs=0.2)
    assert restlessness(np.cumsum(np.cumsum(RNG.normal(size=(200, 14)), 0), 0)) < 0


@pytest.mark.parametrize(
    ("loud", "opening", "told"),
    [
        (None, 0.05, "there is no sound beside this scene"),
        (np.full(200, -7.0, np.float32), 0.05, "nobody speaks"),
        (syllables(1).astype(np.float32), 0.0, "hardly moves"),
    ],
)
def test_agreement_is_not_measured_without_speech(loud, opening, told):
    moved = np.zeros((200, len(CURVES)), np.float32)
    moved[:, 0] = opening * syllables(3)
    found, unheard = measures(moved, loud)
    assert told in unheard
    assert found[MEASURES.index("heard")] == found[MEASURES.index("agreement")] == 0


def test_the_mesh_lies_on_the_face_and_its_curves_ignore_place_and_size(portrait):
    detector, mesh = FaceDetector(), FaceMesh()
    face = detector.detect(portrait)[0]
    found = mesh.find(portrait, face)
    x, y, width, height = face.box
    assert (found.mean(0) > (x, y)).all()
    assert (found.mean(0) < (x + width, y + height)).all()
    mouth = found[[61, 291]]
    assert np.abs(mouth - face.landmarks[3:]).max() < 0.1 * face.size
    turned = found @ np.array([[0.8, 0.6], [-0.6, 0.8]], np.float32) * 2 + 17
    both = curves(np.stack([found, turned]))
    assert both[0] == pytest.approx(both[1], abs=1e-4)


def test_a_face_that_goes_is_lost(portrait):
    detector = FaceDetector()
    frames = [portrait] * 10 + [np.full_like(portrait, 90)] * 20
    followed = FaceMesh().follow(frames, detector.detect(portrait)[0], detector)
    assert 0 < len(followed) <= 10


def media(portrait, *, run: Run | None, kind=MediaKind.VIDEO) -> DecodedMedia:
    height, width = portrait.shape[:2]
    frames = (Frame(0, 0.0, 0, portrait), Frame(40, 1.6, 0, portrait))
    return DecodedMedia(kind, "video/mp4", width, height, 4.0, False, frames, run)


def run_of(portrait, count: int, rate: float = 25.0) -> Run:
    return Run(tuple(Frame(i, i / rate, 0, portrait) for i in range(count)), rate)


@pytest.mark.parametrize(
    ("kind", "count", "rate", "told"),
    [
        (MediaKind.IMAGE, 0, 25.0, "still picture"),
        (MediaKind.VIDEO, 0, 25.0, "too short"),
        (MediaKind.VIDEO, 40, 25.0, "too short"),
        (MediaKind.VIDEO, 80, 12.0, "12 frames a second"),
    ],
)
def test_it_abstains_with_a_reason(portrait, kind, count, rate, told):
    item = media(portrait, run=run_of(portrait, count, rate) if count else None, kind=kind)
    tracks = [person.track for person in find_people(item)]
    (said,) = motions(item, tracks)
    assert isinstance(said, Abstention)
    assert told in said.reason


def test_another_face_in_the_scene_is_not_taken_for_the_person(portrait):
    item = media(portrait, run=run_of(np.roll(portrait, 250, axis=1), 80))
    (said,) = motions(item, [person.track for person in find_people(item)])
    assert isinstance(said, Abstention)


@pytest.fixture(scope="module")
def motion_release(tmp_path_factory):
    """A release that finds every motion forged: constant logit 9."""
    root = tmp_path_factory.mktemp("motion")

    def fill(folder):
        openvino = quiet_openvino()
        ops = openvino.opset13
        told = ops.parameter([1, len(MEASURES)], np.float32, name="measures")
        parts = ops.reshape(ops.multiply(told, np.float32(0)), np.array([1, 1, 3]), False)
        parts = ops.add(parts, np.float32(9))
        logit = ops.reduce_mean(parts, np.array([1, 2]))
        parts.output(0).set_names({"map"})
        logit.output(0).set_names({"logit"})
        model = openvino.Model([logit, parts], [told], "motion")
        openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)

    card = Card(
        name="timing",
        release="m1",
        title="Motion",
        technique="Says forged.",
        architecture="none",
        paper="none",
        licence="none",
        input=InputSpec(size=len(MEASURES), mean=0, std=1),
        sees="motion",
        advisory=True,
        precision="fp32",
        calibration=Calibration(),
        training_data=[],
        figures={},
        limits=[],
        digests={},
    )
    write(card, root / "timing" / "m1", fill)
    write_release(root, "bright", gain=4.0)
    return root


@pytest.fixture
def both(panel, motion_release):
    return {**panel, "timing": registry.load_folder(motion_release / "timing" / "m1")}


def test_a_motion_is_judged_and_decides_nothing(portrait, panel, both):
    dark = (portrait * 0.3).astype(np.uint8)
    item = media(dark, run=run_of(dark, 80))
    alone = examine(item, digest="", panel=panel).report
    report = examine(item, digest="", panel=both).report
    assert (report.label, report.confidence) == (alone.label, alone.confidence)
    said = {opinion.model: opinion for opinion in report.opinions}
    assert said["timing"].advisory
    assert said["timing"].confidence > 0.99
    (person,) = report.people
    assert person.shown_by == "xception"
    assert person.label == alone.label
    assert person.motion.frames == 80
    assert person.motion.unheard == "there is no sound beside this scene"


def test_a_still_gets_a_reason_and_no_number(portrait, both, saved):
    found = scan(saved(portrait), panel=both)
    said = {opinion.model: opinion for opinion in found.report.opinions}
    assert said["timing"].confidence is None
    assert "still picture" in said["timing"].abstention
    assert "timing" not in found.trace.people[0].opinions
    assert found.trace.people[0].motion.abstention


def test_a_clip_is_replayed_bit_for_bit(portrait, motion_release, tmp_path):
    def paint(index):
        return np.roll(portrait[:256, 100:356], index // 3, axis=1)

    path = write_video(tmp_path / "a.mp4", 90, paint, rate=25, sound=True)
    names = {"xception": "bright", "timing": "m1"}
    panel = {
        name: registry.load_folder(motion_release / name / release)
        for name, release in names.items()
    }
    found = scan(path, panel=panel)
    (person,) = found.trace.people
    assert found.trace.run
    assert person.motion.frames == 90
    assert found.trace.settings["run_frames"] > 0

    done = replay(found.trace, path, releases=motion_release)
    assert done.equal, done.differences
    document = found.trace.model_dump(mode="json")
    document["run"] = "0" * 64
    changed = replay(type(found.trace).model_validate(document), path, releases=motion_release)
    assert [one.where for one in changed.differences] == ["run"]
