"""Pieces of HTML about plans. Every text that comes from outside is escaped here."""

from collections.abc import Mapping, Sequence
from html import escape

from apps.scanner.markup import sign
from clarity.plans.messages import PanelSeat


def panel(seats: Sequence[PanelSeat], titles: Mapping[str, str]) -> str:
    """The seats of the panel, taken or empty.

    Args:
        seats: all of them.
        titles: of the deployed models, by name.
    """
    return f'<ul class="panel">{"".join(_seat(seat, titles) for seat in seats)}</ul>'


def _seat(seat: PanelSeat, titles: Mapping[str, str]) -> str:
    taken = bool(seat.detectors)
    at_work = "; ".join(_holder(seat, name, titles.get(name, name)) for name in seat.detectors)
    state = f"{sign('check')}{escape(at_work)}" if taken else f"{sign('dash')}Not deployed yet"
    return (
        f'<li class="{"taken" if taken else "vacant"}"><strong>{escape(seat.title)}</strong>'
        f'<p>{escape(seat.looks_for)}</p><p class="state">{state}</p></li>'
    )


def price(amount: str, rhythm: str) -> str:
    """A plan's price."""
    return f'<p class="price"><strong>{escape(amount)}</strong>{escape(rhythm)}</p>'


def _holder(seat: PanelSeat, name: str, title: str) -> str:
    words = "At work" if title == seat.title else f"At work: {title}"
    return f"{words}, in free checks too" if name in seat.free else words


def lead(words: str) -> str:
    """A paragraph that opens a part of the page."""
    return f'<p class="lead">{escape(words)}</p>'


def summary(words: str) -> str:
    """What a plan is, in a sentence."""
    return f'<p class="summary">{escape(words)}</p>'


def standing(plan: str, words: str) -> str:
    """The plan that a member has, and how it goes on."""
    return (
        f'<p class="eyebrow">Your plan</p><p class="standing"><strong>{escape(plan)}</strong> '
        f"{escape(words)}</p>"
    )


def told(title: str, words: str, *, good: bool = False) -> str:
    """What came of something that was begun elsewhere."""
    mark = f'<span class="tone-real">{sign("check")}</span>' if good else ""
    return (
        f'<header class="door told">{mark}<h1>{escape(title)}</h1><p>{escape(words)}</p></header>'
    )


def notice(words: str, address: str, link: str) -> str:
    """Something worth knowing, with the way to more."""
    return (
        f'<p class="notice">{escape(words)} '
        f'<a href="{escape(address)}" target="_self">{escape(link)}</a></p>'
    )


def action(address: str, words: str, *, first: bool = False) -> str:
    """A link that looks like a button, and leads on in the same tab.

    Args:
        address: a page of ours, or one that the service gave.
        words: on it.
        first: whether it is what most people want to do here.
    """
    kind = "action first" if first else "action"
    return f'<a class="{kind}" href="{escape(address)}" target="_self">{escape(words)}</a>'
