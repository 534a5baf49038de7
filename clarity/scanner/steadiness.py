"""Whether a verdict survives delivery: docs/decisions/0014 says what counts, and why.

A verdict that a copy turns into its opposite, Fake into Real or Real into Fake, is no verdict:
it is Suspicious. Real and Suspicious, or Suspicious and Fake, are neighbours, and a step between
them is what a confidence near their limit does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clarity.labels import Label, Verdict, label_scores
from clarity.reports.delivery_wording import sent_on
from clarity.reports.messages import Delivery, DeliveryFacts
from clarity.scanner.panel import Opinion

OPPOSITE = {Label.REAL: Label.FAKE, Label.FAKE: Label.REAL}
SEVERITY = (Label.NOT_APPLICABLE, Label.REAL, Label.SUSPICIOUS, Label.FAKE)


def facts(voting: Sequence[Opinion]) -> DeliveryFacts | None:
    """How the verdict on a person fares; None where no detector was shown copies.

    Args:
        voting: of the person, by every detector with a vote. What a detector says that was not
            shown the copies holds for them too.
    """
    shown = [one.copies for one in voting if one.copies is not None]
    beside = [one.confidence for one in voting if one.copies is None]
    if not shown:
        return None
    logits = shown[0].logits
    itself = max([*beside, *(one.itself for one in shown)])
    after = {name: max([*beside, *(one.copies[name] for one in shown)]) for name in logits}
    confidences = (itself, *after.values())
    return DeliveryFacts(
        frames=len(next(iter(logits.values()))),
        itself=itself,
        copies=[Delivery(name=name, confidence=value) for name, value in after.items()],
        spread=max(confidences) - min(confidences),
        flips=flips(itself, after.values()),
    )


def flips(itself: float, copies: Iterable[float]) -> bool:
    """Whether some copy has the opposite label.

    Args:
        itself: confidence of what was handed in, in [0, 1].
        copies: the same of its copies.
    """
    opposite = OPPOSITE.get(label_scores({"": itself}))
    return any(label_scores({"": copy}) is opposite for copy in copies)


def of_person(verdict: Verdict, told: DeliveryFacts | None) -> Verdict:
    """The verdict on a person, Suspicious where a copy turns it into its opposite.

    Args:
        verdict: on the person as handed in.
        told: how it fares; None where no copies were judged.
    """
    if told is None or not told.flips or verdict.label not in OPPOSITE:
        return verdict
    return replace(verdict, label=Label.SUSPICIOUS, reason=_reason(told))


def of_item(verdict: Verdict, people: Sequence[tuple[Label, DeliveryFacts | None]]) -> Verdict:
    """The verdict on an item: that of its worst person, once flips are taken into account.

    Args:
        verdict: on the item as handed in.
        people: the label of each by `of_person`, and how its verdict fares.
    """
    label = max((label for label, _ in people), key=SEVERITY.index)
    turned = [told for _, told in people if told is not None and told.flips]
    if label is verdict.label or not turned:
        return verdict
    told = max(turned, key=lambda one: one.itself)
    return replace(verdict, label=label, reason=_reason(told))


def _reason(told: DeliveryFacts) -> str:
    """One sentence, with the opposite copy that is farthest from what was handed in."""
    own = label_scores({"": told.itself})
    opposite = [one for one in told.copies if flips(told.itself, [one.confidence])]
    farthest = max(opposite, key=lambda copy: abs(copy.confidence - told.itself))
    return (
        f"The answer turns when the item is sent on: {own.value} as it was handed in (confidence "
        f"{told.itself:.2f}), {OPPOSITE[own].value} (confidence {farthest.confidence:.2f}) when "
        f"{sent_on(farthest.name)}."
    )
