"""Pieces of HTML of the experts' page. Every text that comes from outside is escaped here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import quote

from apps.scanner.markup import moment
from apps.wording import DECISIONS
from clarity.cases.messages import Draft, DraftVersion, Review, ReviewState
from clarity.experts.messages import Credential, ManagedApplication
from clarity.reports.expert_wording import WORDS
from clarity.reports.settled import CaseKind

KINDS = {CaseKind.REQUEST: "Request", CaseKind.DISPUTE: "Dispute"}
STATES = {
    ReviewState.ASSIGNED: "Waits for you",
    ReviewState.BEGUN: "Begun",
    ReviewState.SUBMITTED: "Submitted",
    ReviewState.VACATED: "Given back",
}
HELD = frozenset({ReviewState.ASSIGNED, ReviewState.BEGUN})
SOON = timedelta(hours=24)
FIELDS = {
    "decision": "decision",
    "certainty": "certainty",
    "reason": "reason",
    "spectral": "spectral inconsistencies",
    "temporal": "temporal inconsistencies",
    "spatial": "spatial inconsistencies",
    "technique": "suspected technique",
    "technique_note": "note on the technique",
    "sources": "sources",
    "notes": "anything else",
}


def queue(reviews: Sequence[Review], now: datetime) -> str:
    """Table of reviews, each with the way to it."""
    body = "".join(_row(review, now) for review in reviews)
    return (
        '<table class="clarity-table stacked"><thead><tr><th scope="col">Item</th>'
        '<th scope="col">Kind</th><th scope="col">State</th><th scope="col">Due (UTC)</th>'
        f"</tr></thead><tbody>{body}</tbody></table>"
    )


def _row(review: Review, now: datetime) -> str:
    held = review.state in HELD
    due = moment(review.due_at) + (f", {remaining(review.due_at, now)}" if held else "")
    state = STATES[review.state]
    if review.decision is not None:
        state = f"{state}: {WORDS[review.decision].lower()}"
    if review.settled is not None:
        state = f"{state}; settled: {WORDS[review.settled].lower()}"
    return (
        f'<tr><th scope="row"><a href="/?review={quote(review.id, safe="")}" target="_self">'
        f"{escape(review.source)}</a><small>{review.media_kind.value}; by itself, Clarity said "
        f"{DECISIONS[review.automatic].word.lower()}</small></th>"
        f"<td>{KINDS[review.kind]}</td><td>{escape(state)}</td><td>{due}</td></tr>"
    )


def head(review: Review, now: datetime) -> str:
    """Name, kind and deadline of a review, and the customer's words."""
    held = review.state in HELD
    due = f" Due {moment(review.due_at)} UTC, {remaining(review.due_at, now)}." if held else ""
    words = (
        f'<blockquote class="words">{escape(review.reason)}</blockquote>' if review.reason else ""
    )
    return (
        '<header class="desk-head"><p><a href="/" target="_self">← All reviews</a></p>'
        f"<h1>{escape(review.source)}</h1>"
        f"<p>{KINDS[review.kind]}. {STATES[review.state]}.{due}</p>"
        f"{words}</header>"
    )


def remaining(due: datetime, now: datetime) -> str:
    """How long there is still, in words; marked where it is little."""
    left = due - now
    if left < timedelta(0):
        return f'<span class="late">{_length(-left)} late</span>'
    words = f"in {_length(left)}"
    return f'<span class="soon">{words}</span>' if left < SOON else f"<span>{words}</span>"


def _length(time: timedelta) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def saved(draft: Draft) -> str:
    """What is saved, and what the report still lacks."""
    if draft.saved_at is None:
        first = "<span>Nothing is written yet; whatever you type is saved.</span>"
    else:
        at = f"{draft.saved_at.astimezone(UTC):%H:%M:%S}"
        first = f"<span><strong>Saved</strong> {at} UTC, version {draft.version}</span>"
    lacks = "; ".join(draft.missing)
    rest = f"Still missing: {lacks}." if lacks else "It can be submitted."
    return f'<p class="saved" role="status">{first}<span>{escape(rest)}</span></p>'


def not_saved(message: str) -> str:
    """What is typed is not on the service."""
    return (
        f'<p class="saved not" role="alert"><strong>Not saved.</strong>'
        f"<span>{escape(message)} What you typed stays here; keep this page open.</span></p>"
    )


def version(told: DraftVersion) -> str:
    """A version in one line."""
    what = f"changed: {names(told.changed)}" if told.changed else "as the one before"
    end = "; submitted" if told.submitted else ""
    return f"Version {told.version}, {told.saved_at.astimezone(UTC):%d %B, %H:%M:%S}; {what}{end}"


def names(fields: Sequence[str]) -> str:
    """Fields of the form, as a person calls them."""
    return ", ".join(FIELDS.get(name, name) for name in fields)


def share(value: float | None) -> str:
    return "nothing counted yet" if value is None else f"{100 * value:.0f} %"


def application(told: ManagedApplication) -> str:
    """What somebody says of themselves, and where it can be checked."""
    rows = "".join(_credential(one) for one in told.credentials)
    return (
        f'<blockquote class="words">{escape(told.statement)}</blockquote>'
        '<table class="clarity-table stacked"><thead><tr><th scope="col">Credential</th>'
        '<th scope="col">From</th><th scope="col">Year</th><th scope="col">Where to check it</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def _credential(told: Credential) -> str:
    link = escape(told.link)
    place = (
        f'<a href="{link}" target="_blank" rel="noopener noreferrer nofollow">{link}</a>'
        if told.link
        else "no address was given"
    )
    return (
        f'<tr><th scope="row">{escape(told.title)}</th><td>{escape(told.issuer)}</td>'
        f"<td>{told.year}</td><td>{place}</td></tr>"
    )
