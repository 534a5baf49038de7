"""The first page: hand something in, watch it being examined, read the report."""

from pathlib import Path

import streamlit as st
from PIL import Image

from apps.formats import PICTURES, VIDEOS
from apps.gateway_client import GatewayError
from apps.progress import done
from apps.scanner import markup, pictures, report, session
from apps.scans_client import Reconnecting, is_final, share_place
from apps.wording import DECISIONS
from clarity.scans.messages import Scan

EXAMPLES = Path(__file__).parent.parent / "examples"
CLOSE_UP = (110, 0, 350, 240)
TRY = (
    ("portrait.jpg", "portrait.jpg", CLOSE_UP, "A real portrait"),
    ("manipulated.jpg", "manipulated.jpg", CLOSE_UP, "A swapped face"),
    ("clip.mp4", "manipulated.jpg", (20, 0, 380, 360), "A clip, half real"),
    ("coffee.jpg", "coffee.jpg", None, "No face at all"),
)


def show() -> None:
    """A scan or a shared report where the address names one, else the inputs."""
    scan_id, token = st.query_params.get("scan"), st.query_params.get("share")
    if token:
        _shared_page(token)
    elif scan_id:
        _scan_page(scan_id)
    else:
        _start_page()


def _start_page() -> None:
    st.html(
        '<header class="hero"><h1>Is this face real?</h1><p>Hand in a picture or a video of a '
        "person. Clarity looks for traces of deepfakes, tells how sure it is, and shows why."
        "</p></header>"
    )
    picture, video, link = st.tabs(["Image", "Video", "Link"])
    with picture:
        _file_input("Drop an image with a face here, or choose one", PICTURES)
    with video:
        _file_input("Drop a video here, or choose one; ten minutes at most", VIDEOS)
    with link:
        _link_input()
    st.html(f'<p class="quiet">{_retention()}</p>')
    _examples()
    _recent()


def _retention() -> str:
    who = session.account()
    kept = (
        "The file is kept by this Clarity service together with its report, so that the same file "
        "gets the same answer at once."
    )
    if who is None:
        return (
            f"{kept} Whoever has the report's own address can open it; to show it to others, make "
            "a link that ends."
        )
    if who.zero_retention:
        return "The file and its report are removed an hour after the verdict. Save what you need."
    return f"{kept} Only you can open the report; to show it to others, make a link that ends."


def _file_input(label: str, types: tuple[str, ...]) -> None:
    file = st.file_uploader(label, type=types)
    if file is None:
        return
    if preview := pictures.preview(file.getvalue()):
        st.image(preview, width=220, alt="Preview of the chosen image")
    if st.button("Check it", type="primary", key=f"check-{types[0]}", icon=":material/search:"):
        _submit(file.name, file.getvalue())


def _link_input() -> None:
    with st.form("link", border=False):
        url = st.text_input(
            "Address of a post or a video",
            placeholder="https://www.youtube.com/watch?v=…",
            help="YouTube videos, X/Twitter posts, Facebook pictures and videos; public ones only.",
        )
        sent = st.form_submit_button("Check it", type="primary", icon=":material/search:")
    if sent and url.strip():
        _submit_link(url.strip())
    elif sent:
        st.html(markup.problem("No address was given.", "Paste the address of a public post."))


def _examples() -> None:
    st.subheader("Or try one of these", anchor=False)
    with st.container(key="examples"):
        columns = st.columns(len(TRY))
    for column, (name, picture, box, title) in zip(columns, TRY, strict=True):
        with column:
            thumbnail = pictures.close_up(Image.open(EXAMPLES / picture), box)
            st.image(thumbnail, width="stretch", alt=title)
            if st.button(title, key=f"try-{name}", width="stretch"):
                _submit(name, (EXAMPLES / name).read_bytes())


def _recent() -> None:
    scans = session.recent()
    if not scans:
        return
    st.subheader("Your recent checks", anchor=False)
    with st.container(horizontal=True):
        for scan in scans:
            word = f": {DECISIONS[scan.report.label].word}" if scan.report else ""
            if st.button(_plain(scan.source) + word, key=f"recent-{scan.id}"):
                _open(scan.id)


def _submit(name: str, content: bytes) -> None:
    try:
        with st.spinner("Handing it in …"):
            scan = session.scans().submit_file(name, content)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    else:
        _open(scan.id)


def _submit_link(url: str) -> None:
    try:
        with st.spinner("Handing it in …"):
            scan = session.scans().submit_url(url)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    else:
        _open(scan.id)


def _open(scan_id: str) -> None:
    st.query_params["scan"] = scan_id
    st.rerun()


def _scan_page(scan_id: str) -> None:
    if st.button("Check another", icon=":material/arrow_back:", type="tertiary"):
        st.query_params.clear()
        st.rerun()
    place = st.empty()
    try:
        scan = _followed(scan_id, place)
    except GatewayError as error:
        place.html(markup.problem(error.message, error.hint))
        return
    place.empty()
    if scan.report is not None:
        session.remember(scan)
        report.show(session.own(scan), scan.report)
    elif scan.problem is not None:
        st.caption(f"{_plain(scan.source)} could not be checked")
        st.html(markup.problem(scan.problem.detail, scan.problem.hint))


def _shared_page(token: str) -> None:
    """A report by a link: read, not owned."""
    try:
        shared = session.scans().shared(token)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    st.caption(f"This report was shared with you, until {shared.expires_at:%d %B %Y, %H:%M} UTC.")
    report.show(session.Shown(share_place(token), shared.source), shared.report)


def _followed(scan_id: str, place: st.delta_generator.DeltaGenerator) -> Scan:
    """The finished scan; its progress is shown until then."""
    scan = session.scans().scan(scan_id)
    if is_final(scan):
        return scan
    with place.container(border=True):
        st.subheader(f"Checking {_plain(scan.source)}", anchor=False)
        bar, steps = st.progress(0.0), st.empty()
    for update in session.scans().follow(scan_id):
        if isinstance(update, Reconnecting):
            steps.html(markup.steps(scan, reconnecting=True))
            continue
        scan = update
        bar.progress(done(scan.stage, scan.fraction))
        steps.html(markup.steps(scan))
    return scan


def _plain(text: str) -> str:
    """The text without the signs that Markdown would read."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!:$<>~|" else sign for sign in text)
