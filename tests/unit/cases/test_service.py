"""Cases in a database: on SQLite and on MariaDB, one step after the other and at one moment."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from clarity.cases import custody, departure, docket, history, quota, service, verdicts, writing
from clarity.cases.messages import CustodyAct, Happening
from clarity.cases.rules import IllegalStep
from clarity.cases.service import CaseOpenAlready, ItemSettled, Opening
from clarity.cases.writing import SavedMeanwhile
from clarity.database import Database
from clarity.evidence.canonical import digest_of
from clarity.evidence.keys import load_or_make
from clarity.labels import Label
from clarity.media.frames import MediaKind
from clarity.reports.expertise import ExpertForm
from clarity.reports.messages import ModelOpinion
from clarity.reports.settled import CaseKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MEDIA = "ab" * 32
OPINIONS = [ModelOpinion(model="xception", release="r1", confidence=0.97)]
REASON = "The light on the left cheek comes from another side than everywhere else."


def form(decision="real", **more):
    told = {"decision": decision, "certainty": "high", "reason": REASON}
    if decision == "fake":
        told |= {"technique": "unknown", "spatial": {"text": "A seam."}}
    return ExpertForm.model_validate(told | more)


class Office:
    """The database of cases, and steps in transactions of their own."""

    def __init__(self, url, folder):
        self.database = Database(url, package="clarity.cases")
        self.database.upgrade()
        self.key = load_or_make(folder / "key.pem")

    def opening(self, *, customer="cara", kind=CaseKind.DISPUTE, media=MEDIA):
        return Opening(
            customer=customer,
            kind=kind,
            scan_id="scan",
            source="portrait.jpg",
            media=media,
            media_kind=MediaKind.IMAGE,
            panel="cd" * 32,
            automatic=Label.FAKE,
            reason="why",
            paid_by="plan",
            term=timedelta(days=2),
        )

    def open(self, **what):
        with self.database.write() as session:
            return service.open_case(session, self.opening(**what), now=NOW).id

    def assign(self, case, *experts):
        with self.database.write() as session:
            row = docket.get(session, case, lock=True)
            return [
                service.assign(session, row, one, f"Expert {one}", now=NOW).id for one in experts
            ]

    def save(self, review, expert, body, base=0):
        with self.database.write() as session:
            _, seat = docket.review(session, review, expert, lock=True)
            return writing.save(session, seat, body, base=base, now=NOW)

    def submit(self, review, expert, version=1):
        def work(session):
            service.submit(
                session,
                review,
                expert,
                version=version,
                opinions=OPINIONS,
                key=self.key,
                now=NOW,
            )

        self.database.repeat(work)

    def happened(self, case):
        with self.database.read() as session:
            return [line.what for line in history.lines(session, case, inner=True)]


@pytest.fixture
def office(database_url, tmp_path):
    made = Office(database_url("cases"), tmp_path)
    yield made
    made.database.close()


def test_a_dispute_is_settled_once_and_its_report_is_the_signed_one(office):
    case = office.open()
    reviews = office.assign(case, "ada", "bob")
    for review, expert in zip(reviews, ("ada", "bob"), strict=True):
        office.save(review, expert, form())
        office.submit(review, expert)
    with office.database.read() as session:
        row = docket.get(session, case)
        signed = verdicts.of_case(session, case).verdict
        seats = docket.reviews_of(session, case)
        assert [writing.report_digest(session, row, s) for s in seats] == [
            part.report for part in signed.contributions
        ]
        assert digest_of(signed) == verdicts.of_case(session, case).digest
        assert (signed.number, signed.previous) == (1, None)
    with pytest.raises(IllegalStep):
        office.submit(reviews[0], "ada")
    with pytest.raises(ItemSettled):
        office.open(customer="dan")


def test_both_submit_at_one_moment_and_the_case_is_settled_once(office):
    case = office.open()
    reviews = office.assign(case, "ada", "bob")
    for review, expert in zip(reviews, ("ada", "bob"), strict=True):
        office.save(review, expert, form())
    at_once(
        lambda: office.submit(reviews[0], "ada"),
        lambda: office.submit(reviews[1], "bob"),
    )
    assert office.happened(case).count(Happening.SETTLED) == 1
    with office.database.read() as session:
        assert docket.get(session, case).settled == "real"


def test_both_differ_at_one_moment_and_a_third_is_called_once(office):
    case = office.open()
    reviews = office.assign(case, "ada", "bob")
    office.save(reviews[0], "ada", form("real"))
    office.save(reviews[1], "bob", form("fake"))
    at_once(
        lambda: office.submit(reviews[0], "ada"),
        lambda: office.submit(reviews[1], "bob"),
    )
    assert office.happened(case).count(Happening.DIFFERED) == 1
    with office.database.read() as session:
        assert docket.matter_of(session, docket.get(session, case)).vacancies == 1


def test_two_clicks_at_one_moment_are_one_case(office):
    outcomes = at_once(office.open, office.open, strict=False)
    assert sorted(type(one).__name__ for one in outcomes) == ["CaseOpenAlready", "str"]
    with pytest.raises(CaseOpenAlready):
        office.open(kind=CaseKind.REQUEST)


def test_the_last_case_of_a_plan_is_had_once_at_one_moment(office):
    """Each counts, then takes its time before it opens a case about another item."""

    def ask(number):
        def work(session):
            if quota.used(session, "cara", paid_by="plan", since=None) < 2:
                time.sleep(0.2)
                opening = office.opening(media=f"{number:064x}")
                service.open_case(session, opening, now=NOW)

        return lambda: office.database.repeat(work)

    at_once(*map(ask, range(4)))
    with office.database.read() as session:
        assert len(docket.cases_of(session, "cara")) == 2


def test_two_windows_save_at_one_moment_and_neither_overwrites(office):
    (review,) = office.assign(office.open(kind=CaseKind.REQUEST), "ada")
    outcomes = at_once(
        lambda: office.save(review, "ada", form(notes="one")),
        lambda: office.save(review, "ada", form(notes="two")),
        strict=False,
    )
    (lost,) = [one for one in outcomes if isinstance(one, SavedMeanwhile)]
    (kept,) = [one for one in outcomes if not isinstance(one, SavedMeanwhile)]
    assert lost.extensions["current"]["form"]["notes"] == kept.form.notes
    assert lost.extensions["yours"]["notes"] != kept.form.notes


def test_two_cases_of_one_item_are_settled_at_one_moment_and_numbered(office):
    cases = [office.open(customer=name, kind=CaseKind.REQUEST) for name in ("cara", "dan")]
    reviews = [office.assign(case, "ada")[0] for case in cases]
    for review in reviews:
        office.save(review, "ada", form())
    at_once(*(lambda r=review: office.submit(r, "ada") for review in reviews))
    with office.database.read() as session:
        found = sorted(
            (verdicts.of_case(session, case).verdict for case in cases), key=lambda v: v.number
        )
        assert [one.number for one in found] == [1, 2]
        assert found[1].previous == digest_of(found[0])


def test_many_hands_at_one_moment_make_one_chain_of_custody(office):
    case = office.open()

    def take():
        def work(session):
            row = docket.get(session, case)
            custody.note(session, row, "Expert ada", CustodyAct.VIEWED, now=NOW)

        office.database.repeat(work)

    at_once(*[take] * 6)
    with office.database.read() as session:
        log = custody.custody(session, case)
    assert [line.number for line in log.lines] == [1, 2, 3, 4, 5, 6]
    assert log.whole


def test_a_line_is_told_by_one_teller_only(office):
    office.open()
    told = []

    def tell():
        with office.database.read() as session:
            numbers = history.untold(session)
        for number in numbers:
            with office.database.write() as session:
                line = history.take(session, number)
                if line is not None:
                    told.append(line.id)
                    history.note_told(session, line, now=NOW)

    at_once(tell, tell, tell)
    assert len(told) == 1


def test_erasing_a_customer_takes_everything_but_the_verdict(office):
    case = office.open()
    reviews = office.assign(case, "ada", "bob")
    for review, expert in zip(reviews, ("ada", "bob"), strict=True):
        office.save(review, expert, form())
        office.submit(review, expert)
    with office.database.write() as session:
        departure.erase_customer(session, "cara")
    with office.database.read() as session:
        assert docket.reviews_of(session, case) == []
        assert history.untold(session) == []
        assert verdicts.latest(session, MEDIA) is not None


def at_once(*works, strict=True):
    """What every work gives, or raises, when all begin at one moment."""
    together, outcomes = threading.Barrier(len(works), timeout=20), [None] * len(works)

    def run(place, work):
        together.wait()
        try:
            outcomes[place] = work()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if strict:
        assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    return outcomes
