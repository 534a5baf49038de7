"""Marked places and times, drawn without the item."""

import numpy as np

from apps.review import marks
from clarity.reports.expertise import ExpertForm, Inconsistencies, Region, Span
from tests.unit.apps.canned import report_for

REPORT = report_for("manipulated.jpg")

SEAM = Region(box=(0.5, 0.25, 0.25, 0.5), seconds=1.48, note="seam at the jaw")
GRID = Region(box=(0.1, 0.1, 0.2, 0.2), seconds=1.5)
LATER = Region(box=(0.0, 0.0, 0.5, 0.5), seconds=3)
LAG = Span(start=1.2, end=2.0, note="the lips lag")
FORM = ExpertForm(
    spectral=Inconsistencies(regions=[LATER, GRID]),
    temporal=Inconsistencies(spans=[LAG, Span(start=4, end=4)]),
    spatial=Inconsistencies(regions=[SEAM]),
)


def report(**facts):
    people = [REPORT.people[0].model_copy(update={"frame_seconds": 1.5, "box": (0, 0, 0.05, 0.05)})]
    media = REPORT.media.model_copy(update={"width": 400, "height": 200} | facts)
    return REPORT.model_copy(update={"media": media, "people": people})


def test_every_frame_with_marks_has_one_plan_with_all_its_marks():
    early, late = marks.plans(FORM, report())
    assert early.words.startswith("2: at 0:01.50: 10 % from the left")
    assert early.words.endswith("seam at the jaw")
    assert late.words.startswith("1: at 0:03.00")
    assert early.image.size == (640, 320), "the shape of the item"


def test_marks_close_to_two_frames_are_drawn_once():
    near = [Region(box=(0, 0, 0.1, 0.1), seconds=at) for at in (0.0, 0.04, 0.08)]
    form = ExpertForm(spatial=Inconsistencies(regions=near))
    drawn = [plan.words.count("from the left") for plan in marks.plans(form, report())]
    assert drawn == [2, 1]


def test_a_box_is_drawn_where_it_is():
    elsewhere = SEAM.model_copy(update={"seconds": 5})
    form = ExpertForm(spatial=Inconsistencies(regions=[elsewhere]))
    (plan,) = marks.plans(form, report(width=800, height=800))
    pixels = np.asarray(plan.image, int)
    changed = np.argwhere((pixels != marks.GROUND).any(axis=2))
    (top, left), (bottom, right) = changed.min(0), changed.max(0)
    assert abs(left - 320) < 10
    assert abs(right - 480) < 10
    assert abs(top - 160) < 10
    assert abs(bottom - 480) < 10


def test_faces_stand_in_outline_only_on_the_frame_that_they_were_found_on():
    early, late = marks.plans(FORM, report())
    outlined = [(np.asarray(one.image) == marks.OUTLINE).all(axis=2).any() for one in (early, late)]
    assert outlined == [True, False]


def test_no_marks_no_plan():
    assert list(marks.plans(ExpertForm(), report())) == []


def test_times_are_bars_on_the_whole_clip_and_words():
    told = marks.spans(FORM)
    chart = marks.times(told, 6.0).to_dict()
    assert [(row["start"], row["end"]) for row in chart["data"]["values"]] == [(1.2, 2.0), (4, 4)]
    assert chart["encoding"]["x"]["scale"]["domain"] == [0, 6.0]
    assert marks.times_in_words(told) == (
        "temporal inconsistencies, 0:01.20 to 0:02.00: the lips lag; "
        "temporal inconsistencies, at 0:04.00: no note"
    )
