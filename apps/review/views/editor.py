"""The report while it is written. Every change is a version on the service."""

from functools import partial
from pathlib import Path
from typing import cast

import streamlit as st

from apps.addresses import is_address
from apps.gateway_client import GatewayError
from apps.review import desk, joining, markup
from apps.review.desk import Desk
from apps.review.drawing import Ends
from apps.review.fields import NEW_ROWS, Fields
from apps.review.views import looking, versions
from apps.reviews_client import SavedElsewhere
from apps.scanner import case_markup
from apps.scanner.markup import problem
from clarity.cases.messages import OpenedReview
from clarity.media.frames import MediaKind
from clarity.reports.expert_wording import CERTAINTIES, RESPECTS, TECHNIQUES, WORDS
from clarity.reports.expertise import LONG, MIDDLE, SHORT, ExpertForm
from clarity.sizes import in_words

TYPING = Path(__file__).parents[1] / "typing.js"
HELPS = {
    "spectral": "Spectrum, noise, compression: what the pixels are made of.",
    "temporal": "Between frames: flicker, jumps, lips that do not go with the sound.",
    "spatial": "Within a frame: seams, light, geometry, reflections.",
}


def show(told: OpenedReview) -> None:
    """The form, saved as it is typed."""
    st.html(f"<script>{TYPING.read_text()}</script>", unsafe_allow_javascript=True)
    with st.container(key="report"):
        _form(told)


@st.fragment
def _form(told: OpenedReview) -> None:
    kept, fields = desk.open_desk(told.id), Fields(told.id)
    if kept.joined is not None or not fields.loaded():
        fields.load(kept.joined or kept.draft.form)
        if kept.joined is None:
            kept.seen = None
        kept.joined = None
    st.subheader("Your report", anchor=False)
    state = st.container(key="state")
    _decision(fields)
    for name, title in RESPECTS:
        _respect(told, fields, name, title)
    _sources(fields)
    st.text_area("Anything else", key=fields.key("notes"), max_chars=LONG, height=90)
    with st.expander("As it will read"):
        st.html(case_markup.written(fields.gather()))
    _attachments(told)
    trouble = _save(kept, fields)
    versions.show(told.id, take_up=fields.load)
    with state:
        if kept.notice:
            st.warning(kept.notice, icon=":material/merge:")
            if st.button("I have read it"):
                kept.notice = ""
                st.rerun(scope="fragment")
        st.html(markup.not_saved(trouble) if trouble else markup.saved(kept.draft))
        if trouble:
            st.button("Save again")
    _submission(kept, ready=not trouble)


def _decision(fields: Fields) -> None:
    st.segmented_control(
        "Decision",
        [one.value for one in WORDS],
        format_func={one.value: word for one, word in WORDS.items()}.__getitem__,
        key=fields.key("decision"),
    )
    st.segmented_control(
        "How certain are you?",
        [one.value for one in CERTAINTIES],
        format_func={one.value: word.capitalize() for one, word in CERTAINTIES.items()}.__getitem__,
        key=fields.key("certainty"),
    )
    st.text_area(
        "Reason for the decision",
        key=fields.key("reason"),
        max_chars=LONG,
        height=150,
        help="**Bold**, lists and links as in Markdown. It is saved while you type.",
    )
    technique, note = st.columns(2)
    technique.selectbox(
        "Suspected technique",
        [one.value for one in TECHNIQUES],
        format_func={one.value: word.capitalize() for one, word in TECHNIQUES.items()}.__getitem__,
        key=fields.key("technique"),
        index=None,
        placeholder="None",
    )
    note.text_input("Note on the technique", key=fields.key("technique_note"), max_chars=SHORT)


def _respect(told: OpenedReview, fields: Fields, name: str, title: str) -> None:
    still = told.media_kind is MediaKind.IMAGE and name == "temporal"
    with st.expander(title, expanded=not still):
        st.text_area(
            f"{title} in words", key=fields.key(name), max_chars=MIDDLE, help=HELPS[name], height=90
        )
        for place, row in enumerate(fields.rows(name, "regions"), 1):
            _region(told, fields, name, row, f"{title}: place {place}")
        for place, row in enumerate(fields.rows(name, "spans"), 1):
            _span(told, fields, name, row, f"{title}: time {place}")
        with st.container(horizontal=True):
            _more(fields, name, "regions", "Mark a place")
            if told.media_kind is MediaKind.VIDEO:
                _more(fields, name, "spans", "Mark a time")


def _region(told: OpenedReview, fields: Fields, name: str, row: int, title: str) -> None:
    key = partial(fields.key, name, "regions", row)
    with st.container(border=True):
        picture = st.container()
        across = st.slider(
            f"{title}, from left to right (%)", 0.0, 100.0, key=key("across"), format="%.0f"
        )
        down = st.slider(
            f"{title}, from top to bottom (%)", 0.0, 100.0, key=key("down"), format="%.0f"
        )
        seconds = 0.0
        if told.media_kind is MediaKind.VIDEO:
            seconds = st.number_input(
                f"{title}, second", 0.0, 86400.0, key=key("seconds"), step=0.04
            )
        st.text_input(f"{title}, what is seen", key=key("note"), max_chars=SHORT)
        _less(fields, name, "regions", row, f"Remove {title.lower()}")
        with picture:
            looking.board(
                told,
                seconds,
                cast("Ends", across),
                cast("Ends", down),
                key=key("board"),
                put=partial(fields.draw, name, row),
            )


def _span(told: OpenedReview, fields: Fields, name: str, row: int, title: str) -> None:
    longest = max(0.04, told.report.media.duration_seconds)
    key = partial(fields.key, name, "spans", row)
    with st.container(border=True):
        begin, end = st.columns(2)
        begin.number_input(f"{title}, from second", 0.0, 86400.0, key=key("start"), step=0.1)
        end.number_input(f"{title}, to second", 0.0, 86400.0, key=key("end"), step=0.1)
        st.caption(f"The clip lasts {longest:.2f} s.")
        st.text_input(f"{title}, what happens", key=key("note"), max_chars=SHORT)
        _less(fields, name, "spans", row, f"Remove {title.lower()}")


def _sources(fields: Fields) -> None:
    with st.expander("Sources", expanded=bool(fields.rows("sources", "all"))):
        for place, row in enumerate(fields.rows("sources", "all"), 1):
            key = partial(fields.key, "sources", "all", row)
            with st.container(border=True):
                st.text_input(f"Source {place}: title", key=key("title"), max_chars=SHORT)
                url = st.text_input(f"Source {place}: address", key=key("url"), max_chars=2048)
                if url.strip() and not is_address(url.strip()):
                    st.caption("An address begins with https://; until then it is kept as a note.")
                st.text_input(f"Source {place}: note", key=key("note"), max_chars=SHORT)
                _less(fields, "sources", "all", row, f"Remove source {place}")
        _more(fields, "sources", "all", "Add a source")


def _more(fields: Fields, part: str, kind: str, label: str) -> None:
    st.button(
        label,
        icon=":material/add:",
        key=fields.key("add", part, kind),
        on_click=fields.add,
        args=(part, kind, NEW_ROWS[kind]),
    )


def _less(fields: Fields, part: str, kind: str, row: int, label: str) -> None:
    st.button(
        label,
        icon=":material/close:",
        type="tertiary",
        key=fields.key("remove", part, kind, row),
        on_click=fields.remove,
        args=(part, kind, row),
    )


def _attachments(told: OpenedReview) -> None:
    client = desk.reviews()
    with st.expander("Attachments"):
        try:
            for file in client.attachments(told.id):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.write(f"{file.name}, {in_words(file.size)}")
                    if st.button("Remove", key=f"detach-{file.id}"):
                        client.detach(told.id, file.id)
                        st.rerun(scope="fragment")
            # A number in the key: what was sent leaves the field.
            count = f"uploads-{told.id}"
            sent = st.file_uploader(
                "A picture, a PDF or plain text, 10 MiB at most",
                key=f"attach-{told.id}-{st.session_state.get(count, 0)}",
                max_upload_size=10,
            )
            if sent is not None:
                st.session_state[count] = st.session_state.get(count, 0) + 1
                client.attach(told.id, sent.name, sent.getvalue())
                st.rerun(scope="fragment")
        except GatewayError as error:
            st.html(problem(error.message, error.hint))


def _save(kept: Desk, fields: Fields) -> str:
    """Save what changed; gives what went wrong, in words."""
    form = fields.gather()
    if kept.seen is None:
        kept.seen = form
    if form == kept.seen:
        return ""
    try:
        kept.draft = desk.reviews().save(kept.review_id, form, version=kept.draft.version)
    except SavedElsewhere as error:
        _join(kept, form, error)
        st.rerun(scope="fragment")
    except GatewayError as error:
        return f"{error.message} {error.hint}"
    kept.seen = form
    return ""


def _join(kept: Desk, mine: ExpertForm, error: SavedElsewhere) -> None:
    """Join what this window and another wrote; it is saved at the next run."""
    saved, base = error.found.current, kept.seen or kept.draft.form
    both = joining.both_changed(base, mine, saved.form)
    kept.joined = joining.join(base, mine, saved.form)
    kept.draft, kept.seen = saved, saved.form
    words = f"Another window saved version {saved.version} meanwhile; it changed: "
    kept.notice = f"{words}{markup.names(error.found.changed)}. Both are joined here."
    if both:
        kept.notice += f" Both windows wrote: {markup.names(both)}; please read that again."


def _submission(kept: Desk, *, ready: bool) -> None:
    lacking = kept.draft.missing
    with st.popover(
        "Submit the report",
        icon=":material/task_alt:",
        type="secondary" if lacking else "primary",
        disabled=bool(lacking) or not ready,
    ):
        st.write(
            f"Version {kept.draft.version} is submitted for good; nothing can be changed "
            "afterwards. It bears your pseudonym."
        )
        if not st.button("Submit for good", type="primary"):
            return
        try:
            desk.reviews().submit(kept.review_id, version=kept.draft.version)
        except SavedElsewhere as error:
            _join(kept, kept.seen or kept.draft.form, error)
            st.rerun(scope="fragment")
        except GatewayError as error:
            st.html(problem(error.message, error.hint))
            return
        desk.close_desk()
        st.rerun()
