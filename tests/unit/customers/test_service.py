"""The customer's record: once, filtered, paged, erased."""

from datetime import UTC, datetime, timedelta

import pytest

from clarity.customers import service
from clarity.customers.messages import Kind
from clarity.customers.rules import as_csv
from clarity.customers.service import Filters
from clarity.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def database(database_url):
    database = Database(database_url("customers"), package="clarity.customers")
    database.upgrade()
    with database.write() as session:
        for number, kind in enumerate(Kind):
            service.record(
                session,
                "a",
                kind,
                subject=f"s{number}",
                words=f"{kind.value} happened: 100% of {number}",
                now=NOW + timedelta(days=number),
            )
        service.record(session, "b", Kind.SCAN, subject="s", words="of another", now=NOW)
    yield database
    database.close()


def found(database, **filters):
    with database.read() as session:
        return [a.kind for a in service.every(session, "a", Filters(**filters))]


def test_filters(database):
    kinds = list(Kind)
    assert found(database) == kinds[::-1]
    assert found(database, kinds=[Kind.SCAN, Kind.REPORT]) == [Kind.REPORT, Kind.SCAN]
    day = timedelta(days=1)
    assert found(database, since=NOW + day, until=NOW + 3 * day) == kinds[1:3][::-1]
    assert found(database, text="s2") == [kinds[2]]
    assert found(database, text="100% of 4") == [kinds[4]]
    assert found(database, text="100_ of") == []


def test_pages_follow_without_gap_or_repetition(database):
    seen, after = [], ""
    for _ in range(10):
        with database.read() as session:
            page = service.page(session, "a", Filters(), after=after, limit=2)
        seen += page.activities
        if page.next is None:
            break
        after = page.next
    assert [a.kind for a in seen] == list(Kind)[::-1]


def test_what_is_recorded_twice_with_one_key_happened_once(database):
    for account in ("a", "a", "b"):
        with database.write() as session:
            service.record(
                session, account, Kind.PAYMENT, subject="p", words="w", now=NOW, once_key="k"
            )
    assert found(database, text="w", kinds=[Kind.PAYMENT]).count(Kind.PAYMENT) == 1


def test_erasing_one_account_leaves_the_others(database):
    with database.write() as session:
        service.erase(session, "a")
    assert found(database) == []
    with database.read() as session:
        assert len(service.page(session, "b", Filters()).activities) == 1


def test_a_spreadsheet_runs_nothing_of_a_csv_file(database):
    with database.write() as session:
        service.record(
            session, "c", Kind.SCAN, subject="=1+1", words='@SUM(A1) "quoted", more', now=NOW
        )
        rows = as_csv(service.every(session, "c", Filters()))
    assert rows.splitlines()[1].endswith(""",scan,'=1+1,"'@SUM(A1) ""quoted"", more\"""")
