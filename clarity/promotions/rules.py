"""Pure decisions: may a candidate take a release's place, and where does a roll-back lead?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from clarity.errors import ClarityError


class NothingEarlier(ClarityError):
    """There is no release to go back to."""

    status: ClassVar[int] = 409
    code: ClassVar[str] = "nothing-earlier"
    hint = "`python -m train releases` lists what has been at work."


class Act(StrEnum):
    """How a release came to work: as the installation's first, by validation, or again."""

    ADOPT = "adopt"
    PROMOTE = "promote"
    ROLL_BACK = "roll-back"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of a detector's history.

    Attributes:
        number: from 1, without gaps.
        card_digest: SHA-256 of the card's bytes; the card names the release's other files.
        grounds: the comparison that justified it; empty for the others.
    """

    detector: str
    number: int
    act: Act
    release: str
    card_digest: str
    at: datetime
    by: str
    reason: str
    grounds: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Bars:
    """What a candidate must keep to. Losses are against the release at work, on the same items.

    Attributes:
        auc_loss, kind_loss: largest loss of the AUC over all items, and of any manipulation.
        false_fake_rate: largest share of reals labelled Fake, unless the release at work has
            more; then that is the bar.
        ece: largest expected calibration error, likewise.
        more_unjudged: items that the candidate may leave unjudged beyond the other's.
    """

    auc_loss: float = 0.005
    kind_loss: float = 0.02
    false_fake_rate: float = 0.01
    ece: float = 0.05
    more_unjudged: int = 0


BARS = Bars()


class SettledPolicy(StrEnum):
    """What settled items ask of a candidate."""

    NO_NEW_MISTAKES = "no-new-mistakes"
    """It must be right wherever the release at work is right."""
    EVERY_CASE = "every-case"
    """It must be right on every one, also where the release at work is wrong."""


def settled_objections(
    right_before: Mapping[str, bool] | None,
    right_after: Mapping[str, bool],
    policy: SettledPolicy,
) -> list[str]:
    """Why settled items forbid that the candidate takes the other's place; empty if they do not.

    Args:
        right_before: item -> whether the release at work is right; None for a first release,
            to which nobody's mistakes are known.
        right_after: the same of the candidate, of the same items.
        policy: how strict to be.
    """
    wrong = {item for item, right in right_after.items() if not right}
    new = {item for item in wrong if right_before is not None and right_before[item]}
    found = []
    if new:
        found.append(f"{_many(new)} that the release at work gets right")
    if policy is SettledPolicy.EVERY_CASE and wrong - new:
        found.append(f"{_many(wrong - new)} that it must get right too, by the policy {policy}")
    return [f"it gets wrong {words}" for words in found]


def _many(items: Collection[str]) -> str:
    shown = ", ".join(item[:12] for item in sorted(items)[:5])
    more = ", …" if len(items) > 5 else ""
    return f"{len(items)} settled item{'s' if len(items) > 1 else ''} ({shown}{more})"


def objections(
    candidate: Mapping[str, float], deployed: Mapping[str, float] | None, bars: Bars = BARS
) -> list[str]:
    """Why the candidate must not take the other's place; empty if it may.

    Args:
        candidate: its figures by a card's dotted names, all measured on one set of items.
        deployed: those of the release at work on the same items; None for a first release,
            which is held against the absolute bars alone.
        bars: what to hold it against.
    """
    return [*_absolute(candidate, deployed or {}, bars), *_losses(candidate, deployed or {}, bars)]


def _absolute(
    candidate: Mapping[str, float], deployed: Mapping[str, float], bars: Bars
) -> Iterator[str]:
    limits = {"overall.false_fake_rate": bars.false_fake_rate, "overall.ece": bars.ece}
    for name, limit in limits.items():
        bar = max(limit, deployed.get(name, 0.0))
        value = candidate.get(name)
        if value is None:
            yield f"{name} was not measured"
        elif not value <= bar:  # not a number is no better than too much
            yield f"{name} is {value:.4f}, more than {bar:.4f}"


def _losses(
    candidate: Mapping[str, float], deployed: Mapping[str, float], bars: Bars
) -> Iterator[str]:
    if not deployed:
        return
    if candidate.get("overall.items") != deployed.get("overall.items"):
        yield "the two were measured on different items"
    for name, before in deployed.items():
        allowed = _allowed_loss(name, bars)
        if allowed is None:
            continue
        after = candidate.get(name)
        if after is None:
            yield f"{name} was not measured"
        elif not after >= before - allowed:
            yield f"{name} falls from {before:.4f} to {after:.4f}, by more than {allowed:g}"
    unjudged = "overall.not_applicable"
    more = candidate.get(unjudged, 0) - deployed.get(unjudged, 0)
    if more > bars.more_unjudged:
        yield f"{more:g} more items could not be judged"


def _allowed_loss(name: str, bars: Bars) -> float | None:
    """Tolerance of a figure where more is better; None for figures that decide nothing."""
    if name == "overall.auc":
        return bars.auc_loss
    if name.startswith("manipulation.") and name.endswith(".auc"):
        return bars.kind_loss
    return None


def target(history: Sequence[Promotion], release: str | None = None) -> Promotion:
    """The line of a history that a roll-back returns to.

    Args:
        history: of one detector, oldest first.
        release: by default the one that was at work before the present one first came, so
            that rolling back again and again leads further back, never to and fro.

    Raises:
        NothingEarlier: no such line.
    """
    if not history:
        raise NothingEarlier("No release has been promoted yet.")
    present = history[-1]
    if release is None:
        first = next(n for n, line in enumerate(history) if line.release == present.release)
        if first == 0:
            raise NothingEarlier(f"{present.release} is the first release of {present.detector}.")
        return history[first - 1]
    if release == present.release:
        raise NothingEarlier(f"{release} is at work already.")
    for line in reversed(history):
        if line.release == release:
            return line
    raise NothingEarlier(f"{release} has never been at work for {present.detector}.")
