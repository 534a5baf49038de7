"""Pieces of HTML about cases: where one stands, and what experts found. All text is escaped."""

from collections.abc import Sequence
from html import escape

from apps.scanner.markup import moment, sign
from apps.wording import percent
from clarity.cases.messages import (
    Case,
    CaseState,
    CustodyAct,
    CustodyLine,
    Happening,
    ReviewState,
)
from clarity.labels import Label
from clarity.reports import richtext
from clarity.reports.expert_wording import (
    CERTAINTIES,
    LOOKS,
    RESPECTS,
    TECHNIQUES,
    WORDS,
    how,
    marks,
    stretch,
    where,
)
from clarity.reports.expertise import ExpertForm, ExpertReport, Finding
from clarity.reports.settled import CaseKind, CaseReport
from clarity.reports.wording import DECISIONS

STEPS = (
    (CaseState.OPEN, "Asked"),
    (CaseState.ASSIGNED, "Experts found"),
    (CaseState.IN_REVIEW, "Under review"),
    (CaseState.SECOND_REVIEW, "A third decides"),
    (CaseState.SETTLED, "Settled"),
)
STATES = {
    CaseState.OPEN: "Experts are being looked for.",
    CaseState.ASSIGNED: "Experts have been found; nobody has begun yet.",
    CaseState.IN_REVIEW: "The item is being examined.",
    CaseState.SECOND_REVIEW: "Two experts came to different answers; a third one decides.",
    CaseState.SETTLED: "It is settled.",
    CaseState.WITHDRAWN: "It was withdrawn.",
}
REVIEWS = {
    ReviewState.ASSIGNED: "has been asked",
    ReviewState.BEGUN: "is at work",
    ReviewState.SUBMITTED: "has submitted a report",
    ReviewState.VACATED: "has given it back",
}
HAPPENINGS = {
    Happening.OPENED: "You asked.",
    Happening.ASSIGNED: "{who} was asked.",
    Happening.BEGUN: "{who} began.",
    Happening.SUBMITTED: "{who} submitted a report.",
    Happening.DECLINED: "{who} gave the review back.",
    Happening.OVERDUE: "{who} did not answer in time.",
    Happening.REPLACED: "{who} cannot go on.",
    Happening.DIFFERED: "The two experts differ.",
    Happening.SETTLED: "It was settled.",
    Happening.WITHDRAWN: "You withdrew it.",
}
ACTS = {
    CustodyAct.PICTURES: "looked at the pictures of the report",
    CustodyAct.VIEWED: "looked at the item",
    CustodyAct.DOWNLOADED: "downloaded the item",
}


def progress(case: Case) -> str:
    """The steps of a case: done, under way, to come."""
    order = [state for state, _ in STEPS]
    third = any(line.what is Happening.DIFFERED for line in case.history)
    shown = [(s, w) for s, w in STEPS if s is not CaseState.SECOND_REVIEW or third]
    reached = order.index(case.state) if case.state in order else -1
    settled = case.state is CaseState.SETTLED

    def look(state: CaseState) -> str:
        at = order.index(state)
        if at < reached or settled:
            return "done"
        return "now" if at == reached else "todo"

    items = "".join(
        f'<li class="{look(state)}"{_now(look(state))}><i aria-hidden="true"></i>{word}</li>'
        for state, word in shown
    )
    return f'<nav class="steps case-steps" aria-label="Where it stands"><ol>{items}</ol></nav>'


def _now(look: str) -> str:
    return ' aria-current="step"' if look == "now" else ""


def reviewers(case: Case) -> str:
    """Who examines the item, and how far they are."""
    rows = "".join(
        f"<li><strong>{escape(one.expert)}</strong> {REVIEWS[one.state]}</li>"
        for one in case.reviewers
    )
    return f'<ul class="plain">{rows}</ul>' if rows else ""


def history(case: Case) -> str:
    """What has happened, oldest first."""
    rows = "".join(
        f"<tr><td>{moment(line.at)}</td><td>{escape(_happening(line.what, line.who))}</td></tr>"
        for line in case.history
        if line.what in HAPPENINGS
    )
    return _table(("When (UTC)", "What"), rows)


def _happening(what: Happening, who: str) -> str:
    return HAPPENINGS[what].format(who=who)


def custody(lines: Sequence[CustodyLine]) -> str:
    """Who had the item in hand."""
    rows = "".join(
        f"<tr><td>{moment(line.at)}</td><td>{escape(line.who)}</td><td>{ACTS[line.act]}</td></tr>"
        for line in lines
    )
    return _table(("When (UTC)", "Who", "What"), rows)


def side_by_side(told: CaseReport) -> str:
    """What the models said and what the experts settled, beside each other."""
    report, verdict = told.automatic, told.signed.verdict
    sure = (
        ""
        if report.confidence is None
        else f"Probability of being fake: {percent(report.confidence)}. "
    )
    experts = "The expert" if verdict.kind is CaseKind.REQUEST else "The experts"
    return (
        '<div class="sides">'
        f"{_side('Clarity, by itself', _label(report.label), sure + report.reason)}"
        f"{_side(experts, _finding(verdict.decision), how(verdict))}</div>"
    )


def _side(title: str, finding: str, words: str) -> str:
    return (
        f'<section class="side"><p class="eyebrow">{escape(title)}</p>'
        f'<p class="side-finding">{finding}</p><p>{escape(words)}</p></section>'
    )


def _label(label: Label) -> str:
    look = DECISIONS[label]
    return f'<span class="finding tone-{look.tone}">{sign(look.sign)}{look.word}</span>'


def _finding(decision: Finding) -> str:
    look = LOOKS[decision]
    return f'<span class="finding tone-{look.tone}">{sign(look.sign)}{WORDS[decision]}</span>'


def expert_report(told: ExpertReport) -> str:
    """The words of an expert's report; marked frames are shown beside it."""
    return written(told.form)


def written(form: ExpertForm) -> str:
    """The words of a form, as far as it is filled in."""
    parts = [_terms(form)]
    if form.decision is not None:
        parts.insert(0, f'<p class="side-finding">{_finding(form.decision)}</p>')
    if form.reason.strip():
        parts.append(_rich("Reason for the decision", form.reason))
    for name, title in RESPECTS:
        part = getattr(form, name)
        if not part.is_empty():
            spans = [f"{stretch(one.start, one.end)}: {one.note or '—'}" for one in part.spans]
            parts.append(_rich(title, part.text) + _list(spans))
    places = [f"{number}: {where(one)}. {one.note}" for number, one in marks(form)]
    if places:
        parts.append(f"<h4>Marked places</h4>{_list(places)}")
    if form.notes.strip():
        parts.append(_rich("Anything else", form.notes))
    if form.sources:
        rows = "".join(f"<li>{_source(s.title, s.url, s.note)}</li>" for s in form.sources)
        parts.append(f'<h4>Sources</h4><ul class="plain">{rows}</ul>')
    return f'<article class="expert-report">{"".join(parts)}</article>'


def _terms(form: ExpertForm) -> str:
    said = []
    if form.certainty is not None:
        said.append(f"Certainty: {CERTAINTIES[form.certainty]}")
    if form.technique is not None:
        note = f" ({form.technique_note})" if form.technique_note else ""
        said.append(f"suspected technique: {TECHNIQUES[form.technique]}{note}")
    return f"<p>{escape('; '.join(said))}</p>" if said else ""


def _rich(title: str, text: str) -> str:
    # Cleaned and rendered without HTML, pictures and other addresses than the web's.
    return f'<h4>{escape(title)}</h4><div class="rich">{richtext.html(text)}</div>'


def _source(title: str, url: str, note: str) -> str:
    name = escape(title)
    if url:
        name = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    return f"{name}{f': {escape(note)}' if note else ''}"


def _list(items: Sequence[str]) -> str:
    rows = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<ul class="plain">{rows}</ul>' if rows else ""


def _table(header: Sequence[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in header)
    return (
        f'<table class="clarity-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )
