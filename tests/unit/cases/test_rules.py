"""The states of a case under every order of steps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from clarity.cases import rules, terms
from clarity.cases.messages import CaseState, ReviewState
from clarity.cases.rules import (
    OVER,
    TRANSITIONS,
    IllegalStep,
    Matter,
    NotYourReview,
    Seat,
    Step,
)
from clarity.cases.terms import Reminder
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind

CUSTOMER = "customer"
PEOPLE = (CUSTOMER, "ada", "bob", "cyd", "dee", "eve")
people = st.sampled_from(PEOPLE)
findings = st.sampled_from(list(Finding))
NEXT = {(before, after) for (before, _), after in TRANSITIONS.items()}


class AnyOrder(RuleBasedStateMachine):
    """Does every step at every moment; what is refused must change nothing."""

    @initialize(kind=st.sampled_from(list(CaseKind)))
    def open(self, kind):
        self.matter = Matter(kind, CUSTOMER)
        self.settlements = []

    def attempt(self, step, *args):
        before = self.matter
        try:
            self.matter = step(before, *args)
        except (IllegalStep, NotYourReview):
            return
        assert before.state not in OVER, "an ended case never changes"
        if before.state is not self.matter.state:
            assert (before.state, self.matter.state) in NEXT or self.is_two_steps(before)
        if before.settled is None and self.matter.settled is not None:
            self.settlements.append(self.matter.settled)

    def is_two_steps(self, before):
        # submitting without having begun begins first
        return any(
            (before.state, between) in NEXT and (between, self.matter.state) in NEXT
            for between in CaseState
        )

    @rule(expert=people)
    def assign(self, expert):
        self.attempt(rules.assign, expert)

    @rule(expert=people)
    def begin(self, expert):
        self.attempt(rules.begin, expert)

    @rule(expert=people, decision=findings)
    def submit(self, expert, decision):
        self.attempt(rules.submit, expert, decision)

    @rule(expert=people)
    def vacate(self, expert):
        self.attempt(rules.vacate, expert)

    @rule()
    def withdraw(self):
        if self.matter.state is CaseState.IN_REVIEW and len(self.matter.seats) < 2:
            return  # rarer, so that long stories are told too
        self.attempt(rules.withdraw)

    def submitted(self):
        return [s for s in self.matter.seats if s.state is ReviewState.SUBMITTED]

    @invariant()
    def settled_exactly_once_and_only_by_enough_reports(self):
        settled = self.matter.state is CaseState.SETTLED
        assert settled == (self.matter.settled is not None)
        assert len(self.settlements) == int(settled)
        if settled:
            said = [seat.decision for seat in self.submitted()]
            if self.matter.kind is CaseKind.REQUEST:
                assert said == [self.matter.settled]
            elif len(said) == 2:
                assert said == [self.matter.settled] * 2
            else:
                assert len(said) == 3
                assert self.matter.settled == rules.majority(said)

    @invariant()
    def nobody_sees_anothers_report_before_the_end(self):
        for reader in PEOPLE:
            for writer in PEOPLE:
                seen = rules.may_read_report(self.matter, reader, writer)
                if reader != writer and seen:
                    assert self.matter.state is CaseState.SETTLED
                    both = {seat.expert for seat in self.submitted()}
                    assert {reader, writer} <= both
                assert rules.may_read_draft(reader, writer) == (reader == writer)

    @invariant()
    def seats_are_few_and_never_the_customers(self):
        held = [seat for seat in self.matter.seats if seat.state in rules.HELD]
        most = 1 if self.matter.kind is CaseKind.REQUEST else 3
        assert len(held) <= most
        assert self.matter.vacancies >= 0
        experts = [seat.expert for seat in self.matter.seats]
        assert CUSTOMER not in experts
        assert len(set(experts)) == len(experts)

    @invariant()
    def the_item_is_open_to_those_at_work_only(self):
        for person in PEOPLE:
            if rules.may_open_media(self.matter, person):
                assert self.matter.state not in OVER
                assert any(s.expert == person and s.state in rules.HELD for s in self.matter.seats)

    @invariant()
    def a_third_comes_only_where_two_differ(self):
        if self.matter.state is CaseState.SECOND_REVIEW:
            said = [seat.decision for seat in self.submitted()]
            assert len(said) == 2
            assert said[0] != said[1]


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyOrder = AnyOrder.TestCase


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("step", list(Step))
def test_every_step_is_in_the_table_or_refused(state, step):
    if (state, step) in TRANSITIONS:
        assert rules.after(state, step) is TRANSITIONS[state, step]
    else:
        with pytest.raises(IllegalStep):
            rules.after(state, step)


def test_nothing_leads_out_of_an_ended_case_and_every_state_is_reached():
    assert all(before not in OVER for before, _ in TRANSITIONS)
    assert {CaseState.OPEN, *TRANSITIONS.values()} == set(CaseState)


@given(st.lists(findings, min_size=3, max_size=3))
def test_of_three_a_majority_or_nothing(said):
    outcome = rules.majority(said)
    if len(set(said)) == 3:
        assert outcome is Finding.UNDECIDED
    else:
        assert said.count(outcome) >= 2


def test_three_ways_to_differ_settle_as_undecided():
    matter = Matter(CaseKind.DISPUTE, CUSTOMER)
    for expert, said in (("ada", Finding.REAL), ("bob", Finding.FAKE)):
        matter = rules.submit(rules.assign(matter, expert), expert, said)
    matter = rules.submit(rules.assign(matter, "cyd"), "cyd", Finding.UNDECIDED)
    assert matter.settled is Finding.UNDECIDED


NOW = datetime(2026, 3, 1, tzinfo=UTC)


@given(
    days=st.floats(0.1, 30),
    passed=st.floats(0, 2),
    reminded=st.booleans(),
    state=st.sampled_from(list(ReviewState)),
)
def test_time_reminds_before_it_takes_away(days, passed, reminded, state):
    term = timedelta(days=days)
    what = terms.what_time_brings(
        state, since=NOW, due=NOW + term, reminded=reminded, now=NOW + term * passed
    )
    if state not in (ReviewState.ASSIGNED, ReviewState.BEGUN) or passed < 0.7499:
        assert what is Reminder.NOTHING
    elif 0.7501 < passed < 0.99:
        assert (what is Reminder.REMIND) != reminded
    elif passed > 1.26 or (passed > 1.01 and state is ReviewState.ASSIGNED):
        assert what is Reminder.VACATE
    elif 1.01 < passed < 1.24:
        assert what is not Reminder.VACATE, "who has begun gets some grace"


@given(days=st.floats(0.1, 30), late=st.floats(0, 5))
def test_nobody_gets_less_than_half_of_the_time(days, late):
    term = timedelta(days=days)
    moment = NOW + term * late
    due = terms.review_due(opened=NOW, term=term, now=moment)
    assert due - moment >= term * terms.THIRD
    assert due >= NOW + term


@pytest.mark.parametrize(
    ("kind", "settled", "automatic", "used"),
    [
        (CaseKind.DISPUTE, Finding.REAL, "fake", False),
        (CaseKind.DISPUTE, Finding.FAKE, "real", False),
        (CaseKind.DISPUTE, Finding.FAKE, "fake", True),
        (CaseKind.DISPUTE, Finding.UNDECIDED, "fake", True),
        (CaseKind.DISPUTE, Finding.REAL, "suspicious", True),
        (CaseKind.REQUEST, Finding.REAL, "fake", True),
    ],
)
def test_a_dispute_that_proves_clarity_wrong_costs_nothing(kind, settled, automatic, used):
    matter = Matter(kind, CUSTOMER, CaseState.SETTLED, settled=settled)
    assert rules.counts_as_used(matter, automatic=automatic) is used


def test_withdrawing_costs_nothing_before_somebody_has_begun():
    for state, used in ((ReviewState.ASSIGNED, False), (ReviewState.BEGUN, True)):
        matter = Matter(CaseKind.REQUEST, CUSTOMER, CaseState.WITHDRAWN, (Seat("ada", state),))
        assert rules.counts_as_used(matter, automatic="fake") is used
