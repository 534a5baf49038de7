"""Detectors that are left unasked never had a label to change."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.ensemble import decide, worst
from clarity.labels import Label, Score
from clarity.media.frames import MediaKind
from clarity.scanner import steadiness
from clarity.scanner.cascade import NOT_ASKED, settled
from clarity.scanner.delivery import Copies
from clarity.scanner.panel import ask
from clarity.scanner.pipeline import examine
from tests.unit.scanner.test_pipeline import decoded

DELIVERIES = ("jpeg", "half-size")
LOGITS = (-4.0, -0.1, 0.1, 2.1, 2.3, 9.0)
"""Real twice, Suspicious up to 2.1, Fake from 2.3 on."""


@dataclass
class ByNumber:
    """Knows the logit of every crop, whose first value is its number; counts its calls."""

    card: Card
    logits: np.ndarray
    calls: int = 0

    def predict(self, crops: np.ndarray) -> Prediction:
        self.calls += 1
        known = self.logits[crops[:, 0, 0, 0]]
        return Prediction(known.astype(np.float32), np.zeros((len(crops), 1, 1), np.float32))


@dataclass
class Shown:
    """Crops of people, two frames of each, and copies of the first; every crop has its number."""

    people: list[np.ndarray] = field(default_factory=list)
    copies: list[Copies] = field(default_factory=list)
    count: int = 0

    def add(self) -> None:
        self.people.append(self._numbered(2))
        self.copies.append(Copies((0,), {name: self._numbered(1) for name in DELIVERIES}))

    def _numbered(self, frames: int) -> np.ndarray:
        crops = np.zeros((frames, 1, 1, 3), np.uint8)
        crops[:, 0, 0, 0] = np.arange(self.count, self.count + frames)
        self.count += frames
        return crops


@st.composite
def situations(draw):
    shown = Shown()
    for _ in range(draw(st.integers(1, 2))):
        shown.add()
    of_detector = st.lists(st.sampled_from(LOGITS), min_size=shown.count, max_size=shown.count)
    logits = [np.array(one) for one in draw(st.lists(of_detector, min_size=1, max_size=4))]
    return shown, logits, draw(st.booleans())


def labels(panel, shown, with_copies, enough):
    told = ask(panel, shown.people, copies=shown.copies if with_copies else (), enough=enough)
    evidence = [{name: Score(said.confidence) for name, said in own.items()} for own in told]
    people = []
    for own, scores in zip(told, evidence, strict=True):
        facts = steadiness.facts(list(own.values()))
        people.append((steadiness.of_person(decide(scores), facts).label, facts))
    item = steadiness.of_item(decide(worst(evidence)), people)
    return item.label, [label for label, _ in people]


@settings(max_examples=600, deadline=None)
@given(situations())
def test_no_label_changes(card, situation):
    shown, logits, with_copies = situation
    everybody, in_turn = (
        {str(number): ByNumber(card, values) for number, values in enumerate(logits)}
        for _ in range(2)
    )
    assert labels(everybody, shown, with_copies, None) == labels(
        in_turn, shown, with_copies, settled
    )
    calls = [member.calls for member in in_turn.values()]
    assert calls == sorted(calls, reverse=True)
    assert calls[0] == 1


@pytest.fixture(scope="module")
def card(panel):
    return panel["xception"].card


def panel_of(card, *logits, **changes):
    """Detectors that say one thing of everything."""
    return {
        f"number {number}": ByNumber(card.model_copy(update=changes), np.full(256, logit))
        for number, logit in enumerate(logits)
    }


def test_what_is_plainly_fake_is_asked_of_one(portrait, card):
    media = decoded([portrait], MediaKind.IMAGE)
    panel = panel_of(card, 4.0, -4.0, 4.0)
    found = examine(media, digest="", panel=panel, deliveries=True, cascade=True)
    assert [member.calls for member in panel.values()] == [1, 0, 0]
    first, *others = found.report.opinions
    assert (found.report.label, first.confidence) == (Label.FAKE, found.report.confidence)
    assert {one.abstention for one in others} == {NOT_ASKED.reason}
    assert [one.model for one in found.report.people[0].opinions] == ["number 0"]
    assert set(found.trace.detectors) == set(panel)
    assert found.trace.settings["cascade"] == 1


@pytest.mark.parametrize("logit", [-4.0, 1.0])
def test_everybody_is_asked_about_what_may_still_rise(portrait, card, logit):
    media = decoded([portrait], MediaKind.IMAGE)
    panel = panel_of(card, logit, logit, 4.0)
    report = examine(media, digest="", panel=panel, cascade=True).report
    assert [member.calls for member in panel.values()] == [1, 1, 1]
    assert report.label is Label.FAKE


def test_who_has_no_vote_is_asked_all_the_same(portrait, card):
    media = decoded([portrait], MediaKind.IMAGE)
    panel = panel_of(card, 4.0, -4.0) | {
        "beside": panel_of(card, -4.0, advisory=True)["number 0"],
    }
    examine(media, digest="", panel=panel, cascade=True)
    assert [member.calls for member in panel.values()] == [1, 0, 1]


def test_without_the_cascade_everybody_is_asked_and_no_receipt_names_it(portrait, card):
    panel = panel_of(card, 4.0, -4.0)
    found = examine(decoded([portrait], MediaKind.IMAGE), digest="", panel=panel)
    assert [member.calls for member in panel.values()] == [1, 1]
    assert "cascade" not in found.trace.settings
