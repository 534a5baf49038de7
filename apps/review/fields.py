"""The form of a report as the page's fields, and back.

Every field lives in the session's state under a key of its review; rows that are added have a
number that is never used again, so that taking one away moves no other.
"""

from typing import Any

import streamlit as st

from apps.addresses import is_address
from apps.review.drawing import WHOLE, Ends
from apps.review.joining import RESPECTS, TEXTS
from clarity.reports.expertise import ExpertForm, Inconsistencies, Region, Source, Span

CHOICES = ("decision", "certainty", "technique")
LEAST = 0.5
"""Percent of the frame that a box has at least in each direction."""


class Fields:
    """The fields of one review's form in this session."""

    def __init__(self, review_id: str) -> None:
        self._review = review_id

    def key(self, *names: object) -> str:
        return ":".join(["form", self._review, *map(str, names)])

    def loaded(self) -> bool:
        return self.key("reason") in st.session_state

    def load(self, form: ExpertForm) -> None:
        """Fill the fields."""
        for name in CHOICES:
            chosen = getattr(form, name)
            self._put(chosen and chosen.value, name)
        for name in TEXTS:
            self._put(getattr(form, name), name)
        for name in RESPECTS:
            part: Inconsistencies = getattr(form, name)
            self._put(part.text, name)
            self._fill(name, "regions", [_from_region(one) for one in part.regions])
            self._fill(name, "spans", [one.model_dump() for one in part.spans])
        self._fill("sources", "all", [one.model_dump() for one in form.sources])

    def gather(self) -> ExpertForm:
        """What the fields hold now."""
        told: dict[str, Any] = {name: self._get(name) for name in CHOICES}
        told |= {name: self._get(name) or "" for name in TEXTS}
        for name in RESPECTS:
            told[name] = Inconsistencies(
                text=self._get(name) or "",
                regions=[self._region(name, row) for row in self.rows(name, "regions")],
                spans=[self._span(name, row) for row in self.rows(name, "spans")],
            )
        kept = (self._source(row) for row in self.rows("sources", "all"))
        return ExpertForm(**told, sources=[one for one in kept if one is not None])

    def rows(self, part: str, kind: str) -> list[int]:
        """Numbers of the rows of a list, in order."""
        found: list[int] = st.session_state.setdefault(self.key("rows", part, kind), [])
        return found

    def add(self, part: str, kind: str, values: dict[str, Any]) -> None:
        """A row more; its fields begin with these values."""
        count = self.key("count")
        number = st.session_state.get(count, 0) + 1
        st.session_state[count] = number
        st.session_state[self.key("rows", part, kind)] = [*self.rows(part, kind), number]
        for name, value in values.items():
            self._put(value, part, kind, number, name)

    def draw(self, part: str, number: int, across: Ends, down: Ends) -> None:
        """Put the box of a marked place; stretches in percent."""
        self._put(across, part, "regions", number, "across")
        self._put(down, part, "regions", number, "down")

    def remove(self, part: str, kind: str, number: int) -> None:
        left = [row for row in self.rows(part, kind) if row != number]
        st.session_state[self.key("rows", part, kind)] = left

    def _fill(self, part: str, kind: str, rows: list[dict[str, Any]]) -> None:
        st.session_state[self.key("rows", part, kind)] = []
        for row in rows:
            self.add(part, kind, row)

    def _region(self, part: str, row: int) -> Region:
        across, down = (self._get(part, "regions", row, name) for name in ("across", "down"))
        left, width = _stretch(*across)
        top, height = _stretch(*down)
        return Region(
            box=(left, top, width, height),
            seconds=self._get(part, "regions", row, "seconds") or 0,
            note=self._get(part, "regions", row, "note") or "",
        )

    def _span(self, part: str, row: int) -> Span:
        ends = [self._get(part, "spans", row, name) or 0 for name in ("start", "end")]
        note = self._get(part, "spans", row, "note") or ""
        return Span(start=min(ends), end=max(ends), note=note)

    def _source(self, row: int) -> Source | None:
        title, url, note = (
            (self._get("sources", "all", row, name) or "").strip()
            for name in ("title", "url", "note")
        )
        if not (title or url or note):
            return None
        # What is no address yet, or never becomes one, is kept as words.
        if url and not is_address(url):
            note, url = f"{note} {url}".strip()[:300], ""
        return Source(title=title or url[:300] or note, url=url, note=note)

    def _put(self, value: Any, *names: object) -> None:
        st.session_state[self.key(*names)] = value

    def _get(self, *names: object) -> Any:
        return st.session_state.get(self.key(*names))


NEW_ROWS: dict[str, dict[str, Any]] = {
    "regions": {"across": (35.0, 65.0), "down": (35.0, 65.0), "seconds": 0.0, "note": ""},
    "spans": {"start": 0.0, "end": 0.0, "note": ""},
    "all": {"title": "", "url": "", "note": ""},
}


def _from_region(region: Region) -> dict[str, Any]:
    left, top, width, height = (WHOLE * value for value in region.box)
    return {
        "across": (left, min(WHOLE, left + width)),
        "down": (top, min(WHOLE, top + height)),
        "seconds": region.seconds,
        "note": region.note,
    }


def _stretch(begin: float, end: float) -> tuple[float, float]:
    """Begin and length as fractions, of a stretch in percent."""
    begin = min(begin, WHOLE - LEAST)
    return round(begin / WHOLE, 4), round(max(end - begin, LEAST) / WHOLE, 4)
