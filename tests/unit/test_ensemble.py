import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.ensemble import decide, robust_mean, worst
from clarity.labels import Abstention, Label, Score


def test_one_wild_frame_does_not_move_a_long_video():
    steady = np.full(20, -2.0, np.float32)
    wild = steady.copy()
    wild[7] = 30.0
    assert robust_mean(wild) == robust_mean(steady) == -2.0


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40), st.randoms())
def test_the_mean_lies_within_the_frames_and_ignores_their_order(values, random):
    shuffled = values.copy()
    random.shuffle(shuffled)
    mean = robust_mean(np.array(values))
    assert min(values) - 1e-9 <= mean <= max(values) + 1e-9
    assert mean == robust_mean(np.array(shuffled))


def test_the_worst_person_decides_and_an_abstention_never_beats_a_score():
    people = [
        {"a": Score(0.2), "b": Abstention("no sound")},
        {"a": Score(0.7), "b": Score(0.1)},
    ]
    assert worst(people) == {"a": Score(0.7), "b": Score(0.1)}


def test_when_nobody_could_look_the_item_is_not_applicable_with_the_reason():
    verdict = decide({"a": Abstention("no face"), "b": Abstention("no face")})
    assert verdict.label is Label.NOT_APPLICABLE
    assert verdict.reason == "no face"


@pytest.mark.parametrize(("score", "word"), [(0.1, "below"), (0.7, "signs"), (0.95, "above")])
def test_the_reason_names_the_confidence(score, word):
    reason = decide({"a": Score(score)}).reason
    assert word in reason
    assert f"{score:.2f}" in reason


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ((0.95, 0.6, 0.1), "2 of 3 detectors found them."),
        ((0.5, 0.1, 0.1), "1 of 3 detectors found them."),
        ((0.4, 0.1, 0.1), "below 0.5)."),
        ((0.95,), "above 0.9)."),
    ],
)
def test_the_reason_tells_how_far_detectors_agree(scores, told):
    evidence = {str(number): Score(score) for number, score in enumerate(scores)}
    beside = {"timing": Score(0.99), "mute": Abstention("no sound")}
    assert decide({**evidence, **beside}, advisory=["timing"]).reason.endswith(told)
