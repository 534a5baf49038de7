"""A panel's detectors beside the panel."""

from dataclasses import replace

import pytest

from tests.unit.train.figures.outcomes import outcome
from train.evaluate import summarise
from train.figures.markdown import write_report
from train.figures.measure import measure
from train.figures.voices import Voice, voices


def said(number, label, first, second, verdict):
    one = outcome(number, label, max(first, second), "a")
    return replace(one, scores={"first": first, "second": second}, verdict=verdict)


@pytest.fixture
def panel():
    return [
        said(0, 0, 0.1, 0.2, "real"),
        said(1, 0, 0.3, 0.6, "suspicious"),
        said(2, 1, 0.4, 0.95, "fake"),
        said(3, 1, 0.7, 0.1, "suspicious"),
        outcome(4, 1, None, "a"),
    ]


def test_a_voice_is_what_a_detector_says_alone_and_what_the_panel_makes_of_it(panel):
    assert voices(panel) == {
        "first": Voice(reals=0.0, fakes={"face_swap": 0.5}, nearer=1, farther=1),
        "second": Voice(reals=0.5, fakes={"face_swap": 0.5}, nearer=1, farther=0),
    }


def test_a_detector_alone_has_no_panel_to_differ_from():
    assert voices([outcome(0, 0, 0.2, "a"), outcome(1, 1, 0.8, "a")]) == {}


def test_without_reals_nobody_is_doubted_wrongly(panel):
    assert voices([one for one in panel if one.label]) == {}


def test_the_report_tells_of_every_detector(panel, tmp_path):
    measured = measure(summarise(panel, detector="first, second", release="r1, r2"), draws=20)
    text = write_report(measured, tmp_path).read_text()
    assert "|  | reals | face swap | nearer | farther |" in text
    assert "| second | 50.0 % | 50.0 % | 1 | 0 |" in text
    assert "reals called Suspicious | 50.0 %" in text
    assert measured.figures()["detector.second.fakes.face_swap"] == 0.5
