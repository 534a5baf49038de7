"""What two windows wrote at once becomes one form in which no word of either is lost."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from clarity.reports import expert_wording
from clarity.reports.expertise import ExpertForm, Inconsistencies

TEXTS = ("reason", "technique_note", "notes")
RESPECTS = tuple(name for name, _ in expert_wording.RESPECTS)
T = TypeVar("T")


def join(base: ExpertForm, mine: ExpertForm, theirs: ExpertForm) -> ExpertForm:
    """A form with the changes of both.

    Where both changed a field, texts stand one after the other and lists hold what either has;
    of two choices ours counts. A text that would become too long stays ours: theirs is a version
    of its own on the service.

    Args:
        base: the version that both began with.
        mine: what is in this window.
        theirs: what is saved.
    """
    joined: dict[str, Any] = {}
    for name in ExpertForm.model_fields:
        was, ours, saved = (getattr(form, name) for form in (base, mine, theirs))
        if ours in (was, saved):
            joined[name] = saved
        elif saved == was:
            joined[name] = ours
        else:
            joined[name] = _both(name, ours, saved)
    return _valid(joined, mine)


def both_changed(base: ExpertForm, mine: ExpertForm, theirs: ExpertForm) -> list[str]:
    """Fields that both windows changed, to different contents."""
    return [
        name
        for name in ExpertForm.model_fields
        if getattr(base, name) != getattr(theirs, name) != getattr(mine, name)
        and getattr(base, name) != getattr(mine, name)
    ]


def _both(name: str, ours: Any, saved: Any) -> Any:
    if name in TEXTS:
        return _texts(ours, saved)
    if name in RESPECTS:
        return _respects(ours, saved)
    return _lists(ours, saved) if name == "sources" else ours


def _respects(ours: Inconsistencies, saved: Inconsistencies) -> Inconsistencies:
    # model_construct: too long texts are seen, field by field, by `_valid`.
    return Inconsistencies.model_construct(
        text=_texts(ours.text, saved.text),
        regions=_lists(ours.regions, saved.regions),
        spans=_lists(ours.spans, saved.spans),
    )


def _texts(ours: str, saved: str) -> str:
    # One that goes on where the other stopped holds both.
    if saved in ours:
        return ours
    return saved if ours in saved else f"{saved}\n\n{ours}"


def _lists(ours: Sequence[T], saved: Sequence[T]) -> list[T]:
    return [*saved, *(one for one in ours if one not in saved)]


def _valid(joined: dict[str, Any], mine: ExpertForm) -> ExpertForm:
    told = ExpertForm.model_construct(**joined).model_dump(mode="json", warnings=False)
    try:
        return ExpertForm.model_validate(told)
    except ValidationError as error:
        ours = mine.model_dump(mode="json")
        for wrong in error.errors():
            name = str(wrong["loc"][0])
            told[name] = ours[name]
        return ExpertForm.model_validate(told)
