"""Pieces of HTML for administrators: cases, experts, models. All text is escaped."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from apps.review.markup import KINDS, remaining, share
from apps.scanner.markup import moment
from apps.wording import competences
from clarity.cases.messages import CaseState, ManagedCase, ModelAccuracy
from clarity.experts.messages import ManagedExpert, Performance
from clarity.reports.expert_wording import WORDS

STATES = {
    CaseState.OPEN: "Waits for experts",
    CaseState.ASSIGNED: "Given to experts",
    CaseState.IN_REVIEW: "In review",
    CaseState.SECOND_REVIEW: "A third decides",
    CaseState.SETTLED: "Settled",
    CaseState.WITHDRAWN: "Withdrawn",
}
NONE_YET = "none yet"
OVER = frozenset({CaseState.SETTLED, CaseState.WITHDRAWN})


def cases(rows: Sequence[ManagedCase], now: datetime) -> str:
    """Table of cases."""
    head = ("Item", "Kind", "State", "Experts", "Due (UTC)")
    return _table(head, "".join(_case(row, now) for row in rows), stacked=True)


def _case(row: ManagedCase, now: datetime) -> str:
    state = STATES[row.state]
    if row.decision is not None:
        state += f": {WORDS[row.decision].lower()}"
    lacks = f'<span class="late">lacks {row.vacancies}</span>' if row.vacancies else ""
    who = "<br>".join([*(escape(one.expert) for one in row.reviewers), *([lacks] if lacks else [])])
    due = moment(row.due_at)
    if row.state not in OVER:
        due += f", {remaining(row.due_at, now)}"
    return (
        f'<tr><th scope="row">{escape(row.source)}<small>case {escape(row.id)}</small></th>'
        f"<td>{KINDS[row.kind]}</td><td>{state}</td><td>{who}</td><td>{due}</td></tr>"
    )


def experts(rows: Sequence[ManagedExpert], figures: Mapping[str, Performance]) -> str:
    """Table of experts and how they work; figures by pseudonym."""
    head = ("Expert", "Held", "Submitted", "In time", "Agreed with the other", "With the settled")
    return _table(head, "".join(_expert(row, figures.get(row.pseudonym)) for row in rows))


def _expert(row: ManagedExpert, told: Performance | None) -> str:
    fields = competences(row.fields)
    away = "retired" if row.retired_at else "" if row.available else "away"
    name = f"{escape(row.pseudonym)}{f' ({away})' if away else ''}"
    cells = (NONE_YET,) * 5
    if told is not None:
        cells = (
            f"{told.open} of {row.capacity}",
            str(told.submitted),
            _share(told.in_time),
            _share(told.agreement_with_reviewer),
            _share(told.agreement_with_settled),
        )
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{name}<small>{escape(fields)}</small></th>{body}</tr>'


def models(rows: Sequence[ModelAccuracy]) -> str:
    """Table of releases against what experts settled."""
    head = ("Release", "Settled", "Right", "Missed fakes", "False fakes", "Could not look")
    return _table(head, "".join(_model(row) for row in rows))


def _model(row: ModelAccuracy) -> str:
    told = f"{row.right} ({_share(row.accuracy)})" if row.accuracy is not None else str(row.right)
    cells = (str(row.settled), told, row.missed_fakes, row.false_fakes, row.could_not_look)
    body = "".join(f"<td>{cell}</td>" for cell in cells)
    name = f"{escape(row.model)}<small>{escape(row.release)}</small>"
    return f'<tr><th scope="row">{name}</th>{body}</tr>'


def _share(value: float | None) -> str:
    return NONE_YET if value is None else share(value)


def _table(head: Sequence[str], rows: str, *, stacked: bool = False) -> str:
    names = "".join(f'<th scope="col">{name}</th>' for name in head)
    return (
        f'<div class="wide-table"><table class="clarity-table{" stacked" if stacked else ""}">'
        "<thead><tr>"
        f"{names}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
