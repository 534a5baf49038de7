"""Settled items as locked tests: what they forbid, by which policy, and what is written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.cases.accuracy import Judged, SettledItem, count, is_right
from clarity.promotions.rules import SettledPolicy, settled_objections
from clarity.settings import Settings
from clarity.storage import Store
from tests.unit.gateway.conftest import picture
from train.settled import collect, settled_tests

NEW, EVERY = SettledPolicy.NO_NEW_MISTAKES, SettledPolicy.EVERY_CASE
verdicts = st.dictionaries(st.sampled_from("abcdef"), st.booleans(), min_size=1)


@given(after=verdicts, data=st.data(), policy=st.sampled_from(list(SettledPolicy)))
def test_what_was_right_must_stay_right_and_the_rest_only_by_policy(after, data, policy):
    before = {name: data.draw(st.booleans()) for name in after}
    told = settled_objections(before, after, policy)
    lost = any(before[name] and not after[name] for name in after)
    still_wrong = any(not before[name] and not after[name] for name in after)
    assert bool(told) == (lost or (policy is EVERY and still_wrong))


@given(after=verdicts)
def test_a_first_release_is_asked_only_by_the_strict_policy(after):
    assert settled_objections(None, after, NEW) == []
    assert bool(settled_objections(None, after, EVERY)) == (not all(after.values()))


@pytest.mark.parametrize(
    ("confidence", "fake", "right"),
    [
        (0.49, False, True),
        (0.5, False, False),
        (0.5, True, True),
        (0.49, True, False),
        (None, True, False),
        (None, False, False),
    ],
)
def test_right_is_the_right_side_of_the_middle(confidence, fake, right):
    assert is_right(confidence, fake=fake) is right


def test_live_accuracy_counts_by_model_and_release():
    told = count(
        [
            Judged("xception", "r1", 0.9, fake=True),
            Judged("xception", "r1", 0.2, fake=True),
            Judged("xception", "r1", 0.7, fake=False),
            Judged("xception", "r1", None, fake=True),
            Judged("xception", "r2", None, fake=True),
        ]
    )
    first, second = told
    assert (first.release, first.settled, first.could_not_look) == ("r1", 4, 1)
    assert (first.right, first.missed_fakes, first.false_fakes) == (1, 1, 1)
    assert first.accuracy == pytest.approx(1 / 3)
    assert second.accuracy is None


def test_erased_items_are_told_and_left_out(tmp_path):
    store = Store((tmp_path / "store").as_uri())
    kept = store.put_bytes(picture())
    known = [SettledItem(kept, True, "v1"), SettledItem("0" * 64, False, "v2")]
    (tmp_path / "files").mkdir()
    found = collect(known, store, tmp_path / "files", NEW)
    assert [(item.key, item.fake) for item in found.items] == [(kept, True)]
    assert "1 (1 more were erased by their owners)" in found.told()
    assert "CLARITY_SETTLED_POLICY" in found.told()
    assert "must be right where the release at work is" in found.told()


def test_an_installation_without_cases_has_no_settled_items(tmp_path):
    settings = Settings(home=tmp_path, settled_policy="every-case")
    with settled_tests(settings) as found:
        assert (list(found.items), found.policy) == ([], EVERY)
        assert "must be right on every one" in found.told()
