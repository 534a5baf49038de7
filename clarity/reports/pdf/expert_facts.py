"""What experts found, as plain values for `report.typ`: word for word, and nothing more."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clarity.evidence.canonical import digest_of
from clarity.reports import richtext
from clarity.reports.expert_wording import (
    CERTAINTIES,
    LOOKS,
    RESPECTS,
    TECHNIQUES,
    WORDS,
    how,
    marks,
    marks_at,
    stretch,
    where,
)
from clarity.reports.expertise import ExpertForm, ExpertReport, Finding, Inconsistencies
from clarity.reports.messages import Person, Report
from clarity.reports.settled import CaseReport
from clarity.reports.wording import count

Facts = dict[str, Any]
Size = tuple[int, int]
Rows = Sequence[Sequence[str]]


def expert_facts(case: CaseReport, sizes: Mapping[str, Size]) -> Facts:
    """What stands in the experts' part.

    Args:
        case: what came of it.
        sizes: picture name of the automatic report -> width and height in pixels.
    """
    verdict = case.signed.verdict
    return {
        "decision": finding(verdict.decision),
        "how": how(verdict),
        "rows": [
            ["Settled", f"{verdict.settled_at:%d %B %Y, %H:%M} UTC"],
            ["Case", f"{case.case}, a {verdict.kind.value}"],
            ["Verdict (SHA-256)", case.signed.digest, "digest"],
            ["Signed with the key", case.signed.key, "digest"],
        ],
        "note": "Experts are vetted, and named by pseudonyms. Their signed verdict stands in the "
        "evidence log; it and the reports below are enclosed as data.",
        "reports": [_report(case, one, sizes) for one in case.expert_reports],
    }


def finding(decision: Finding) -> Facts:
    """A decision with its sign and colour."""
    look = LOOKS[decision]
    return {"word": WORDS[decision], "sign": look.sign, "tone": look.tone}


def _report(case: CaseReport, told: ExpertReport, sizes: Mapping[str, Size]) -> Facts:
    form = told.form
    assert form.decision is not None
    return {
        "title": f"Report of {told.expert}",
        "decision": finding(form.decision),
        "rows": list(_rows(told)),
        "parts": list(_parts(form)),
        "marks": [[str(n), where(region), region.note or "—"] for n, region in marks(form)],
        "figures": list(_figures(case.automatic, told, sizes)),
        "sources": [[one.title, one.url, one.note] for one in form.sources],
        "attachments": [[one.name, f"{one.size:,} bytes", one.digest] for one in told.attachments],
    }


def _rows(told: ExpertReport) -> Iterator[list[str]]:
    form = told.form
    if form.certainty is not None:
        yield ["Certainty", CERTAINTIES[form.certainty]]
    if form.technique is not None:
        note = f". {form.technique_note}" if form.technique_note else ""
        yield ["Suspected technique", TECHNIQUES[form.technique] + note]
    yield ["Submitted", f"{told.submitted_at:%d %B %Y, %H:%M} UTC, version {told.version}"]
    yield ["Report (SHA-256)", digest_of(told), "digest"]


def _parts(form: ExpertForm) -> Iterator[Facts]:
    yield _part("Reason for the decision", form.reason)
    marked = 0
    for name, title in RESPECTS:
        part: Inconsistencies = getattr(form, name)
        numbers = range(marked + 1, marked + 1 + len(part.regions))
        marked += len(part.regions)
        if not part.is_empty():
            spans = [[stretch(one.start, one.end), one.note or "—"] for one in part.spans]
            yield _part(title, part.text, spans=spans, marks=[str(number) for number in numbers])
    if form.notes.strip():
        yield _part("Anything else", form.notes)


def _part(title: str, text: str, *, spans: Rows = (), marks: Sequence[str] = ()) -> Facts:
    places = f"See the marked {'places' if len(marks) > 1 else 'place'} {', '.join(marks)} below."
    return {
        "title": title,
        "blocks": _blocks(text),
        "spans": list(spans),
        "places": places if marks else None,
    }


def _blocks(text: str) -> list[dict[str, Any]]:
    return richtext.as_data(richtext.blocks(text))


def _figures(report: Report, told: ExpertReport, sizes: Mapping[str, Size]) -> Iterator[Facts]:
    """Frames of the automatic report in which something is marked."""
    shown: dict[float, Person] = {}
    for person in report.people:
        if person.frame_image in sizes:
            shown.setdefault(person.frame_seconds, person)
    for seconds, person in shown.items():
        here = marks_at(told.form, seconds)
        if not here:
            continue
        notes = "; ".join(f"{n}: {one.note or where(one)}" for n, one in here)
        yield {
            "image": f"/images/{person.frame_image}",
            "size": list(sizes[person.frame_image]),
            "boxes": [{"number": str(n), "box": list(one.box)} for n, one in here],
            "alt": f"Frame with {count(len(here), 'place')} marked by {told.expert}. {notes}",
            "caption": f"Places that {told.expert} marked; the numbers are those of the list.",
        }
