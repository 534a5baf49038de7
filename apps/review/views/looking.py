"""The item and the automatic report, beside the form."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from PIL import Image

from apps.gateway_client import GatewayError
from apps.review import desk, drawing, examining, hearing
from apps.review.drawing import Ends
from apps.review.examining import Unreadable
from apps.review.hearing import Sound
from apps.reviews_client import review_place
from apps.scanner import downloads, report, session
from apps.scanner.markup import opinions, problem, verdict
from apps.scanner.session import Shown
from apps.wording import clock
from clarity.cases.messages import OpenedReview
from clarity.media.frames import MediaKind

PLAIN, CLOSER, SPECTRUM, ERRORS = "As it is", "Close-up", "Spectrum", "Error level"
Box = tuple[Ends, Ends]
EXPLAINED = {
    PLAIN: "",
    CLOSER: "Enlarged without smoothing: every square is a pixel of the item.",
    SPECTRUM: "Strength of the spatial frequencies, low ones in the middle. A grid of bright "
    "points comes from enlarging, as generators do and cameras too.",
    ERRORS: "What one more JPEG compression changes. Parts that stand out were compressed less "
    "often; after the whole was scaled or compressed again it tells nothing.",
}


def show(told: OpenedReview) -> None:
    """Tabs: the item, other looks at it, the automatic report."""
    item, automatic = st.tabs(["The item", "Automatic report"])
    with item:
        try:
            _item(told)
        except GatewayError as error:
            st.html(problem(error.message, error.hint))
    with automatic:
        _automatic(told)


def board(
    told: OpenedReview,
    seconds: float,
    across: Ends,
    down: Ends,
    *,
    key: str,
    put: Callable[[Ends, Ends], None],
) -> None:
    """The frame with one box, which can be drawn there too.

    Args:
        told: the review.
        seconds: time of the frame.
        across, down: stretches of the box, in percent.
        key: of the marked place.
        put: takes the stretches of a box that was drawn.
    """
    try:
        frame = examining.small(_frame(told, seconds))
    except (GatewayError, Unreadable):
        return  # It is said beside, where the item is shown.
    at, start = _mounted(key, seconds, (across, down))

    def take() -> None:
        if found := drawing.drawn(st.session_state[at].selection):
            st.session_state[f"{key}:drawn"] = found
            put(*found)

    st.altair_chart(
        drawing.board(frame, *start),
        width="content",
        theme=None,
        key=at,
        on_select=take,
        selection_mode=drawing.BOX,
        alt="The marked place",
    )
    st.caption("Draw or move the box on the picture, or set it by the sliders.")


def _mounted(key: str, seconds: float, box: Box) -> tuple[str, Box]:
    """Key of the board and the box that it began with.

    A board stays as it is while one draws on it, even if one pauses; it begins anew where the
    frame is another or the box was changed elsewhere.
    """
    kept: tuple[int, float, Box] | None = st.session_state.get(f"{key}:mounted")
    known = kept is not None and kept[1] == seconds
    if kept is None or not (known and box in (kept[2], st.session_state.get(f"{key}:drawn"))):
        kept = (kept[0] + 1 if kept else 1, seconds, box)
        st.session_state[f"{key}:mounted"] = kept
        st.session_state.pop(f"{key}:drawn", None)
    return f"{key}:{kept[0]}", kept[2]


def _item(told: OpenedReview) -> None:
    content = desk.item(told.id)
    if told.media_kind is MediaKind.VIDEO:
        st.video(content, format=told.report.media.mime)
    _examine(told)
    downloads.button(
        "Download the item",
        partial(desk.reviews().media, told.id, use="downloaded"),
        name=told.source.rsplit("/", 1)[-1] or "item",
        mime=told.report.media.mime,
    )
    st.caption("Downloading is written down; customer and administrators can read it.")


@st.fragment
def _examine(told: OpenedReview) -> None:
    try:
        seconds = _step(told) if told.media_kind is MediaKind.VIDEO else 0.0
        frame = _frame(told, seconds)
    except Unreadable as error:
        st.html(problem(str(error), "Download it and look at it with your own tools."))
        return
    if told.media_kind is MediaKind.VIDEO:
        _sound(told, seconds)
    looks = [PLAIN, CLOSER, SPECTRUM, ERRORS]
    look = st.segmented_control("Look", looks, default=PLAIN, key=f"look-{told.id}") or PLAIN
    place = st.empty()
    st.caption(EXPLAINED[look])
    shown = _looked_at(frame, look, told.id)
    size = f"{frame.width} by {frame.height} pixels"
    place.image(shown, alt=f"The item, {look.lower()}, {size}", caption=size, width="stretch")


def _looked_at(frame: Image.Image, look: str, review_id: str) -> Image.Image:
    if look == SPECTRUM:
        return examining.spectrum(frame)
    if look == ERRORS:
        return examining.small(examining.error_level(frame))
    if look == CLOSER:
        factor = st.slider("Enlarged", 1, 16, 4, format="%d times", key=f"factor-{review_id}")
        x = st.slider("From left to right (%)", 0, 100, 50, key=f"x-{review_id}")
        y = st.slider("From top to bottom (%)", 0, 100, 50, key=f"y-{review_id}")
        return examining.close_up(frame, x / 100, y / 100, factor)
    return examining.small(frame)


def _step(told: OpenedReview) -> float:
    """Time of the frame that is looked at; one further or back by button or key."""
    times = _times(told)
    key = f"frame-{told.id}"
    count = len(times)
    at = min(st.session_state.get(key, 1), count)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, by, shortcut in (("Back", -1, "Alt+J"), ("On", 1, "Alt+L")):
            st.button(
                label,
                shortcut=shortcut,
                key=f"{key}-{label}",
                on_click=_move,
                args=(key, by, count),
            )
    if count > 1:
        at = st.slider("Frame", 1, count, key=key)
    seconds = times[at - 1]
    st.caption(f"Frame {at} of {count}, at {clock(seconds)} ({seconds:.3f} s)")
    return seconds


def _sound(told: OpenedReview, seconds: float) -> None:
    """The clip's sound over time, with the frame marked."""
    key = f"sound-{told.id}"
    try:
        if key not in st.session_state:
            st.session_state[key] = hearing.listen(desk.item(told.id))
        sound: Sound | None = st.session_state[key]
    except Unreadable as error:
        st.caption(str(error))
        return
    if sound is None:
        st.caption("The clip has no sound.")
    elif sound.silent:
        st.caption("The clip has a sound track, and it is silent throughout.")
    else:
        end = clock(float(sound.seconds[-1]))
        words = f"Sound of the clip to {end}; the frame at {seconds:.3f} s is marked."
        st.altair_chart(hearing.line(sound, seconds), alt=words)
        st.caption("The sound; the line is the frame that is shown.")


def _move(key: str, by: int, count: int) -> None:
    st.session_state[key] = min(count, max(1, st.session_state.get(key, 1) + by))


def _times(told: OpenedReview) -> list[float]:
    key = f"times-{told.id}"
    if key not in st.session_state:
        st.session_state[key] = examining.frame_times(desk.item(told.id)) or [0.0]
    found: list[float] = st.session_state[key]
    return found


def _frame(told: OpenedReview, seconds: float) -> Image.Image:
    """The picture, or a frame of the clip; the last few are kept."""
    kept: dict[tuple[str, float], Image.Image] = st.session_state.setdefault("frames", {})
    key = (told.id, round(seconds, 4))
    if key not in kept:
        content = desk.item(told.id)
        kept[key] = (
            examining.frame_at(content, seconds)
            if told.media_kind is MediaKind.VIDEO
            else examining.picture(content)
        )
        while len(kept) > 6:
            kept.pop(next(iter(kept)))
    return kept[key]


def _automatic(told: OpenedReview) -> None:
    shown = Shown(review_place(told.id), told.source)
    st.html(verdict(told.report, told.source))
    if told.report.people:
        report.evidence(shown, told.report)
    st.html(opinions(told.report.opinions, session.cards_or_none()))
    if told.report.provenance is not None:
        st.subheader("What the file says of itself", anchor=False)
        report.provenance(told.report.provenance)
    with st.expander("Circumstances of the check"):
        report.circumstances(shown, told.report)
