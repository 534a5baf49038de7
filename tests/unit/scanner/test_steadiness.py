"""What counts as a flip: the table of docs/decisions/0014."""

import numpy as np
import pytest

from clarity.labels import Label, Verdict
from clarity.reports.messages import Delivery, DeliveryFacts
from clarity.scanner.panel import OfCopies, Opinion
from clarity.scanner.steadiness import facts, flips, of_item, of_person


@pytest.mark.parametrize(
    ("itself", "copies", "flip"),
    [
        # Fake: a copy that is Real
        (0.95, [0.10], True),
        (0.901, [0.499], True),
        (0.95, [0.93, 0.92, 0.49], True),
        (0.95, [0.50], False),
        (0.95, [0.90, 0.70, 0.51], False),
        (0.95, [0.99], False),
        # Real: a copy that is Fake
        (0.10, [0.95], True),
        (0.499, [0.901], True),
        (0.10, [0.05, 0.20, 0.91], True),
        (0.10, [0.90], False),
        (0.10, [0.50, 0.80], False),
        # Suspicious has no opposite
        (0.50, [0.01, 0.99], False),
        (0.90, [0.01, 0.99], False),
        (0.70, [0.10], False),
        # nothing was copied
        (0.95, [], False),
    ],
)
def test_a_flip_is_the_opposite_label_and_nothing_less(itself, copies, flip):
    assert flips(itself, copies) is flip


def told(itself, *copies):
    named = [Delivery(name=f"n{n}", confidence=copy) for n, copy in enumerate(copies)]
    spread = max(itself, *copies) - min(itself, *copies)
    flip = flips(itself, copies)
    return DeliveryFacts(frames=1, itself=itself, copies=named, spread=spread, flips=flip)


def verdict(label, top):
    return Verdict(label, {}, "by itself", top)


@pytest.mark.parametrize(
    ("label", "top", "facts", "after"),
    [
        (Label.FAKE, 0.95, told(0.95, 0.1), Label.SUSPICIOUS),
        (Label.REAL, 0.1, told(0.1, 0.95), Label.SUSPICIOUS),
        (Label.FAKE, 0.95, told(0.95, 0.6), Label.FAKE),
        (Label.REAL, 0.1, told(0.1, 0.6), Label.REAL),
        (Label.FAKE, 0.95, None, Label.FAKE),
        # some frames of it flip, all together are between
        (Label.SUSPICIOUS, 0.89, told(0.91, 0.1), Label.SUSPICIOUS),
        (Label.NOT_APPLICABLE, None, None, Label.NOT_APPLICABLE),
    ],
)
def test_a_person_whose_verdict_flips_is_suspicious(label, top, facts, after):
    made = of_person(verdict(label, top), facts)
    assert made.label is after
    assert made.confidence == top
    assert (made.reason == "by itself") == (after is label)


@pytest.mark.parametrize(
    ("label", "people", "after"),
    [
        (Label.FAKE, [(Label.SUSPICIOUS, told(0.95, 0.1))], Label.SUSPICIOUS),
        (
            Label.FAKE,
            [(Label.SUSPICIOUS, told(0.95, 0.1)), (Label.REAL, told(0.1, 0.2))],
            Label.SUSPICIOUS,
        ),
        (
            Label.FAKE,
            [(Label.SUSPICIOUS, told(0.95, 0.1)), (Label.FAKE, told(0.92, 0.9))],
            Label.FAKE,
        ),
        (
            Label.REAL,
            [(Label.REAL, told(0.2, 0.2)), (Label.SUSPICIOUS, told(0.1, 0.95))],
            Label.SUSPICIOUS,
        ),
        (Label.REAL, [(Label.REAL, None), (Label.REAL, told(0.1, 0.6))], Label.REAL),
        (Label.REAL, [(Label.NOT_APPLICABLE, None), (Label.REAL, told(0.1, 0.6))], Label.REAL),
    ],
)
def test_the_item_is_what_its_worst_person_is(label, people, after):
    made = of_item(verdict(label, 0.95), people)
    assert made.label is after
    assert (made.reason == "by itself") == (after is label)


def test_the_reason_names_the_opposite_copy_and_not_merely_the_farthest():
    """From 0.49, 0.0 is farther away than 0.91, and the same answer."""
    reason = of_person(verdict(Label.REAL, 0.49), told(0.49, 0.0, 0.91)).reason
    assert "real as it was handed in (confidence 0.49)" in reason
    assert "fake (confidence 0.91) when n1." in reason


def opinion(confidence, copies=None):
    """Of a detector; None: one that was not shown copies, as one of motion."""
    shown = None
    if copies is not None:
        shown = OfCopies(confidence, {"a": copies}, {"a": (0.0, 0.0)})
    nothing = np.zeros(0, np.float32)
    return Opinion(confidence, nothing, nothing, nothing, card=None, copies=shown)


@pytest.mark.parametrize(
    ("voting", "itself", "copy", "flip"),
    [
        ([opinion(0.95, 0.1)], 0.95, 0.1, True),
        # another detector holds the verdict
        ([opinion(0.95, 0.1), opinion(0.3, 0.92)], 0.95, 0.92, False),
        ([opinion(0.95, 0.1), opinion(0.96)], 0.96, 0.96, False),
        ([opinion(0.95, 0.1), opinion(0.6)], 0.95, 0.6, False),
        ([opinion(0.95, 0.1), opinion(0.2)], 0.95, 0.2, True),
    ],
)
def test_the_highest_of_all_votes_counts_before_and_after(voting, itself, copy, flip):
    made = facts(voting)
    assert (made.itself, made.copies[0].confidence, made.flips) == (itself, copy, flip)
    assert made.spread == itself - copy
    assert made.frames == 2


def test_where_nobody_was_shown_copies_there_is_nothing_to_tell():
    assert facts([opinion(0.95)]) is None
    assert facts([]) is None


def test_where_several_people_flip_the_most_suspicious_gives_the_reason():
    people = [(Label.SUSPICIOUS, told(0.92, 0.3)), (Label.SUSPICIOUS, told(0.97, 0.2))]
    assert "(confidence 0.97)" in of_item(verdict(Label.FAKE, 0.97), people).reason
