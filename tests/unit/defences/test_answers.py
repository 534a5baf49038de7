"""Coarse scores: near the true one, and never with another label."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clarity.defences.answers import coarse
from clarity.labels import label_scores


@given(st.floats(0, 1), st.integers(1, 15))
@example(0.9, 1)
@example(0.5, 2)
@example(math.nextafter(0.9, 1), 1)
@example(math.nextafter(0.5, 0), 1)
def test_a_label_never_changes_and_the_score_hardly(score, digits):
    given = coarse(score, digits)
    assert label_scores({"": given}) == label_scores({"": score})
    assert abs(given - score) <= 10.0**-digits
    assert 0 <= given <= 1
    assert given == round(given, digits)
    assert coarse(given, digits) == given


def test_examples_of_the_bounds():
    assert [coarse(score, 2) for score in (0.8999, 0.9001, 0.4999, 0.123)] == [
        *(0.9, 0.91, 0.49, 0.12)
    ]


def test_a_small_change_of_the_picture_does_not_show():
    assert coarse(0.7312, 2) == coarse(0.7342, 2)


@pytest.mark.parametrize("digits", [0, -1, 16])
def test_senseless_digits_are_refused(digits):
    with pytest.raises(ValueError, match="digits"):
        coarse(0.5, digits)
