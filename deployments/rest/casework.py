"""Cases across all services: opened, manned, told, moved on by time.

Every step is committed in the database of the cases, together with a line of the case's
history. Who is to hear of it is told from those lines afterwards, again after a crash.
"""

import structlog
from sqlmodel import Session

from clarity.accounts import administration, letters
from clarity.accounts import service as accounts
from clarity.accounts.messages import Role
from clarity.audit.messages import Action
from clarity.cases import deadlines, departure, docket, history, portrayal, verdicts
from clarity.cases import letters as words
from clarity.cases import service as cases
from clarity.cases.messages import Happening
from clarity.cases.tables import CaseRow, HappeningRow, ReviewRow
from clarity.customers.messages import Kind
from clarity.evidence import service as evidence
from clarity.experts import earnings
from clarity.experts import service as experts
from clarity.experts.messages import Competence
from clarity.experts.rules import FEE, Need, choose
from clarity.mail import Letter
from clarity.media.frames import MediaKind
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind
from clarity.webhooks import service as webhooks
from clarity.webhooks.messages import Event
from deployments.rest.services import Services

log = structlog.get_logger("clarity.casework")

BY_KIND = {MediaKind.IMAGE: Competence.IMAGES, MediaKind.VIDEO: Competence.VIDEO}

CUSTOMER_WORDS = {
    Happening.OPENED: "You opened a {kind} about {source}.",
    Happening.ASSIGNED: "{who} was asked to review {source}.",
    Happening.BEGUN: "{who} began to review {source}.",
    Happening.SUBMITTED: "{who} submitted a report on {source}.",
    Happening.DECLINED: "{who} gave the review of {source} back; another expert is asked.",
    Happening.OVERDUE: "{who} did not answer about {source} in time; another expert is asked.",
    Happening.REPLACED: "{who} cannot go on with {source}; another expert is asked.",
    Happening.DIFFERED: "Two experts differ about {source}; a third one decides.",
    Happening.SETTLED: "The {kind} about {source} was settled: {decision}.",
    Happening.WITHDRAWN: "You withdrew the {kind} about {source}.",
}


def man(services: Services, case_id: str) -> int:
    """Give vacant seats of a case to experts; gives how many were found."""
    members, moment = services.members, services.members.clock()
    active = _active_experts(services)
    with members.cases.write() as session:
        row = docket.get(session, case_id, lock=True)
        matter = docket.matter_of(session, row)
        need = Need(
            customer=row.customer_id,
            required=frozenset({BY_KIND[MediaKind(row.media_kind)]}),
            useful=_useful(row.suspects),
            excluded=frozenset(seat.expert for seat in matter.seats),
        )
        with members.experts.read() as reading:
            known = experts.candidates(reading, docket.loads(session), active=active)
            names = {one.account: experts.get(reading, one.account).pseudonym for one in known}
        chosen = choose(known, need, matter.vacancies)
        for one in chosen:
            cases.assign(session, row, one.account, names[one.account], now=moment)
    with members.experts.write() as session:
        for one in chosen:
            experts.note_assigned(session, one.account, now=moment)
    return len(chosen)


def advance(services: Services, case_id: str) -> None:
    """After a step of a case: find reviewers where some are missing, and tell everybody."""
    man(services, case_id)
    tell(services)


def tend(services: Services) -> None:
    """What time and lost steps bring about, in all cases. Safe to do in several places at once."""
    members, moment = services.members, services.members.clock()
    active = _active_experts(services)
    with members.cases.read() as session:
        gone = docket.loads(session).keys() - active
        due = deadlines.due_reviews(session, now=moment)
    for account in gone:
        with members.cases.write() as session:
            departure.leave_seats(session, account, now=moment)
    for review_id, _ in due:
        with members.cases.write() as session:
            deadlines.let_time_pass(session, review_id, now=moment)
    with members.cases.read() as session:
        unmanned = docket.with_vacancies(session)
    for case_id in unmanned:
        man(services, case_id)
    with members.cases.write() as session:
        deadlines.escalate(session, now=moment)
    tell(services)


def tell(services: Services) -> None:
    """Tell every line of the history that nobody was told of: audit log, record, letters.

    A crash in between tells a line twice; a line that was written is never lost.
    """
    database = services.members.cases
    with database.read() as session:
        numbers = history.untold(session)
    for number in numbers:
        with database.write() as session:
            line = history.take(session, number)
            if line is None:
                continue
            _tell(services, session, line)
            history.note_told(session, line, now=services.members.clock())


def _tell(services: Services, session: Session, line: HappeningRow) -> None:
    members, what = services.members, Happening(line.what)
    row = docket.get(session, line.case_id)
    seat = session.get(ReviewRow, line.review_id) if line.review_id else None
    detail = f"{line.state}{f', review {line.review_id}' if line.review_id else ''}"
    members.note(Action(f"case-{what}"), actor=line.actor_id, subject=row.id, detail=detail)
    if what is Happening.SUBMITTED and seat is not None:
        with members.experts.write() as earning:
            earnings.earn(earning, seat.expert_id, seat.id, FEE, now=line.at)
    if what is Happening.SETTLED:
        signed = verdicts.of_case(session, row.id)
        with services.archive.evidence.write() as proof:
            evidence.enter(proof, signed.digest, services.archive.key, at=line.at)
    _record(services, row, line, what)
    _call_webhooks(services, session, row, line)
    _write_letters(services, session, row, seat, what)


def _record(services: Services, row: CaseRow, line: HappeningRow, what: Happening) -> None:
    template = CUSTOMER_WORDS.get(what)
    if template is None:
        return
    said = template.format(
        kind=row.kind,
        source=row.source[:120],
        who=line.who,
        decision=words.DECISIONS[Finding(row.settled)] if row.settled else "",
    )
    once = f"case {row.id} {line.number}"
    services.members.record(row.customer_id, Kind.DISPUTE, row.id, said, once_key=once)


def _call_webhooks(services: Services, session: Session, row: CaseRow, line: HappeningRow) -> None:
    if Happening(line.what) in history.INNER:
        return
    event = Event(
        id=f"{row.id}-{line.number}",
        event=f"case.{line.what}",
        at=line.at,
        data=portrayal.describe(session, row).model_dump(mode="json", exclude={"history"}),
    )
    with services.members.webhooks.write() as calling:
        webhooks.tell(calling, row.customer_id, event, now=services.members.clock())


def _write_letters(
    services: Services, session: Session, row: CaseRow, seat: ReviewRow | None, what: Happening
) -> None:
    moment = services.members.clock()
    with services.members.accounts.write() as posting:
        for letter in _letters(services, session, posting, row, seat, what):
            letters.post(posting, letter, now=moment)


def _letters(
    services: Services,
    session: Session,
    posting: Session,
    row: CaseRow,
    seat: ReviewRow | None,
    what: Happening,
) -> list[Letter]:
    def to(account: str) -> list[str]:
        return [accounts.get(posting, account).email] if accounts.exists(posting, account) else []

    page, kind = services.settings.page, CaseKind(row.kind)
    customer, expert = to(row.customer_id), to(seat.expert_id) if seat else []
    match what:
        case Happening.ASSIGNED if seat:
            return [words.assigned(email, kind=kind, due=seat.due_at) for email in expert]
        case Happening.REMINDED if seat:
            return [words.reminder(email, due=seat.due_at) for email in expert]
        case Happening.OVERDUE:
            return [words.overdue(email) for email in expert]
        case Happening.DIFFERED:
            return [
                words.differed(e, page, source=row.source, scan=row.scan_id, due=row.due_at)
                for e in customer
            ]
        case Happening.ESCALATED:
            lacking = docket.matter_of(session, row).vacancies
            admins = administration.active(posting, Role.ADMINISTRATOR)
            return [
                words.escalated(one.email, case=row.id, due=row.due_at, vacancies=lacking)
                for one in admins
            ]
        case Happening.SETTLED | Happening.WITHDRAWN:
            decision = Finding(row.settled) if row.settled else None
            seats = [s for s in docket.reviews_of(session, row.id) if s.state in docket.HELD]
            told = [words.closed(e, decision=decision) for s in seats for e in to(s.expert_id)]
            if decision is None:
                return told
            return told + [
                words.settled(
                    e, page, kind=kind, source=row.source, decision=decision, scan=row.scan_id
                )
                for e in customer
            ]
        case _:
            return []


def _useful(suspects: str | None) -> frozenset[Competence]:
    known = {field.value for field in Competence}
    return frozenset({Competence(suspects)}) if suspects in known else frozenset()


def _active_experts(services: Services) -> frozenset[str]:
    with services.members.accounts.read() as session:
        return frozenset(row.id for row in administration.active(session, Role.EXPERT))
