import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.labels import Label, Score, label_scores

scores = st.dictionaries(st.text(min_size=1), st.floats(0, 1), min_size=1)


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ([0.0], Label.REAL),
        ([math.nextafter(0.5, 0)], Label.REAL),
        ([0.5], Label.SUSPICIOUS),
        ([0.9], Label.SUSPICIOUS),
        ([math.nextafter(0.9, 1)], Label.FAKE),
        ([0.1, 0.6], Label.SUSPICIOUS),
        ([0.1, 0.95, 0.2], Label.FAKE),
    ],
)
def test_the_boundaries_belong_to_suspicious(values, label):
    assert label_scores({str(i): value for i, value in enumerate(values)}) is label


@given(scores, st.text(min_size=1), st.floats(0, 1))
def test_one_more_opinion_never_makes_an_item_look_more_real(given_scores, name, value):
    order = [Label.REAL, Label.SUSPICIOUS, Label.FAKE]
    before = order.index(label_scores(given_scores))
    raised = max(value, given_scores.get(name, 0.0))
    assert order.index(label_scores({**given_scores, name: raised})) >= before


def test_no_score_is_no_label():
    with pytest.raises(ValueError, match="without evidence"):
        label_scores({})


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan])
def test_a_score_is_a_probability(value):
    with pytest.raises(ValueError, match="lies in"):
        Score(value)
