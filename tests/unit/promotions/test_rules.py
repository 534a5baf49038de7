"""May it take the other's place, and where does a roll-back lead?"""

from datetime import UTC, datetime

import pytest

from clarity.promotions.rules import (
    Act,
    Bars,
    NothingEarlier,
    Promotion,
    objections,
    target,
)

GOOD = {
    "overall.auc": 0.88,
    "overall.false_fake_rate": 0.006,
    "overall.ece": 0.03,
    "overall.items": 2311.0,
    "overall.not_applicable": 12.0,
    "manipulation.face_swap.auc": 0.87,
    "manipulation.lip_sync.auc": 0.86,
    "source.dfdc.auc": 0.88,
}


def test_the_same_figures_pass_and_a_small_loss_as_well():
    assert objections(GOOD, GOOD) == []
    assert objections(GOOD | {"overall.auc": 0.8751, "source.dfdc.auc": 0.1}, GOOD) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"overall.auc": 0.874}, "overall.auc falls from 0.8800 to 0.8740, by more than 0.005"),
        ({"overall.auc": float("nan")}, "overall.auc falls"),
        ({"manipulation.lip_sync.auc": 0.83}, "manipulation.lip_sync.auc falls"),
        ({"overall.false_fake_rate": 0.0101}, "overall.false_fake_rate is 0.0101"),
        ({"overall.false_fake_rate": float("nan")}, "overall.false_fake_rate is nan"),
        ({"overall.ece": 0.06}, "overall.ece is 0.0600, more than 0.0500"),
        ({"overall.items": 2310.0}, "different items"),
        ({"overall.not_applicable": 13.0}, "1 more items could not be judged"),
    ],
)
def test_what_is_worse_is_told(change, why):
    (told,) = objections(GOOD | change, GOOD)
    assert why in told


def test_a_figure_that_is_missing_is_no_pass():
    for name in ("overall.auc", "overall.ece", "manipulation.face_swap.auc"):
        figures = {key: value for key, value in GOOD.items() if key != name}
        assert objections(figures, GOOD) == [f"{name} was not measured"]


def test_no_worse_than_a_release_that_is_over_the_bar_itself_passes():
    old = GOOD | {"overall.ece": 0.08}
    assert objections(old, old) == []
    assert len(objections(old | {"overall.ece": 0.081}, old)) == 1


def test_a_first_release_is_held_against_the_absolute_bars_alone():
    assert objections(GOOD, None) == []
    assert len(objections(GOOD, None, Bars(false_fake_rate=0.001, ece=0.001))) == 2


def history(*releases):
    return [
        Promotion(
            detector="xception",
            number=number,
            act=Act.PROMOTE,
            release=release,
            card_digest=release * 32,
            at=datetime(2026, 11, number, tzinfo=UTC),
            by="b",
            reason="",
            grounds={},
        )
        for number, release in enumerate(releases, start=1)
    ]


@pytest.mark.parametrize(
    ("past", "release", "leads_to"),
    [
        ("ab", None, "a"),
        ("abc", None, "b"),
        ("abcb", None, "a"),  # rolled back to b: once more leads to a, not to c
        ("abac", None, "a"),
        ("abcabc", None, "b"),
        ("abc", "a", "a"),
        ("abca", "c", "c"),
    ],
)
def test_where_a_roll_back_leads(past, release, leads_to):
    assert target(history(*past), release).release == leads_to


@pytest.mark.parametrize(
    ("past", "release"), [("", None), ("a", None), ("aba", None), ("ab", "b"), ("ab", "z")]
)
def test_where_none_leads(past, release):
    with pytest.raises(NothingEarlier):
        target(history(*past), release)
