"""The words of the page: no false certainty, every state told, nothing unescaped."""

import pytest

from apps.progress import done
from apps.scanner import markup
from apps.wording import DECISIONS, STAGES, clock, percent, scaled, turn
from clarity.labels import Label, label_scores
from clarity.reports.messages import ModelOpinion
from clarity.scans.messages import Place, Stage
from tests.unit.apps.canned import report_for


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "under 1 %"),
        (0.5, "50 %"),
        (0.499, "49.9 %"),
        (0.904, "90.4 %"),
        (0.9, "90 %"),
        (0.641, "64 %"),
        (1.0, "over 99 %"),
    ],
)
def test_percent(value: float, words: str) -> None:
    assert percent(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (12.34, "12 Wh"),
        (0.5, "0.5 Wh"),
        (0.0996, "100 mWh"),
        (0.00016, "0.16 mWh"),
        (1.4e-5, "14 µWh"),
        (1e-9, "under 0.1 µWh"),
        (0.0, "0 Wh"),
        (12345.0, "12,345 Wh"),
    ],
)
def test_a_small_quantity_gets_the_prefix_that_fits(value: float, words: str) -> None:
    assert scaled(value, "Wh") == words


@pytest.mark.parametrize("value", [0.4996, 0.49999, 0.90001, 0.8999])
def test_a_shown_percentage_never_contradicts_the_label(value: float) -> None:
    shown = float(percent(value).removesuffix(" %").removeprefix("over ")) / 100
    assert label_scores({"m": shown}) is label_scores({"m": value})


def test_every_decision_differs_in_word_sign_and_mark() -> None:
    for attribute in ("word", "sign", "mark", "tone"):
        assert len({getattr(DECISIONS[label], attribute) for label in Label}) == len(Label)


def test_every_stage_has_words_and_a_place_in_the_bar() -> None:
    places = [done(stage, 0.0) for stage in STAGES]
    assert set(STAGES) == set(Stage)
    assert places == sorted(places)
    assert done(Stage.FINISHED, 1.0) == 1.0


def test_clock_counts_minutes() -> None:
    assert [clock(0.2), clock(59.6), clock(600)] == ["0:00", "1:00", "10:00"]


def test_text_from_outside_is_escaped() -> None:
    report = report_for("portrait.jpg").model_copy(update={"reason": "<img src=x onerror=a()>"})
    html = markup.verdict(report, "<script>.jpg")
    html += markup.problem("<b>", "<i>") + markup.facts({"<u>": "<s>"})
    html += markup.opinions([ModelOpinion(model="<a>", release="1", abstention="<p>")], {})
    for tag in ("<script", "<img", "<b>", "<u>", "<s>", "<a>", "<td><p>"):
        assert tag not in html


def test_an_abstention_shows_its_reason_and_no_number() -> None:
    html = markup.opinions([ModelOpinion(model="m", release="1", abstention="Too dark.")], {})
    assert "Too dark." in html
    assert "%" not in html


@pytest.mark.parametrize(
    ("ahead", "seconds", "words"),
    [
        (0, 3, "Your scan is next; its report is likely in about 3 seconds."),
        (1, 8, "One scan comes first; its report is likely in about 8 seconds."),
        (12, 150, "12 scans come first; its report is likely in about 2 minutes."),
    ],
)
def test_who_waits_is_told_the_place_and_the_time(ahead, seconds, words):
    assert turn(Place(ahead=ahead, seconds=seconds)) == words
