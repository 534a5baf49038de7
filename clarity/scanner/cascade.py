"""When the detectors that were asked settle every label, the others need not be asked.

The highest score speaks: a detector more can raise a label and never lowers one. Real and
Suspicious may still rise, so everybody is asked about them; Fake stands. One thing lowers Fake, a
copy of the opposite label (docs/decisions/0014). Where the person as handed in and all copies are
at least Suspicious, no further score makes any of them Real, and there is no opposite left.

What is saved is energy and time, and what is lost are opinions: the confidence of an item is then
the highest of those that were asked.
"""

from collections.abc import Mapping, Sequence

from clarity.ensemble import decide
from clarity.labels import REAL_BELOW, Abstention, Label
from clarity.scanner import steadiness
from clarity.scanner.panel import Said, evidence_of, opinions_of

NOT_ASKED = Abstention("It was not asked: the label stood without it.")


def settled(people: Sequence[Mapping[str, Said]]) -> bool:
    """Whether the label of every person stands, whatever other detectors would say.

    Args:
        people: of each, what the detectors with a vote said that were asked so far.
    """
    return all(_settled(told) for told in people)


def _settled(told: Mapping[str, Said]) -> bool:
    if decide(evidence_of(told)).label is not Label.FAKE:
        return False
    facts = steadiness.facts(list(opinions_of(told).values()))
    shown = [] if facts is None else [facts.itself, *(copy.confidence for copy in facts.copies)]
    return all(confidence >= REAL_BELOW for confidence in shown)
