"""Pieces of HTML of the page. Every text that comes from outside is escaped here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from apps.model_cards import ModelCard, TrainingSource
from apps.wording import (
    DECISIONS,
    MANIPULATIONS,
    STAGES,
    delivery_rows,
    model_title,
    percent,
    turn,
)
from clarity.accounts.privacy import Kept
from clarity.customers.messages import Activity, Kind
from clarity.labels import FAKE_ABOVE, REAL_BELOW, Label, label_scores
from clarity.reports.messages import DeliveryFacts, ModelOpinion, Report
from clarity.scans.messages import Scan, Stage

LONG_VALUE = 48
_WIDE = ' class="wide"'


def sign(name: str) -> str:
    """A sign of `style.css`; decorative, its word always stands beside it."""
    return f'<i class="sign sign-{name}" aria-hidden="true"></i>'


def verdict(report: Report, item: str) -> str:
    """The decision on the item: sign, word, reason and, where there is one, the confidence."""
    decision = DECISIONS[report.label]
    return (
        f'<section class="verdict tone-{decision.tone}" aria-label="Decision">'
        f'<div class="verdict-sign">{sign(decision.sign)}</div>'
        f'<div class="verdict-text"><p class="eyebrow">Decision on {escape(item)}</p>'
        f'<h1 class="verdict-word">{decision.word}</h1>'
        f'<p class="verdict-reason">{escape(report.reason)}</p></div>'
        f"{'' if report.confidence is None else gauge(report.confidence)}</section>"
    )


def gauge(confidence: float) -> str:
    """The confidence on the scale from real to fake, with the limits of the labels."""
    real, fake = REAL_BELOW * 100, FAKE_ABOVE * 100
    zones = (("real", real), ("suspicious", fake - real), ("fake", 100 - fake))
    bars = "".join(
        f'<span class="zone tone-{tone}" style="flex:{width:.0f}"></span>' for tone, width in zones
    )
    return (
        f'<div class="gauge" role="img" aria-label="{escape(percent(confidence))} probability of '
        f'being fake, on a scale where under {real:.0f} % is real and over {fake:.0f} % is fake">'
        f'<p class="gauge-figure"><strong>{escape(percent(confidence))}</strong>'
        " <span>probability of being fake</span></p>"
        f'<div class="gauge-bar">{bars}'
        f'<span class="needle" style="left:{confidence * 100:.2f}%"></span></div>'
        '<div class="gauge-labels"><span style="left:25%">Real</span>'
        '<span style="left:70%">Suspicious</span><span style="left:95%">Fake</span></div></div>'
    )


def finding(label: Label, words: str = "") -> str:
    """A label as sign and word, or with other words that contain it."""
    decision = DECISIONS[label]
    text = escape(words or decision.word)
    return f'<span class="finding tone-{decision.tone}">{sign(decision.sign)}{text}</span>'


def opinions(rows: Sequence[ModelOpinion], cards: Mapping[str, ModelCard]) -> str:
    """Table of what every model said."""
    body = "".join(_opinion_row(row, cards.get(row.model)) for row in rows)
    return _findings("opinions", "Model", body)


def deliveries(told: DeliveryFacts) -> str:
    """Table of what copies of a person would be called if the item were sent on."""
    body = "".join(
        f'<tr><th scope="row">{escape(title)}</th>{_finding_cells(confidence)}</tr>'
        for title, confidence in delivery_rows(told)
    )
    return _findings("opinions copies", "Copy", body)


def _findings(kind: str, of: str, body: str) -> str:
    """Table of confidences: what they are of, the finding, the figure."""
    return (
        f'<table class="clarity-table {kind}"><thead><tr><th scope="col">{of}</th>'
        '<th scope="col">Finding</th><th scope="col">Probability of being fake</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _opinion_row(row: ModelOpinion, card: ModelCard | None) -> str:
    title = model_title(row, card.title if card else None)
    technique = f"<small>{escape(card.technique)}</small>" if card else ""
    head = f'<th scope="row">{escape(title)}{technique}</th>'
    if row.confidence is None:
        reason = escape(row.abstention or "It could not look.")
        return f"<tr>{head}<td>{finding(Label.NOT_APPLICABLE)}</td><td>{reason}</td></tr>"
    return f"<tr>{head}{_finding_cells(row.confidence)}</tr>"


def _finding_cells(confidence: float) -> str:
    label = label_scores({"": confidence})
    bar = (
        f'<span class="bar tone-{DECISIONS[label].tone}" aria-hidden="true">'
        f'<span style="width:{confidence * 100:.1f}%"></span></span>'
    )
    return (
        f"<td>{finding(label)}</td>"
        f'<td><span class="figure">{escape(percent(confidence))}</span>{bar}</td>'
    )


def facts(rows: Mapping[str, str]) -> str:
    """A list of names and values."""
    body = "".join(
        f"<div{_WIDE if len(value) > LONG_VALUE else ''}><dt>{escape(name)}</dt>"
        f"<dd>{escape(value)}</dd></div>"
        for name, value in rows.items()
    )
    return f'<dl class="facts">{body}</dl>'


def bullets(items: Sequence[str]) -> str:
    """A plain list."""
    return '<ul class="plain">' + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def sources(rows: Sequence[TrainingSource]) -> str:
    """Table of the data that a model learned from."""
    body = "".join(
        f'<tr><th scope="row">{escape(row.name)}</th>'
        f"<td>{escape(MANIPULATIONS.get(row.manipulation, row.manipulation))}</td>"
        f"<td>{escape(row.terms)}</td></tr>"
        for row in rows
    )
    return (
        '<table class="clarity-table"><thead><tr><th scope="col">Data</th>'
        '<th scope="col">Kind</th><th scope="col">Terms</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def empty(message: str, hint: str, way: tuple[str, str] | None = None) -> str:
    """Where a list has nothing in it, what to do about that, and the way there."""
    link = f' <a href="{escape(way[0])}" target="_self">{escape(way[1])}</a>' if way else ""
    return f'<section class="empty"><p>{escape(message)}</p><p>{escape(hint)}{link}</p></section>'


def history(scans: Sequence[Scan]) -> str:
    """Table of scans, each with the way to its report."""
    body = "".join(_history_row(scan) for scan in scans)
    return (
        '<table class="clarity-table stacked"><thead><tr><th scope="col">Item</th>'
        '<th scope="col">Finding</th><th scope="col">When (UTC)</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _history_row(scan: Scan) -> str:
    if scan.report is not None:
        told = finding(scan.report.label)
    elif scan.problem is not None:
        told = f"{sign('alert')} Could not be checked"
    else:
        told = escape(STAGES[scan.stage])
    link = f"/?scan={quote(scan.id)}"
    return (
        f'<tr><th scope="row"><a href="{link}" target="_self">{escape(scan.source)}</a></th>'
        f"<td>{told}</td><td>{moment(scan.created_at)}</td></tr>"
    )


def activities(rows: Sequence[Activity], kinds: Mapping[Kind, str]) -> str:
    """Table of what happened."""
    body = "".join(
        f"<tr><td>{moment(row.at)}</td><td>{escape(kinds[row.kind])}</td>"
        f"<td>{escape(row.words)}</td></tr>"
        for row in rows
    )
    return (
        '<table class="clarity-table stacked log"><thead><tr><th scope="col">When (UTC)</th>'
        '<th scope="col">Kind</th><th scope="col">What</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def kept(rows: Sequence[Kept]) -> str:
    """Table of what is kept of a person."""
    body = "".join(
        f'<tr><th scope="row">{escape(row.what)}</th><td data-name="Why">{escape(row.why)}</td>'
        f'<td data-name="How long">{escape(row.how_long)}</td></tr>'
        for row in rows
    )
    return (
        '<table class="clarity-table stacked"><thead><tr><th scope="col">What</th>'
        '<th scope="col">Why</th><th scope="col">How long</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def key_row(name: str, start: str, scopes: str, life: str) -> str:
    """An API key or a webhook in words; `start` is what the key begins with."""
    begins = f" <code>{escape(start)}</code>" if start else ""
    return (
        f'<div class="key"><strong>{escape(name)}</strong>{begins}'
        f'<p class="quiet">{escape(scopes)}</p><p class="quiet">{escape(life)}</p></div>'
    )


def moment(when: datetime) -> str:
    """A moment, to the minute, in UTC."""
    return f'<time class="when">{when.astimezone(UTC):%Y-%m-%d %H:%M}</time>'


def problem(message: str, hint: str) -> str:
    """An error with what to do about it."""
    return (
        f'<section class="problem" role="alert">{sign("alert")}<div>'
        f"<h2>{escape(message)}</h2><p>{escape(hint)}</p></div></section>"
    )


def steps(scan: Scan, *, reconnecting: bool = False) -> str:
    """The stages of a running scan: done, under way, to come."""
    order = [stage for stage in STAGES if stage is not Stage.FINISHED]
    if "://" not in scan.source:
        order.remove(Stage.FETCH)
    now = order.index(scan.stage) if scan.stage in order else len(order)
    items = []
    for number, stage in enumerate(order):
        state = "done" if number < now else "now" if number == now else "todo"
        current = ' aria-current="step"' if state == "now" else ""
        items.append(f'<li class="{state}"{current}><i></i>{STAGES[stage]}</li>')
    note = (
        '<p class="reconnecting">The service does not answer just now; reconnecting … '
        "Your scan is safe and goes on by itself.</p>"
        if reconnecting
        else f"<p>{turn(scan.waiting)}</p>"
        if scan.waiting
        else ""
    )
    return f'<div class="steps" role="status"><ol>{"".join(items)}</ol>{note}</div>'
