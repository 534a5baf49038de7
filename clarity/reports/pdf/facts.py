"""Everything that stands on a printed report, as plain values for `report.typ`."""

import json
import math
from collections.abc import Mapping
from typing import Any

from clarity.detectors.card import Card
from clarity.evidence.messages import SignedReceipt
from clarity.evidence.verify import RECEIPT_FILE, REPORT_FILE, VERDICT_FILE
from clarity.labels import FAKE_ABOVE, REAL_BELOW, Label, label_scores
from clarity.media.frames import MediaKind
from clarity.media.provenance import Provenance
from clarity.reports.delivery_wording import (
    DELIVERY_TITLE,
    delivery_intro,
    delivery_rows,
    delivery_spread,
    meaning,
    scale_note,
)
from clarity.reports.messages import DeliveryFacts, MediaFacts, ModelOpinion, Person, Report
from clarity.reports.pdf.expert_facts import expert_facts
from clarity.reports.settled import CaseReport
from clarity.reports.wording import (
    CREDENTIALS,
    DECISIONS,
    ENTRIES_NOTE,
    NO_CREDENTIALS,
    NO_ENTRIES,
    PROVENANCE_NOTE,
    clock,
    count,
    credential_rows,
    deciding,
    duration,
    footprint,
    limit_lines,
    model_title,
    percent,
    trust_intro,
)

Rows = list[list[str]]
Facts = dict[str, Any]
Size = tuple[int, int]

TICKS = 5
"""Times that are written below a timeline, at most."""


def facts(
    report: Report,
    *,
    source: str,
    cards: Mapping[str, Card],
    receipt: SignedReceipt | None,
    frame_sizes: Mapping[str, Size],
    case: CaseReport | None = None,
) -> Facts:
    """What stands on the report, word for word.

    Args:
        report: as it is stored.
        source: name of the item, as its owner knows it.
        cards: detector name -> card, of the releases that are known now.
        receipt: of the report, where one was kept.
        frame_sizes: picture name -> width and height in pixels.
        case: what experts settled, to stand beside the automatic report.
    """
    known = {o.model: cards[o.model] for o in report.opinions if _same(cards.get(o.model), o)}
    # an abstention need not be trusted
    told = [known[o.model] for o in report.opinions if o.model in known and not o.abstention]
    made = report.created_at
    return {
        "title": f"Clarity report on {source}: {DECISIONS[report.label].word}",
        "short-title": f"Report on {_short(source)}",
        "item": source,
        "made": f"{made:%d %B %Y, %H:%M} UTC",
        "date": {
            "year": made.year,
            "month": made.month,
            "day": made.day,
            "hour": made.hour,
            "minute": made.minute,
            "second": made.second,
        },
        "footer": f"SHA-256 of the item: {report.media.digest[:16]}…",
        "limits": [REAL_BELOW, FAKE_ABOVE],
        "decision": {
            **_decision(report.label),
            "reason": report.reason,
            "meaning": meaning(report),
        },
        "confidence": _confidence(report.confidence),
        "people": [_person(report, one, known, frame_sizes) for one in report.people],
        "opinions": [_opinion(one, known.get(one.model)) for one in report.opinions],
        "scale-note": scale_note(report),
        "trust-intro": trust_intro(
            source.manipulation for card in told for source in card.training_data
        ),
        "trust": limit_lines([(card.title, card.limits) for card in told]),
        "provenance": _provenance(report.provenance),
        "circumstances": _circumstances(report, source),
        "proof": _proof(receipt),
        "expert": expert_facts(case, frame_sizes) if case else None,
        "figures": _figures(report),
        "attachments": _attachments(receipt, case),
    }


def exact(value: float) -> str:
    """A number as the JSON has it."""
    return json.dumps(value)


def _same(card: Card | None, opinion: ModelOpinion) -> bool:
    """Whether a card is of the release that gave the opinion, and not of a later one."""
    return card is not None and card.release == opinion.release


def _short(source: str) -> str:
    return source if len(source) <= 60 else f"{source[:40]}…{source[-18:]}"


def _decision(label: Label) -> Facts:
    told = DECISIONS[label]
    return {
        "word": told.word,
        "sign": told.sign,
        "tone": told.tone,
        "meaning": told.meaning,
        "next": list(told.next_steps),
    }


def _confidence(value: float | None) -> Facts | None:
    if value is None:
        return None
    words = percent(value)
    limits = f"under {REAL_BELOW:.0%} is real and over {FAKE_ABOVE:.0%} is fake".replace("%", " %")
    return {
        "value": value,
        "percent": words,
        "alt": f"{words} probability of being fake, on a scale where {limits}",
    }


def _opinion(opinion: ModelOpinion, card: Card | None) -> Facts:
    if opinion.confidence is None:
        label, words = Label.NOT_APPLICABLE, opinion.abstention or "It could not look."
    else:
        label = label_scores({opinion.model: opinion.confidence})
        words = percent(opinion.confidence)
    return {
        "title": model_title(opinion, card.title if card else None),
        "technique": card.technique if card else "",
        "decision": _decision(label),
        "percent": words,
        "exact": None if opinion.confidence is None else exact(opinion.confidence),
    }


def _person(
    report: Report, person: Person, cards: Mapping[str, Card], sizes: Mapping[str, Size]
) -> Facts:
    name = _name(person)
    top = max(deciding(person.opinions), default=None)
    card = cards.get(person.shown_by)
    shown_by = f"the model {card.title if card else person.shown_by}"
    if not person.shown_by:
        shown_by = "the model"
    caption = "The face in the whole picture."
    if report.media.kind is MediaKind.VIDEO:
        seen = count(person.frames_seen, "frame")
        caption = f"The most telling frame, at {clock(person.frame_seconds)}, of {seen}."
    return {
        "name": name,
        "decision": _decision(person.label),
        "percent": None if top is None else percent(top),
        "face": f"/images/{person.face_image}",
        "heat": f"/images/{person.heat_image}",
        "frame": f"/images/{person.frame_image}",
        "frame-size": list(sizes[person.frame_image]),
        "box": list(person.box),
        "face-alt": f"Face of {name}, with the places tinted that looked fake to {shown_by}",
        "face-caption": f"Tinted areas, taken alone, looked more fake than real to {shown_by}; "
        "the brighter, the more so. Without a tint none did.",
        "frame-alt": f"{name}, marked by a frame around the face, in the whole picture",
        "frame-caption": caption,
        "timeline": _timeline(report.media, person, shown_by),
        "delivery": _delivery(report, person),
    }


def _delivery(report: Report, person: Person) -> Facts | None:
    """What the answer would be if the item were sent on."""
    told = person.delivery
    if told is None:
        return None
    alone = len(report.people) == 1
    return {
        "title": DELIVERY_TITLE if alone else f"{_name(person)}: {DELIVERY_TITLE}",
        "intro": delivery_intro(told),
        "rows": [
            {
                "title": title,
                "decision": _decision(label_scores({"": confidence})),
                "percent": percent(confidence),
            }
            for title, confidence in delivery_rows(told)
        ],
        "spread": delivery_spread(told),
    }


def _name(person: Person) -> str:
    return f"Person {person.person + 1}"


def _timeline(media: MediaFacts, person: Person, shown_by: str) -> Facts | None:
    if len(person.timeline) < 2:
        return None
    length = max(media.duration_seconds, person.timeline[-1].seconds) or 1.0
    values = [point.confidence for point in person.timeline]
    spread = f"from {percent(min(values))} to {percent(max(values))}"
    seen = count(len(values), "frame")
    return {
        "points": [[point.seconds / length, point.confidence] for point in person.timeline],
        "ticks": _ticks(length),
        "alt": f"Probability of being fake over time, to {shown_by}: {spread} in {seen}",
        "caption": f"Probability of being fake over time, to {shown_by}: {spread} in {seen}.",
    }


def _ticks(length: float) -> list[tuple[float, str]]:
    step = max(1, math.ceil(length / (TICKS - 1)))
    return [(second / length, clock(second)) for second in range(0, math.floor(length) + 1, step)]


def _provenance(told: Provenance | None) -> Facts | None:
    if told is None:
        return None
    sealed, entries = told.credentials, told.entries
    credentials = {
        "title": "Content credentials (C2PA)",
        "text": CREDENTIALS[sealed.state] if sealed else NO_CREDENTIALS,
        "rows": [[*row] for row in credential_rows(sealed).items()] if sealed else [],
    }
    notes = {
        "title": "Entries of camera and software (EXIF)",
        "text": ENTRIES_NOTE if entries else NO_ENTRIES,
        "rows": [[*row] for row in entries.items()],
    }
    return {"intro": PROVENANCE_NOTE, "parts": [credentials, notes]}


def _circumstances(report: Report, source: str) -> Rows:
    media = report.media
    rows = [
        ["Item", source],
        ["Kind", f"{media.kind.value}, {media.mime}"],
        ["Size", f"{media.width} by {media.height} pixels"],
    ]
    if media.kind is MediaKind.VIDEO:
        sound = "with sound" if media.has_sound else "without sound"
        rows.append(["Length", f"{clock(media.duration_seconds)} min, {sound}"])
        rows.append(["Frames looked at", f"{media.frames_read}"])
    rows.append(["Checked", f"{report.created_at:%d %B %Y, %H:%M:%S} UTC"])
    rows.append(["Time taken", duration(sum(time.seconds for time in report.times))])
    if report.footprint is not None:
        taken = footprint(report.footprint.watt_hours, report.footprint.gco2e)
        rows.append(["Energy (estimate)", f"{taken}. {report.footprint.basis}."])
    rows.append(["Releases", ", ".join(f"{o.model} {o.release}" for o in report.opinions)])
    rows.append(["Fingerprint (SHA-256)", media.digest, "digest"])
    return rows


def _proof(receipt: SignedReceipt | None) -> Facts:
    sealed = (
        "This file is sealed: a change of a single byte shows, in Clarity and in any PDF reader "
        "that checks signatures. "
    )
    if receipt is None:
        words = "The report is from before receipts were kept, so it cannot be computed again."
        return {"intro": sealed + words, "rows": [], "steps": []}
    entry = receipt.signed.entry
    return {
        "intro": sealed + "It encloses the report as data and its receipt, which names everything "
        "that the verdict rests on: file, frames, faces, models, code, settings and machine.",
        "rows": [
            ["Receipt (SHA-256)", entry.receipt, "digest"],
            ["Line of the evidence log", str(entry.sequence)],
            ["Signed with the key", entry.key, "digest"],
        ],
        "steps": [
            {
                "text": "Is this report genuine and unchanged? Offline, with the public key of "
                "the service (/v1/evidence/keys):",
                "command": "clarity verify report.pdf --key keys.json",
            },
            {
                "text": "Does the verdict come out again? With the original file, bit for bit:",
                "command": "clarity replay report.pdf --media original-file",
            },
        ],
    }


def _figures(report: Report) -> list[Facts]:
    """Every number of the report that is rounded or drawn elsewhere."""
    said = [("the item", one) for one in report.opinions]
    said += [(_name(person), one) for person in report.people for one in person.opinions]
    scores = [[of, o.model, exact(o.confidence)] for of, o in said if o.confidence is not None]
    places = [[_name(one), *map(exact, one.box)] for one in report.people]
    found = []
    if scores:
        found.append(_table("Probability of being fake", "Of;Model;Probability", scores))
    if places:
        title = "Face in the frame shown, in parts of its width and height"
        found.append(_table(title, "Of;Left;Top;Width;Height", places))
    for person in report.people:
        if len(person.timeline) > 1:
            rows = [[exact(point.seconds), exact(point.confidence)] for point in person.timeline]
            found.append(_table(f"{_name(person)} over time", "Second;Probability", rows))
    for person in report.people:
        if person.delivery is not None:
            title = f"{_name(person)}, if sent on"
            found.append(_table(title, "Copy;Probability", _sent_on(person.delivery)))
    found.append(_table("What it took", "Of;Value;Unit", _taken(report)))
    return found


def _sent_on(told: DeliveryFacts) -> Rows:
    copies = [[copy.name, exact(copy.confidence)] for copy in told.copies]
    return [["as handed in", exact(told.itself)], *copies, ["spread", exact(told.spread)]]


def _taken(report: Report) -> Rows:
    rows = [[time.stage, exact(time.seconds), "s"] for time in report.times]
    if report.footprint is not None:
        rows += [
            ["all but fetching", exact(report.footprint.seconds), "s"],
            ["energy", exact(report.footprint.watt_hours), "Wh"],
            ["emissions", exact(report.footprint.gco2e), "g CO2e"],
        ]
    return rows


def _table(title: str, header: str, rows: Rows) -> Facts:
    names = header.split(";")
    # short columns of words, wide ones of numbers
    widths = [2 if name in ("Of", "Unit") else 3 for name in names]
    return {"title": title, "header": names, "widths": widths, "rows": rows}


def _attachments(receipt: SignedReceipt | None, case: CaseReport | None) -> list[list[str]]:
    found = [[REPORT_FILE, "The report as data", "data"]]
    if receipt is not None:
        found.append([RECEIPT_FILE, "The signed receipt of the report", "supplement"])
    if case is not None:
        words = "The experts' reports and their signed verdict, as data"
        found.append([VERDICT_FILE, words, "supplement"])
    return found
