"""A second opinion: ask an expert or disagree, follow it, read the experts beside the models."""

from functools import partial

import streamlit as st

from apps.gateway_client import GatewayError
from apps.scanner import case_markup, downloads, markup, pictures, session
from apps.scanner.session import Shown
from clarity.cases.messages import Case, CaseState
from clarity.reports.expert_wording import TECHNIQUES, WORDS, marks_at
from clarity.reports.expertise import ExpertReport
from clarity.reports.messages import Report
from clarity.reports.settled import CaseKind, CaseReport

EVERY_SECONDS = 30.0
KINDS = {
    CaseKind.REQUEST: (
        "Ask an expert",
        ":material/person_search:",
        "A vetted expert examines the item and writes a report.",
    ),
    CaseKind.DISPUTE: (
        "Disagree with this assessment",
        ":material/balance:",
        "Two experts examine the item without seeing each other's report; a third one decides "
        "where they differ. If Clarity was wrong, it costs you nothing.",
    ),
}
NO_SUSPICION = "I do not know"


def show(scan: Shown, report: Report) -> None:
    """The section of the report page; nothing for who reads by a link."""
    if scan.scan_id is None:
        return
    st.header("A second opinion", anchor=False)
    if session.account() is None:
        st.write(
            "Vetted experts can examine the item too. [Log in](/login) or [sign up](/signup), and "
            "hand it in again: then it is yours, and you can ask."
        )
        return
    try:
        case = _newest(scan.scan_id)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
        return
    moves = case is not None and case.state is not CaseState.SETTLED
    # A live case goes on by itself; a form that is being filled in must stay as it is.
    st.fragment(_section, run_every=EVERY_SECONDS if moves else None)(scan, report, scan.scan_id)


def _newest(scan_id: str) -> Case | None:
    """The case that counts: the newest that was not withdrawn."""
    found = session.cases().about(scan_id)
    return next((one for one in found if one.state is not CaseState.WITHDRAWN), None)


def _section(scan: Shown, report: Report, scan_id: str) -> None:
    try:
        live = _newest(scan_id)
        if live is None:
            _ask(scan_id)
        elif live.state is CaseState.SETTLED:
            _outcome(scan, report, live)
            if live.kind is CaseKind.REQUEST:
                _ask(scan_id, only=CaseKind.DISPUTE)
        else:
            _follow(live)
    except GatewayError as error:
        st.html(markup.problem(error.message, error.hint))
    if trouble := st.session_state.pop(f"case-trouble-{scan_id}", None):
        st.html(markup.problem(trouble.message, trouble.hint))


def _ask(scan_id: str, *, only: CaseKind | None = None) -> None:
    chosen_key = f"case-kind-{scan_id}"
    chosen: CaseKind | None = st.session_state.get(chosen_key)
    kinds = [only] if only else list(KINDS)
    with st.container(horizontal=True):
        for kind in kinds:
            label, icon, _ = KINDS[kind]
            st.button(
                label,
                icon=icon,
                type="primary" if kind is chosen else "secondary",
                key=f"ask-{kind}-{scan_id}",
                on_click=_choose,
                args=(chosen_key, kind),
            )
    if chosen in kinds and chosen is not None:
        _form(scan_id, chosen, chosen_key)


def _form(scan_id: str, kind: CaseKind, chosen_key: str) -> None:
    words = KINDS[kind][2]
    with st.container(key="ask"), st.form(f"case-{scan_id}", border=True):
        st.write(words)
        reason = st.text_area(
            "What should the experts know?",
            max_chars=2000,
            placeholder="Where it comes from, what makes you doubt, what you know of it.",
        )
        suspicion = st.selectbox("What do you think was done?", [NO_SUSPICION, *_techniques()])
        st.caption(
            "Experts see the item, this report and your words, never who you are. Who looks at "
            "the item is written down, and you can read it here."
        )
        with st.container(horizontal=True):
            sent = st.form_submit_button("Send", type="primary", icon=":material/send:")
            st.form_submit_button("Not now", on_click=_choose, args=(chosen_key, None))
    if sent:
        try:
            session.cases().open(
                scan_id, kind.value, reason=reason, suspects=_techniques().get(suspicion)
            )
        except GatewayError as error:
            st.session_state[f"case-trouble-{scan_id}"] = error
        else:
            st.session_state.pop(chosen_key, None)
        st.rerun()


def _choose(chosen_key: str, kind: CaseKind | None) -> None:
    st.session_state[chosen_key] = kind


def _techniques() -> dict[str, str]:
    return {words.capitalize(): technique.value for technique, words in TECHNIQUES.items()}


def _follow(case: Case) -> None:
    label = "Your request" if case.kind is CaseKind.REQUEST else "Your dispute"
    with st.container(border=True):
        st.subheader(f"{label} is under way", anchor=False)
        st.html(case_markup.progress(case))
        st.write(
            f"{case_markup.STATES[case.state]} An answer is promised by "
            f"{case.due_at:%d %B %Y, %H:%M} UTC. You will be written to when it is there."
        )
        st.html(case_markup.reviewers(case))
        _inside(case)
        if st.button("Withdraw", key=f"withdraw-{case.id}", icon=":material/undo:"):
            _withdraw(case)


def _withdraw(case: Case) -> None:
    try:
        session.cases().withdraw(case.id)
    except GatewayError as error:
        st.session_state[f"case-trouble-{case.scan_id}"] = error
    st.rerun()


def _outcome(scan: Shown, report: Report, case: Case) -> None:
    told = session.cases().report(case.id)
    st.html(case_markup.side_by_side(told))
    for one in told.expert_reports:
        word = WORDS[one.form.decision] if one.form.decision else ""
        with st.expander(f"Report of {one.expert}: {word}", expanded=len(told.expert_reports) == 1):
            _expert_report(scan, report, case, one)
    with st.container(horizontal=True, vertical_alignment="center"):
        _file(case, "Experts' report (PDF)", "report.pdf", "application/pdf", first=True)
        _file(case, "Experts' report as data (JSON)", "report.json", "application/json")
    _caption(told)
    _inside(case)


def _expert_report(scan: Shown, report: Report, case: Case, told: ExpertReport) -> None:
    st.html(case_markup.expert_report(told))
    for person in report.people:
        if here := marks_at(told.form, person.frame_seconds):
            frame = pictures.marked(
                session.image(scan.place, person.frame_image),
                [(str(number), mark.box) for number, mark in here],
            )
            notes = "; ".join(f"{number}: {mark.note or 'no note'}" for number, mark in here)
            caption = f"Places that {told.expert} marked; the numbers are those above."
            st.image(frame, width="stretch", alt=f"Marked places. {notes}", caption=caption)
            break
    downloads.attachments(told.attachments, partial(session.cases().attachment, case.id))


def _caption(told: CaseReport) -> None:
    settled = told.signed.verdict.settled_at
    st.caption(
        f"Settled on {settled:%d %B %Y, %H:%M} UTC. The verdict is signed (key "
        f"{told.signed.key}) and stands in the evidence log; the PDF is sealed and encloses it."
    )


def _file(case: Case, label: str, name: str, mime: str, *, first: bool = False) -> None:
    downloads.button(
        label,
        partial(session.cases().file, case.id, name),
        name=f"clarity-experts-{name}",
        mime=mime,
        icon=downloads.PAPER if first else downloads.DATA,
        first=first,
        key=f"case-{name}-{case.id}",
    )


def _inside(case: Case) -> None:
    with st.expander("What happened, and who had the item in hand", icon=":material/history:"):
        st.subheader("What happened", anchor=False)
        st.html(case_markup.history(case))
        st.subheader("Who had the item in hand", anchor=False)
        log = session.cases().custody(case.id)
        if not log.lines:
            st.write("Nobody has opened the item yet.")
            return
        st.html(case_markup.custody(log.lines))
        if log.whole:
            st.caption("Every line is chained to the one before; the chain is whole.")
        else:
            st.html(
                markup.problem(
                    "This log was changed.", f"Tell the operator: line {log.first_broken} is wrong."
                )
            )
