"""What this session keeps of the review that is open: the item, and what is saved."""

from dataclasses import dataclass

import streamlit as st

from apps.reviews_client import Reviews
from apps.scanner import session
from clarity.cases.messages import Draft
from clarity.reports.expertise import ExpertForm


def reviews() -> Reviews:
    """The gateway, asked as the expert."""
    return Reviews(session.gateway())


@dataclass
class Desk:
    """Of one review.

    Attributes:
        draft: as it is saved.
        seen: the form as the fields gave it when they were last the same as what is saved.
        notice: of what another window did, until it is read.
        joined: a form to fill the fields with before they are shown again.
    """

    review_id: str
    draft: Draft
    seen: ExpertForm | None = None
    notice: str = ""
    joined: ExpertForm | None = None


def open_desk(review_id: str) -> Desk:
    """The desk of a review; opened by reading what is saved."""
    found: Desk | None = st.session_state.get("desk")
    if found is None or found.review_id != review_id:
        found = Desk(review_id, reviews().draft(review_id))
        st.session_state["desk"] = found
    return found


def close_desk() -> None:
    """Forget the item and the form of the open review."""
    st.session_state.pop("desk", None)
    st.session_state.pop("item", None)


def item(review_id: str) -> bytes:
    """The item, fetched once by a session; only one is kept."""
    kept: tuple[str, bytes] | None = st.session_state.get("item")
    if kept is None or kept[0] != review_id:
        kept = (review_id, reviews().media(review_id))
        st.session_state["item"] = kept
    return kept[1]
