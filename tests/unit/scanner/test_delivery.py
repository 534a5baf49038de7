"""Copies as they would arrive, and what a scan makes of them."""

import cv2
import numpy as np
import pytest
from skimage import data

from clarity.detectors.contract import Prediction
from clarity.evidence.canonical import digest_of
from clarity.evidence.messages import Trace
from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.reports.messages import Report
from clarity.scanner.delivery import MOST_FRAMES, delivered
from clarity.scanner.panel import ask
from clarity.scanner.people import find_people
from clarity.scanner.pipeline import examine, scan
from tests.unit.scanner.test_pipeline import darker, decoded

STILL = ("jpeg-75", "jpeg-50", "half-size")
CLIP = (*STILL, "h264-28")


def faces(count, side=224):
    picture = cv2.resize(data.astronaut()[:160, 140:300], (side, side))
    return np.stack([np.roll(picture, 3 * number, 1) for number in range(count)])


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 32])
@pytest.mark.parametrize("moving", [False, True])
def test_every_delivery_copies_the_same_frames_and_each_differs(count, moving):
    crops = faces(count)
    copies = delivered(crops, moving=moving)
    assert tuple(copies.crops) == (CLIP if moving else STILL)
    assert len(copies.chosen) == min(count, MOST_FRAMES)
    assert list(copies.chosen) == sorted(set(copies.chosen))
    originals = crops[list(copies.chosen)]
    for name, copy in copies.crops.items():
        assert copy.shape == originals.shape, name
        assert copy.dtype == np.uint8, name
        for one, original in zip(copy, originals, strict=True):  # in the order of the frames
            assert 0 < np.abs(one.astype(int) - original).mean() < 12, name


def test_frames_of_a_long_clip_are_spread_over_its_whole_length():
    chosen = delivered(faces(32, side=32), moving=False).chosen
    assert chosen == (2, 6, 10, 14, 18, 22, 26, 30)


@pytest.mark.parametrize("side", [33, 97, 224])
def test_the_same_crops_give_the_same_copies_of_every_side(side):
    crops = faces(3, side)
    one, other = (delivered(crops, moving=True).crops for _ in range(2))
    for name in CLIP:
        assert one[name].shape == crops.shape
        assert (one[name] == other[name]).all(), name


def test_a_lower_quality_and_a_half_size_lose_detail():
    crops = faces(1)
    copies = delivered(crops, moving=False).crops
    lost = {name: np.abs(copy.astype(int) - crops).mean() for name, copy in copies.items()}
    assert lost["jpeg-75"] < lost["jpeg-50"]
    detail = [np.abs(np.diff(c.astype(int), axis=1)).mean() for c in (copies["half-size"], crops)]
    assert detail[0] < 0.95 * detail[1]


class Knowing:
    """A detector that knows some crops by heart, and says the same of everything else."""

    def __init__(self, card, known, *, otherwise):
        self.card, self._known, self._otherwise = card, known, otherwise
        self.batches = []

    def predict(self, crops):
        self.batches.append(len(crops))
        said = [self._known.get(crop.tobytes(), self._otherwise) for crop in crops]
        logits = np.array(said, np.float32)
        return Prediction(logits, np.repeat(logits, 4).reshape(-1, 2, 2), elsewhere=12.0)


def by_heart(media, logit):
    return {crop.tobytes(): logit for one in find_people(media) for crop in one.crops}


@pytest.fixture
def card(panel):
    return panel["xception"].card


@pytest.mark.parametrize(("itself", "copies"), [(4.0, -4.0), (-4.0, 4.0)])
@pytest.mark.parametrize("kind", [MediaKind.IMAGE, MediaKind.VIDEO])
def test_a_verdict_that_copies_turn_into_its_opposite_is_suspicious(
    portrait, card, itself, copies, kind
):
    media = decoded([portrait] * (1 if kind is MediaKind.IMAGE else 3), kind)
    turning = {"turning": Knowing(card, by_heart(media, itself), otherwise=copies)}
    found = examine(media, digest="", panel=turning, deliveries=True)
    report, (person,) = found.report, found.report.people
    assert report.label is person.label is Label.SUSPICIOUS
    assert found.trace.label == found.trace.people[0].label == "suspicious"
    assert "turns when the item is sent on" in report.reason
    before, after = ("fake", "real") if itself > 0 else ("real", "fake")
    assert f"{before} as it was handed in" in report.reason
    assert f"{after} (confidence " in report.reason
    assert report.confidence == person.opinions[0].confidence == person.delivery.itself
    assert person.delivery.flips
    assert person.delivery.spread == pytest.approx(0.964, abs=0.001)
    names = tuple(copy.name for copy in person.delivery.copies)
    assert names == (STILL if kind is MediaKind.IMAGE else CLIP)
    # without copies nobody could know
    plain = examine(media, digest="", panel=turning).report
    assert plain.label is (Label.FAKE if itself > 0 else Label.REAL)
    assert plain.people[0].delivery is None


@pytest.mark.parametrize(("itself", "copies"), [(4.0, 0.5), (-4.0, 0.5), (4.0, 3.0), (-4.0, -3.0)])
def test_a_verdict_that_copies_move_by_one_step_keeps_its_label(portrait, card, itself, copies):
    media = decoded([portrait], MediaKind.IMAGE)
    moved = {"moved": Knowing(card, by_heart(media, itself), otherwise=copies)}
    told = examine(media, digest="", panel=moved, deliveries=True).report
    plain = examine(media, digest="", panel=moved).report
    assert (told.label, told.reason) == (plain.label, plain.reason)
    assert not told.people[0].delivery.flips
    assert told.people[0].delivery.spread > 0


def test_one_bad_delivery_is_enough_and_it_is_named(portrait, card):
    media = decoded([portrait], MediaKind.IMAGE)
    (person,) = find_people(media)
    (copy,) = delivered(person.crops, moving=False).crops["half-size"]
    known = {**by_heart(media, -4.0), copy.tobytes(): 4.0}
    report = examine(
        media, digest="", panel={"one": Knowing(card, known, otherwise=-6.0)}, deliveries=True
    ).report
    assert report.label is Label.SUSPICIOUS
    assert "when shrunk to half its size" in report.reason


def test_the_worst_person_decides_once_flips_are_taken_into_account(portrait, card):
    media = decoded([np.hstack([darker(portrait, 0.25), portrait])], MediaKind.IMAGE)
    dark, bright = find_people(media)
    if dark.crops.mean() > bright.crops.mean():
        dark, bright = bright, dark
    copies = {
        one.tobytes(): 4.0
        for c in delivered(bright.crops, moving=False).crops.values()
        for one in c
    }
    turning = {dark.crops[0].tobytes(): 4.0, bright.crops[0].tobytes(): -4.0}
    steady_fake = {**turning, bright.crops[0].tobytes(): 4.0, **copies}
    labels = {}
    for name, known in {"turning": turning, "one steady": steady_fake}.items():
        panel = {"one": Knowing(card, known, otherwise=-4.0)}
        report = examine(media, digest="", panel=panel, deliveries=True).report
        labels[name] = [report.label, *sorted(person.label for person in report.people)]
    assert labels["turning"] == [Label.SUSPICIOUS, Label.REAL, Label.SUSPICIOUS]
    assert labels["one steady"] == [Label.FAKE, Label.FAKE, Label.SUSPICIOUS]


def test_who_has_no_vote_is_shown_copies_and_turns_nothing(portrait, card):
    media = decoded([portrait], MediaKind.IMAGE)
    beside = card.model_copy(update={"advisory": True})
    panel = {
        "turning": Knowing(beside, by_heart(media, 4.0), otherwise=-4.0),
        "calm": Knowing(card, {}, otherwise=-4.0),
    }
    report = examine(media, digest="", panel=panel, deliveries=True).report
    assert report.label is Label.REAL
    assert report.people[0].delivery.spread == 0
    assert report.people[0].delivery.itself == pytest.approx(0.018, abs=0.001)


def test_copies_are_asked_about_in_the_same_batch_and_their_work_is_counted(portrait, card):
    person = find_people(decoded([portrait, portrait]))[0]
    copies = delivered(person.crops, moving=True)
    member = Knowing(card, {}, otherwise=0.0)
    both = ask({"m": member}, [person.crops] * 2, copies=[copies] * 2)
    assert member.batches == [2 * (2 + 4 * 2)]
    assert sum(told["m"].elsewhere for told in both) == pytest.approx(12.0)
    assert [len(told["m"].logits) for told in both] == [2, 2]
    assert [len(told["m"].copies.logits["h264-28"]) for told in both] == [2, 2]


def test_only_some_frames_are_copied_and_the_copies_are_held_against_those(portrait, card):
    """All frames that are not copied look forged: they have no part in the comparison."""
    frames = [np.roll(portrait, number, 1) for number in range(20)]
    media = decoded(frames)
    (person,) = find_people(media)
    chosen = set(delivered(person.crops, moving=True).chosen)
    known = {
        crop.tobytes(): -4.0 if place in chosen else 8.0 for place, crop in enumerate(person.crops)
    }
    panel = {"m": Knowing(card, known, otherwise=-4.0)}
    delivery = examine(media, digest="", panel=panel, deliveries=True).report.people[0].delivery
    assert delivery.frames == len(chosen) == MOST_FRAMES
    assert delivery.itself == pytest.approx(0.018, abs=0.001)
    assert delivery.spread == 0


def test_a_real_detector_gives_the_same_copies_and_bits_twice(panel, portrait, saved):
    first, second = (scan(saved(portrait), panel=panel, deliveries=True) for _ in range(2))
    assert first.trace.people == second.trace.people
    assert first.report.people == second.report.people
    (person,) = first.trace.people
    assert set(person.copies.crops) == set(person.opinions["xception"].copies) == set(STILL)
    assert first.trace.settings["delivered_frames"] == MOST_FRAMES
    assert first.report.people[0].delivery.itself == first.report.confidence


def test_without_copies_report_and_receipt_are_those_of_old(panel, portrait, saved):
    """No new name in them: their digests stand in receipts that were given out."""
    found = scan(saved(portrait), panel=panel)
    report = found.report.model_dump(mode="json")
    trace = found.trace.model_dump(mode="json")
    assert "delivery" not in report["people"][0]
    assert "copies" not in trace["people"][0]
    assert "copies" not in trace["people"][0]["opinions"]["xception"]
    assert "delivered_frames" not in trace["settings"]
    assert digest_of(Report.model_validate(report)) == digest_of(report)
    assert digest_of(Trace.model_validate(trace)) == digest_of(trace)
    with_copies = scan(saved(portrait), panel=panel, deliveries=True)
    for document in (with_copies.report, with_copies.trace):
        plain = document.model_dump(mode="json")
        assert digest_of(type(document).model_validate(plain)) == digest_of(plain)


def test_nobody_in_the_picture_has_no_copies(panel):
    media = decoded([np.zeros((64, 64, 3), np.uint8)], MediaKind.IMAGE)
    found = examine(media, digest="", panel=panel, deliveries=True)
    assert found.report.people == []
    assert found.report.label is Label.NOT_APPLICABLE
    assert found.trace.settings["delivered_frames"] == MOST_FRAMES
