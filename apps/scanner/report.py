"""The report page: the decision first, then the evidence, then the circumstances."""

import streamlit as st

from apps.gateway_client import GatewayError
from apps.model_cards import ModelCard
from apps.scanner import markup, pictures, plan_markup, second_opinion, session, take_away
from apps.scanner.plan_wording import plan_adds
from apps.scanner.session import Shown
from apps.scanner.timeline import timeline
from apps.wording import (
    CREDENTIALS,
    DECISIONS,
    DELIVERY_TITLE,
    ENTRIES_NOTE,
    MOTION_NOTE,
    NO_CREDENTIALS,
    NO_ENTRIES,
    PROVENANCE_NOTE,
    clock,
    count,
    credential_rows,
    deciding,
    delivery_intro,
    delivery_spread,
    duration,
    footprint,
    limit_lines,
    meaning,
    motion_lines,
    percent,
    scale_note,
    trust_intro,
)
from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.media.provenance import Provenance
from clarity.reports.messages import Person, Report, SimilarItem


def show(scan: Shown, report: Report) -> None:
    """The whole report of a finished scan."""
    cards = session.cards_or_none()
    st.html(markup.verdict(report, scan.source))
    _guidance(report)
    second_opinion.show(scan, report)
    if report.people:
        st.header("What was looked at", anchor=False)
        evidence(scan, report)
    st.header("What each model says", anchor=False)
    st.html(markup.opinions(report.opinions, cards))
    st.caption(scale_note(report))
    if scan.scan_id is not None:
        _plan_notice()
    if report.label is not Label.NOT_APPLICABLE:
        _trust(report, cards)
    if report.provenance is not None:
        st.header("What the file says of itself", anchor=False)
        provenance(report.provenance)
    st.header("About this check", anchor=False)
    circumstances(scan, report)
    if scan.scan_id is not None:
        _similar(scan.scan_id)
    take_away.show(scan)


def _plan_notice() -> None:
    """To who checks for nothing: what a plan would add, and honestly where it is nothing yet."""
    try:
        if session.has_plan():
            return
        words = plan_adds(session.panel())
    except GatewayError:
        return  # it is said beside a report that stands without it
    st.html(plan_markup.notice(words, "/plans", "See the plans"))


def _guidance(report: Report) -> None:
    decision = DECISIONS[report.label]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What this means", anchor=False)
        st.write(meaning(report))
    with right:
        st.subheader("What you can do next", anchor=False)
        st.html(markup.bullets(decision.next_steps))


@st.fragment
def evidence(scan: Shown, report: Report) -> None:
    person = _picked(scan, report)
    if len(report.people) > 1:
        st.html(markup.finding(person.label, _in_words(person)))
    face, frame = st.columns([1, 1.45], gap="large")
    try:
        with face:
            _face(scan, person)
        with frame:
            _frame(scan, report, person)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    if len(report.people) > 1 and len(person.opinions) > 1:
        st.html(markup.opinions(person.opinions, session.cards_or_none()))
    if len(person.timeline) > 1:
        st.subheader("Over time", anchor=False)
        st.altair_chart(timeline(person), alt=_timeline_in_words(person))
        if len(person.opinions) > 1:
            st.caption(f"As it looked to {_shown_by(person)}.")
    if person.delivery is not None:
        st.subheader(DELIVERY_TITLE, anchor=False)
        st.write(delivery_intro(person.delivery))
        st.html(markup.deliveries(person.delivery))
        st.caption(delivery_spread(person.delivery))
    if person.motion is not None and report.media.kind is MediaKind.VIDEO:
        st.subheader("Lips, sound and order of the frames", anchor=False)
        st.html(markup.bullets(motion_lines(person.motion)))
        st.caption(MOTION_NOTE)


def _picked(scan: Shown, report: Report) -> Person:
    """The person whose evidence is shown; a picker where there are several."""
    if len(report.people) == 1:
        return report.people[0]
    st.write(
        f"{count(len(report.people), 'person', 'people')} found. "
        "The decision above is that of the most suspicious one. Choose a face:"
    )
    key = f"person-{scan.place}"
    chosen = st.session_state.get(key, _most_suspicious(report))
    with st.container(horizontal=True, key="faces"):
        for person in report.people:
            with st.container(width=160, gap="small"):
                st.image(
                    session.image_bytes(scan.place, person.face_image),
                    alt=_name(person),
                    width="stretch",
                )
                if st.button(
                    f"{_name(person)}: {DECISIONS[person.label].word}",
                    key=f"pick-{scan.place}-{person.person}",
                    type="primary" if person.person == chosen else "secondary",
                    width="stretch",
                ):
                    st.session_state[key] = person.person
                    st.rerun(scope="fragment")
    return next(person for person in report.people if person.person == chosen)


def _most_suspicious(report: Report) -> int:
    def top(person: Person) -> float:
        return max(deciding(person.opinions), default=-1)

    return max(report.people, key=top).person


def _name(person: Person) -> str:
    return f"Person {person.person + 1}"


def _face(scan: Shown, person: Person) -> None:
    place = st.container()
    strength = st.slider(
        "Strength of the heat map",
        min_value=0,
        max_value=100,
        value=60,
        format="%d %%",
        key=f"heat-{scan.place}",
    )
    picture = pictures.overlay(
        session.image(scan.place, person.face_image),
        session.image(scan.place, person.heat_image),
        strength / 100,
    )
    place.image(
        picture,
        width="stretch",
        alt=f"Face of {_name(person)} with the heat map at {strength} %",
        caption=f"Tinted areas, taken alone, looked more fake than real to {_shown_by(person)}; "
        "the brighter, the more so. Without a tint none did.",
    )


def _shown_by(person: Person) -> str:
    """The model whose heat map and timeline are shown, named where there are several."""
    if len(person.opinions) == 1 or not person.shown_by:
        return "the model"
    card = session.cards_or_none().get(person.shown_by)
    return f"the most suspicious model, {card.title if card else person.shown_by}"


def _frame(scan: Shown, report: Report, person: Person) -> None:
    frame = pictures.framed(session.image(scan.place, person.frame_image), person)
    caption = "The face in the whole picture."
    if report.media.kind is MediaKind.VIDEO:
        seen = count(person.frames_seen, "frame")
        caption = f"The most telling frame, at {clock(person.frame_seconds)}, of {seen}."
    st.image(frame, width="stretch", alt=f"{_name(person)} marked in the picture", caption=caption)


def _in_words(person: Person) -> str:
    words = f"{_name(person)}: {DECISIONS[person.label].word}"
    confidences = deciding(person.opinions)
    return f"{words}, {percent(max(confidences))}" if confidences else words


def _timeline_in_words(person: Person) -> str:
    values = [point.confidence for point in person.timeline]
    return (
        f"Probability of being fake over time, to {_shown_by(person)}: from "
        f"{percent(min(values))} to {percent(max(values))} in {count(len(values), 'frame')}."
    )


def _trust(report: Report, cards: dict[str, ModelCard]) -> None:
    told = [o.model for o in report.opinions if o.confidence is not None]
    used = [cards[model] for model in told if model in cards]
    limits = limit_lines([(card.title, card.limits) for card in used])
    if not limits:
        return
    st.header("How far to trust it", anchor=False)
    st.write(trust_intro(source.manipulation for card in used for source in card.training_data))
    st.html(markup.bullets(limits))


def provenance(told: Provenance) -> None:
    st.write(PROVENANCE_NOTE)
    sealed, entries = told.credentials, told.entries
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Content credentials (C2PA)", anchor=False)
        st.write(CREDENTIALS[sealed.state] if sealed else NO_CREDENTIALS)
        if sealed and (rows := credential_rows(sealed)):
            st.html(markup.facts(rows))
    with right:
        st.subheader("Entries of camera and software (EXIF)", anchor=False)
        st.write(ENTRIES_NOTE if entries else NO_ENTRIES)
        if entries:
            st.html(markup.facts(entries))


def circumstances(scan: Shown, report: Report) -> None:
    media = report.media
    spent = sum(time.seconds for time in report.times)
    rows = {
        "Item": scan.source,
        "Kind": f"{media.kind.value}, {media.mime}",
        "Size": f"{media.width} by {media.height} pixels",
        "Checked": f"{report.created_at:%d %B %Y, %H:%M} UTC",
        "Time taken": "at once, from an earlier check" if scan.instant else duration(spent),
        "Energy": _energy(scan, report),
        "Releases": ", ".join(f"{o.model} {o.release}" for o in report.opinions),
    }
    if media.kind is MediaKind.VIDEO:
        sound = "with sound" if media.has_sound else "without sound"
        rows["Length"] = f"{clock(media.duration_seconds)} min, {sound}"
        rows["Frames looked at"] = f"{media.frames_read:,}"
    rows["Fingerprint (SHA-256)"] = media.digest
    st.html(markup.facts(rows))
    if report.footprint is not None:
        st.caption(f"Energy and emissions are estimates. {report.footprint.basis}.")


def _similar(scan_id: str) -> None:
    try:
        found = session.scans().similar(scan_id)
    except GatewayError:
        return  # it is said beside a report that stands without it
    if not found:
        return
    st.subheader("Similar items seen before", anchor=False)
    st.write(
        "These look alike and are other files: a forgery looks like its original, so nothing "
        "about this item follows from them."
    )
    st.html(markup.bullets([_similar_in_words(item) for item in found]))


def _similar_in_words(item: SimilarItem) -> str:
    sure = "" if item.confidence is None else f", {percent(item.confidence)}"
    return f"{DECISIONS[item.label].word}{sure}, checked on {item.checked_on:%d %B %Y}"


def _energy(scan: Shown, report: Report) -> str:
    """What the check that made the report took; a report that is only shown takes nothing."""
    taken = report.footprint
    if taken is None:
        return "not measured"
    words = footprint(taken.watt_hours, taken.gco2e)
    return f"{words}, in the earlier check" if scan.instant else words
