"""What a report says of copies of an item as they would arrive if it were sent on."""

from clarity.labels import Label, label_scores
from clarity.reports.messages import DeliveryFacts, Report
from clarity.reports.wording import DECISIONS, SCALE_NOTE, count

DELIVERY_TITLE = "What if this was sent on?"

COPIES = {
    "jpeg-75": "compressed as messengers do (JPEG, quality 75)",
    "jpeg-50": "compressed strongly (JPEG, quality 50)",
    "half-size": "shrunk to half its size and enlarged again",
    "h264-28": "compressed as video platforms do (H.264, rate factor 28)",
}

SPREAD_STEPS = ((0.1, "hardly changes"), (0.3, "changes somewhat"), (1.01, "changes a lot"))
"""Largest spread of which each is said."""

TURNED_MEANING = (
    "Sent on, this item would get the opposite answer: a copy of it that is compressed or shrunk, "
    "as messengers and platforms do, looks fake where it looks real itself, or the reverse. An "
    "answer that depends on compression is not to be relied on. Treat the item as undecided."
)
TURNED_NOTE = (
    "Here the answer turns into its opposite when the item is sent on, so it is Suspicious all "
    "the same."
)


def delivery_rows(told: DeliveryFacts) -> list[tuple[str, float]]:
    """What was handed in and every copy of it, as a row is headed, with the confidence in it."""
    copies = [(_capital(sent_on(copy.name)), copy.confidence) for copy in told.copies]
    return [("As it was handed in", told.itself), *copies]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def sent_on(name: str) -> str:
    """A delivery in words; its name where a later version made it."""
    return COPIES.get(name, name)


def delivery_intro(told: DeliveryFacts) -> str:
    """What was tried."""
    faces = "The face" if told.frames == 1 else f"The face in {count(told.frames, 'frame')}"
    return f"{faces} was compressed and shrunk as if sent on, and judged again in the same way."


def delivery_spread(told: DeliveryFacts) -> str:
    """How far the answers lie apart, and whether one is the opposite of another."""
    step = next(words for most, words in SPREAD_STEPS if told.spread <= most)
    points = round(told.spread * 100)
    apart = count(points, "percentage point") if points else "less than one percentage point"
    turned = (
        "One of them turns the answer into its opposite, so the person is called Suspicious."
        if told.flips
        else "None of them turns the answer into its opposite."
    )
    return (
        f"The probability {step}: the highest and the lowest of these lie {apart} apart. {turned}"
    )


def turned(report: Report) -> bool:
    """Whether the item is Suspicious because a copy gets the opposite answer."""
    if report.label is not Label.SUSPICIOUS or report.confidence is None:
        return False
    by_itself = label_scores({"": report.confidence})
    flips = any(one.delivery is not None and one.delivery.flips for one in report.people)
    return flips and by_itself is not Label.SUSPICIOUS


def meaning(report: Report) -> str:
    """What the decision on an item says, and what it does not."""
    return TURNED_MEANING if turned(report) else DECISIONS[report.label].meaning


def scale_note(report: Report) -> str:
    """How labels follow from the models' confidences."""
    return f"{SCALE_NOTE} {TURNED_NOTE}" if turned(report) else SCALE_NOTE
