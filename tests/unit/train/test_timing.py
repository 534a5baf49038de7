"""Training of the detector of motion: what is made of real clips, and fair comparisons."""

from pathlib import Path

import numpy as np
import pytest

from clarity.detectors import registry
from clarity.detectors.self_test import self_test
from clarity.faces.motion import CURVES
from clarity.scanner.motion import MEASURES, Motion, measures
from train.timing import (
    REAL_KINDS,
    SHIFTS,
    SHUFFLES,
    Clip,
    Sample,
    TooFewClips,
    crossed,
    figures,
    make,
    samples_of,
)

FRAMES = 120
HEARD = MEASURES.index("heard")


def clip(person: int, *, sound: bool = True, fake: bool = False) -> Clip:
    """A clip whose lips follow its sound."""
    rng = np.random.default_rng(person)
    loud = np.convolve(rng.normal(size=FRAMES + 12), np.hanning(7), "same")[6:-6]
    loud = loud.astype(np.float32) if sound else None
    slow = np.cumsum(np.cumsum(rng.normal(size=(FRAMES, len(CURVES))), 0), 0) * 2e-4
    moved = slow.astype(np.float32)
    if loud is not None:
        moved[:, 0] += 0.05 * loud
    told, unheard = measures(moved, loud)
    motion = Motion(told, 0.0, FRAMES / 25, FRAMES, unheard, moved, loud)
    return Clip(f"{person}.mp4", f"person:{person}", "films", fake, motion)


def test_foreign_sound_is_of_other_people_and_silent_clips_get_none():
    samples = samples_of([clip(1), clip(2), clip(3, sound=False)])
    kinds = [s.kind for s in samples if s.group == "person:1"]
    assert kinds.count("re-dubbed") == 1  # only person 2 has sound
    assert kinds.count("shuffled") == SHUFFLES
    assert kinds.count("shifted") == SHIFTS
    silent = {s.kind for s in samples if s.group == "person:3"}
    assert silent == {"real", "shuffled", "shaken"}
    assert all(s.fake == (s.kind not in REAL_KINDS) for s in samples)


def test_a_person_left_out_is_told_by_what_others_taught():
    samples = samples_of([clip(person) for person in range(6)])
    told = figures(samples, crossed(samples))
    assert told["shuffled"].value > 0.9
    assert told["re-dubbed"].value > 0.8


def test_three_people_are_too_few():
    with pytest.raises(TooFewClips):
        crossed(samples_of([clip(person) for person in range(3)]))


def test_having_sound_tells_nothing_of_shuffled_frames():
    """A judge that only sees whether there is sound must be at chance."""
    samples = samples_of([clip(person) for person in range(6)])
    logits = np.array([-float(s.measures[HEARD]) for s in samples])
    assert figures(samples, logits)["shuffled"].value == 0.5


def test_forged_clips_are_held_against_real_ones_of_their_source():
    def sample(kind: str, source: str, fake: bool, person: int) -> Sample:
        return Sample(kind, f"p{person}", source, fake, np.zeros(len(MEASURES), np.float32))

    samples = [
        *(sample("films", "films", True, n) for n in range(3)),
        *(sample("real", "films", False, n) for n in range(3)),
        *(sample("real", "others", False, n) for n in range(3, 9)),
    ]
    logits = np.array([1.0] * 3 + [0.0] * 3 + [2.0] * 6)
    assert figures(samples, logits)["films"].value == 1.0


def test_what_is_made_is_a_release_whose_runtimes_agree(tmp_path: Path) -> None:
    folder, told, rates = make([], [clip(person) for person in range(5)], tmp_path)
    served, exact = (registry.load_folder(folder, runtime=name) for name in ("openvino", "jax"))
    assert served.card.advisory
    assert served.card.sees == "motion"
    assert served.card.figures["shuffled.auc"] == pytest.approx(told["shuffled"].value, abs=1e-4)
    assert rates["real.speaking"] == 5
    self_test(served)
    views = np.random.default_rng(0).normal(size=(5, served.card.input.size)).astype(np.float32)
    one, other = served.predict(views), exact.predict(views)
    assert one.logits == pytest.approx(other.logits, abs=1e-5)
    assert one.maps == pytest.approx(other.maps, abs=1e-5)
    bias = one.logits - one.maps.mean((1, 2))
    assert bias == pytest.approx(np.full(5, bias[0]), abs=1e-5)
    with pytest.raises(ValueError, match="measures"):
        served.predict(views.astype(np.float64))
