"""Two windows' forms become one in which no word of either is lost."""

import pytest

from apps.review.joining import both_changed, join
from clarity.reports.expertise import EXAMPLE, LONG, ExpertForm

BASE = ExpertForm(reason="Both began here.")


def with_(**changes):
    return ExpertForm.model_validate(BASE.model_dump(mode="json") | changes)


def test_changes_of_different_fields_are_both_kept():
    joined = join(BASE, with_(notes="mine"), with_(certainty="high"))
    assert joined.notes == "mine"
    assert joined.certainty == "high"
    assert joined.reason == BASE.reason
    assert both_changed(BASE, with_(notes="mine"), with_(certainty="high")) == []


def test_texts_that_both_changed_stand_one_after_the_other():
    mine, theirs = with_(reason="Words of mine."), with_(reason="Words of theirs.")
    assert join(BASE, mine, theirs).reason == "Words of theirs.\n\nWords of mine."
    assert both_changed(BASE, mine, theirs) == ["reason"]


def test_a_text_that_goes_on_is_not_doubled():
    mine, theirs = with_(reason="Both began here. And on."), with_(reason="Both began here. And")
    assert join(BASE, mine, theirs) == mine
    assert join(BASE, theirs, mine) == mine


def test_lists_hold_what_either_has():
    def seam(note):
        return {"text": "", "regions": [{"box": [0.1, 0.1, 0.2, 0.2], "note": note}]}

    sources = [{"title": "first copy"}], [{"title": "second copy"}]
    mine = with_(spatial=seam("mine"), sources=sources[0])
    theirs = with_(spatial=seam("theirs"), sources=sources[1])
    joined = join(BASE, mine, theirs)
    assert [one.note for one in joined.spatial.regions] == ["theirs", "mine"]
    assert [one.title for one in joined.sources] == ["second copy", "first copy"]


def test_of_two_choices_ours_counts():
    assert join(BASE, with_(decision="fake"), with_(decision="real")).decision == "fake"


def test_a_choice_that_was_taken_back_stays_so():
    began = ExpertForm.model_validate(EXAMPLE)
    mine = began.model_copy(update={"technique": None})
    theirs = began.model_copy(update={"notes": "theirs"})
    joined = join(began, mine, theirs)
    assert joined.technique is None
    assert joined.notes == "theirs"


@pytest.mark.parametrize("field", ["reason", "spectral"])
def test_what_would_be_too_long_together_stays_ours(field):
    def long(sign):
        return sign * LONG if field == "reason" else {"text": sign * 6000}

    mine, theirs = with_(**{field: long("m")}), with_(**{field: long("t")}, notes="theirs")
    joined = join(BASE, mine, theirs)
    assert getattr(joined, field) == getattr(mine, field)
    assert joined.notes == "theirs"
