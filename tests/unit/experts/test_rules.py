"""Who gets a review, and how experts do."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.experts.messages import Competence
from clarity.experts.rules import (
    Candidate,
    Need,
    Record,
    choose,
    may_take,
    new_pseudonym,
    performance,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNTS = list(string.ascii_lowercase[:8])
fields = st.frozensets(st.sampled_from(list(Competence)), max_size=4)
candidates = st.lists(
    st.builds(
        Candidate,
        account=st.sampled_from(ACCOUNTS),
        fields=fields,
        available=st.booleans(),
        load=st.integers(0, 4),
        capacity=st.integers(1, 4),
        last_assigned=st.none() | st.datetimes(timezones=st.just(UTC)),
        conflicts=st.frozensets(st.sampled_from(ACCOUNTS), max_size=2),
    ),
    unique_by=lambda one: one.account,
)
needs = st.builds(
    Need,
    customer=st.sampled_from(ACCOUNTS),
    required=fields,
    useful=fields,
    excluded=st.frozensets(st.sampled_from(ACCOUNTS), max_size=3),
)


@given(candidates, needs, st.integers(0, 4))
def test_only_those_who_may_are_chosen_and_as_many_as_there_are(known, need, count):
    chosen = choose(known, need, count)
    able = [one for one in known if may_take(one, need)]
    assert len(chosen) == min(count, len(able))
    for one in chosen:
        assert one.account != need.customer
        assert need.customer not in one.conflicts
        assert one.account not in need.excluded
        assert need.required <= one.fields
        assert one.available
        assert one.load < one.capacity


@given(candidates, needs, st.integers(0, 4), st.randoms())
def test_the_choice_depends_on_no_order(known, need, count, random):
    shuffled = list(known)
    random.shuffle(shuffled)
    assert choose(known, need, count) == choose(shuffled, need, count)


def one(account, **more):
    return Candidate(account=account, fields=frozenset({Competence.IMAGES}), **more)


def test_competence_then_load_then_patience():
    need = Need(customer="x", useful=frozenset({Competence.FACE_SWAP}))
    fitting = Candidate(account="z", fields=frozenset({Competence.FACE_SWAP}), load=2)
    busy, idle = one("a", load=1, capacity=2), one("b", load=1, capacity=4)
    waiting, recent = one("d"), one("c", last_assigned=NOW)
    chosen = choose([busy, recent, idle, waiting, fitting], need, 5)
    assert [c.account for c in chosen] == ["z", "d", "c", "b", "a"]


def test_pseudonyms_say_nothing_and_are_easily_read():
    names = {new_pseudonym() for _ in range(200)}
    assert len(names) > 195
    assert all(len(name) == 12 and not set("01IO") & set(name) for name in names)


def record(hours=10.0, due=24.0, **more):
    submitted = None if hours is None else NOW + timedelta(hours=hours)
    return Record(
        assigned_at=NOW, due_at=NOW + timedelta(hours=due), submitted_at=submitted, **more
    )


def test_figures_count_what_they_say():
    told = performance(
        "Expert X",
        [
            record(10, decision="fake", other="fake", settled="fake", truth="fake"),
            record(20, decision="fake", other="real", settled="fake", truth="real"),
            record(30, decision="real"),
            record(None, vacated="declined"),
            record(None, vacated="overdue"),
            record(None, live=True),
        ],
    )
    assert (told.assigned, told.open, told.submitted) == (6, 1, 3)
    assert (told.declined, told.overdue) == (1, 1)
    assert told.median_hours == 20
    assert told.in_time == pytest.approx(2 / 3)
    assert told.agreement_with_reviewer == 0.5
    assert told.agreement_with_settled == 1
    assert told.agreement_with_truth == 0.5


def test_nothing_counted_is_nothing_and_not_zero():
    told = performance("Expert X", [record(None, live=True)])
    assert told.median_hours is None
    assert told.in_time is None
    assert told.agreement_with_reviewer is None
