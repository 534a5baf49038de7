"""What the pages say of plans and of the panel: as many models as are deployed, and no more."""

from collections.abc import Sequence

from clarity.plans.messages import PanelSeat

_NUMBERS = ("none", "one", "two", "three", "four", "five", "six")


def panel_in_words(seats: Sequence[PanelSeat]) -> str:
    """How many seats of the panel are taken, and what that means for who pays."""
    taken = sum(bool(seat.detectors) for seat in seats)
    if taken == len(seats):
        return f"All {_number(taken)} seats are taken. A plan's checks are judged by every model."
    words = (
        f"The panel has {_number(len(seats))} seats; {_number(taken)} of them "
        f"{'is' if taken == 1 else 'are'} taken today. Each of the others joins every plan, at "
        "the same price, once a model for it has been trained, measured and released."
    )
    return words if _paid_only(seats) else f"{words} {_NO_MORE_YET}"


def plans_in_words(seats: Sequence[PanelSeat]) -> str:
    """What any plan adds to free checks today."""
    more = _paid_only(seats)
    models = f"{_models(more)}, " if more else ""
    return (
        f"Free stays free. A plan adds {models}a place ahead of all free checks and, at the "
        "higher levels, reports by experts. Prices contain all taxes."
    )


def panel_share(seats: Sequence[PanelSeat]) -> str:
    """How many models judge a plan's checks, of those that are to do so."""
    taken = sum(bool(seat.detectors) for seat in seats)
    if taken == len(seats):
        return f"All {taken} models of the panel"
    return f"Every deployed model: {taken} of {len(seats)} today"


def plan_adds(seats: Sequence[PanelSeat]) -> str:
    """What a plan adds to a check that was judged for nothing."""
    more = _paid_only(seats)
    if more:
        return f"Free checks are judged by one model. A plan adds {_models(more)}."
    return (
        "Free checks are judged by one model; no other of the panel is deployed yet. "
        f"{_NO_MORE_YET}"
    )


_NO_MORE_YET = (
    "Until one is, a plan adds a place ahead of free checks and, at the higher levels, reports "
    "by experts, not another model's vote."
)


def _paid_only(seats: Sequence[PanelSeat]) -> int:
    return sum(len(seat.detectors) - len(seat.free) for seat in seats)


def _models(more: int) -> str:
    return f"{_number(more)} more {'model' if more == 1 else 'models'}"


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
