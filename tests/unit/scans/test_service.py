"""The queue of scans: durable, leased, fair, never twice."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from clarity.database import Database
from clarity.scans import leases, places, service
from clarity.scans.leases import LeaseLost
from clarity.scans.messages import Problem, ScanState, Stage
from clarity.scans.places import FreeLaneFull
from clarity.scans.rules import CUSTOMERS, FREE_LANE, Priority, QueueRules, request_digest
from clarity.scans.service import KeyReused, Order, ScanNotFound

START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = QueueRules(lease=timedelta(seconds=10), attempts=3, free_waiting=3)
LATER = START + timedelta(seconds=11)


@pytest.fixture
def database(database_url):
    database = Database(database_url("scans"), package="clarity.scans")
    database.upgrade()
    yield database
    database.close()


def order(name="a", **more):
    digest = request_digest(name)
    return Order(**{"source": name, "request_digest": digest, "media_digest": digest, **more})


def accept(database, *orders, now=START, rules=RULES):
    ids = []
    for number, item in enumerate(orders):
        with database.write() as session:
            moment = now + timedelta(milliseconds=number)
            ids.append(service.accept(session, item, now=moment, rules=rules).id)
    return ids


def lease(database, now=START + timedelta(seconds=1)):
    with database.write() as session:
        return leases.lease(session, now=now, rules=RULES)


def test_rows_are_taken_by_priority_then_age(database):
    free, older, newer = accept(
        database,
        order("free"),
        order("older", priority=Priority.CUSTOMER),
        order("newer", priority=Priority.CUSTOMER),
    )
    assert [lease(database).id for _ in range(3)] == [older, newer, free]
    assert lease(database) is None


def test_identifiers_cannot_be_guessed(database):
    ids = accept(database, order("a"), order("b"))
    assert all(len(i) == 24 for i in ids)
    assert ids[0][:6] != ids[1][:6]


def test_an_expired_lease_is_taken_again_and_the_first_holder_is_shut_out(database):
    (scan_id,) = accept(database, order())
    dead = lease(database)
    assert lease(database) is None, "held"
    alive = lease(database, LATER + timedelta(seconds=1))
    assert alive.id == scan_id
    assert alive.attempts == 2
    with pytest.raises(LeaseLost), database.write() as session:
        leases.complete(session, scan_id, dead.lease, panel_digest="p", now=LATER)
    with database.write() as session:
        leases.complete(session, scan_id, alive.lease, panel_digest="p", now=LATER)
    with pytest.raises(LeaseLost), database.write() as session:
        leases.complete(session, scan_id, alive.lease, panel_digest="p", now=LATER)


def test_heartbeats_keep_the_lease_and_tell_the_stage(database):
    (scan_id,) = accept(database, order())
    row = lease(database)
    with database.write() as session:
        leases.heartbeat(
            session, scan_id, row.lease, stage=Stage.FACES, fraction=0.5, now=LATER, rules=RULES
        )
    assert lease(database, LATER + timedelta(seconds=5)) is None
    with database.read() as session:
        shown = service.describe(service.get(session, scan_id), None)
    assert (shown.state, shown.stage, shown.fraction) == (ScanState.RUNNING, Stage.FACES, 0.5)
    with pytest.raises(LeaseLost), database.write() as session:
        leases.heartbeat(
            session, scan_id, "other", stage=Stage.FACES, fraction=1, now=LATER, rules=RULES
        )


def test_a_scan_that_kills_its_workers_fails_and_lets_the_others_pass(database):
    poison, healthy = accept(database, order("poison"), order("healthy"))
    now = START + timedelta(seconds=1)
    for attempt in range(RULES.attempts):
        assert lease(database, now).id == poison, f"attempt {attempt}"
        now += timedelta(seconds=11)
    assert lease(database, now).id == healthy
    with database.read() as session:
        shown = service.describe(service.get(session, poison), None)
    assert shown.state == ScanState.FAILED
    assert shown.problem.type == "/problems/scan-crashed"
    assert "3 times" in shown.problem.detail
    assert shown.problem.hint


def test_given_back_scans_wait_and_only_crashes_count(database):
    (scan_id,) = accept(database, order())
    for crashed, attempts in ((False, 0), (True, 1)):
        row = lease(database)
        with database.write() as session:
            leases.give_back(session, scan_id, row.lease, until=START, crashed=crashed)
        with database.read() as session:
            assert service.get(session, scan_id).attempts == attempts
    row = lease(database)
    with database.write() as session:
        leases.give_back(session, scan_id, row.lease, until=LATER, crashed=True)
    assert lease(database) is None, "not before its time"
    assert lease(database, LATER).id == scan_id


def test_the_same_media_are_not_judged_by_two_workers_at_once(database):
    first, second = accept(database, order("one"), order("one"))
    row = lease(database)
    assert row.id == first
    assert lease(database) is None
    with database.write() as session:
        leases.complete(session, first, row.lease, panel_digest="p", now=START)
    assert lease(database).id == second


def test_one_idempotency_key_is_one_scan(database):
    ids = accept(database, *[order(idempotency_key="k")] * 3)
    assert len(set(ids)) == 1
    with pytest.raises(KeyReused):
        accept(database, order("other", idempotency_key="k"))


def test_one_idempotency_key_is_one_scan_under_a_race(database):
    ids, barrier = [], threading.Barrier(4)

    def send():
        barrier.wait()
        ids.extend(accept(database, order(idempotency_key="k")))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_the_free_lane_is_bounded_and_holds_nobody_else_up(database):
    accept(database, *[order(str(n)) for n in range(RULES.free_waiting)])
    with pytest.raises(FreeLaneFull) as caught:
        accept(database, order("one too many"))
    assert caught.value.status == 429
    assert 5 <= caught.value.retry_after <= 300
    accept(database, order("customer", priority=Priority.CUSTOMER))
    (instant,) = accept(database, order("seen before", panel_digest="p"))
    with database.read() as session:
        shown = service.describe(service.get(session, instant), None)
    assert (shown.state, shown.instant) == (ScanState.DONE, True)
    lease(database)
    lease(database)
    accept(database, order("a place is free again"))


def test_a_worker_for_customers_takes_nothing_else(database):
    accept(database, order("free"))
    with database.read() as session:
        assert leases.has_work(session, now=LATER)
        assert not leases.has_work(session, now=LATER, lane=CUSTOMERS)
    with database.write() as session:
        assert leases.lease(session, now=LATER, rules=RULES, lane=CUSTOMERS) is None
    (paid,) = accept(database, order("paid", priority=Priority.CUSTOMER))
    with database.write() as session:
        assert leases.lease(session, now=LATER, rules=RULES, lane=FREE_LANE).id != paid
        assert leases.lease(session, now=LATER, rules=RULES, lane=CUSTOMERS).id == paid


def test_who_waits_is_told_the_place_and_the_time_that_scans_take_of_late(database):
    done, *waiting = accept(database, order("done"), order("first"), order("second"))
    row = lease(database, START)
    with database.write() as session:
        leases.complete(
            session, row.id, row.lease, panel_digest="p", now=START + timedelta(seconds=3)
        )
    (paid,) = accept(database, order("paid", priority=Priority.CUSTOMER), now=LATER)
    with database.read() as session:
        waits = [places.place(session, service.get(session, name)) for name in (*waiting, paid)]
        assert [place.ahead for place in waits] == [1, 2, 0]
        assert [place.seconds for place in waits[:2]] == [6, 9]
        assert places.place(session, service.get(session, done)) is None


def test_failed_scans_keep_their_problem_and_need_no_media(database):
    (scan_id,) = accept(database, order())
    row = lease(database)
    problem = Problem(type="t", title="T", status=422, detail="d", hint="h")
    with database.write() as session:
        assert service.is_wanted(session, row.media_digest)
        leases.fail(session, scan_id, row.lease, problem=problem, now=LATER)
        assert not service.is_wanted(session, row.media_digest)
        assert service.describe(service.get(session, scan_id), None).problem == problem


def test_unknown_scans_are_not_found(database):
    with pytest.raises(ScanNotFound), database.read() as session:
        service.get(session, "x" * 24)


def test_many_workers_take_every_scan_exactly_once(database):
    rules = QueueRules(free_waiting=100)
    ids = accept(database, *[order(str(n)) for n in range(20)], rules=rules)
    taken = []

    def work():
        while row := lease(database):
            taken.append(row.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(ids)
