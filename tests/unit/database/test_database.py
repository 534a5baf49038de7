"""Databases: one per service, migrated, safe under several writers."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from clarity.accounts.tables import AccountsTable
from clarity.audit.tables import AuditTable
from clarity.billing.tables import BillingTable, InboxRow
from clarity.cases.tables import CasesTable
from clarity.customers.tables import CustomersTable
from clarity.database import Database, try_add
from clarity.evidence.tables import EvidenceTable
from clarity.experts.tables import ExpertsTable
from clarity.payments.tables import PaymentsTable
from clarity.promotions.tables import PromotionsTable
from clarity.reports.tables import ReportsTable
from clarity.scans.tables import ScansTable
from clarity.webhooks.tables import WebhooksTable

SERVICES = {
    "clarity.accounts": AccountsTable,
    "clarity.audit": AuditTable,
    "clarity.billing": BillingTable,
    "clarity.cases": CasesTable,
    "clarity.customers": CustomersTable,
    "clarity.evidence": EvidenceTable,
    "clarity.experts": ExpertsTable,
    "clarity.payments": PaymentsTable,
    "clarity.promotions": PromotionsTable,
    "clarity.reports": ReportsTable,
    "clarity.scans": ScansTable,
    "clarity.webhooks": WebhooksTable,
}


@pytest.fixture(params=SERVICES)
def package(request):
    return request.param


@pytest.fixture
def database(package, database_url):
    database = Database(database_url(package.rpartition(".")[2]), package=package)
    database.upgrade()
    yield database
    database.close()


def test_history_makes_exactly_the_tables_of_the_service(database, package):
    database.upgrade()
    tables = SERVICES[package].metadata
    found = set(inspect(database.engine).get_table_names())
    assert found == set(tables.tables) | {"alembic_version"}
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables) == []


def test_services_share_no_metadata():
    names = [name for table in SERVICES.values() for name in table.metadata.tables]
    assert len(names) == len(set(names))


def test_a_failed_transaction_leaves_nothing(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/a/scans.sqlite", package="clarity.scans")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
    with pytest.raises(RuntimeError), database.write() as session:  # noqa: PT012
        session.execute(text("INSERT INTO t VALUES (1)"))
        raise RuntimeError
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM t")).scalar_one() == 0


def test_sqlite_is_durable_and_keeps_references(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/r.sqlite", package="clarity.reports")
    database.upgrade()
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("INSERT INTO report_image VALUES (99, 'x', 'y')"))


def test_writers_queue_and_lose_no_update(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/r.sqlite", package="clarity.scans")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
        session.execute(text("INSERT INTO t VALUES (0)"))

    def count():
        for _ in range(20):
            with database.write() as session:
                n = session.execute(text("SELECT n FROM t")).scalar_one()
                session.execute(text("UPDATE t SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(text("SELECT n FROM t")).scalar_one() == 80


def test_several_processes_may_migrate_at_once(tmp_path):
    """Each its own engine; Alembic's context is per process, so this runs real processes."""
    import subprocess
    import sys

    code = (
        "from clarity.database import Database;"
        f"Database('sqlite:///{tmp_path}/m.sqlite', package='clarity.scans').upgrade()"
    )
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(240) for process in running] == [0, 0, 0]


def test_the_victim_of_a_deadlock_is_tried_again(database_url, request):
    """Two transactions take two rows in opposite order, at one moment."""
    if "sqlite" in request.node.name:
        pytest.skip("writers queue there: no deadlock can be made")
    database = Database(database_url("scans"), package="clarity.scans")
    with database.write() as session:
        session.execute(text("CREATE TABLE t (k INTEGER PRIMARY KEY, n INTEGER) ENGINE=InnoDB"))
        session.execute(text("INSERT INTO t VALUES (1, 0), (2, 0)"))
    met, tries = threading.Barrier(2, timeout=20), []

    def add(first, second):
        def work(session):
            session.execute(text("UPDATE t SET n = n + 1 WHERE k = :k"), {"k": first})
            tries.append(first)
            if tries.count(first) == 1:
                met.wait()
            session.execute(text("UPDATE t SET n = n + 1 WHERE k = :k"), {"k": second})

        database.repeat(work)

    threads = [threading.Thread(target=add, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(text("SELECT n FROM t")).scalars().all() == [2, 2]
    assert len(tries) == 3, "one of them was the victim, once"
    database.close()


def test_of_two_rows_with_one_key_the_second_is_not_added_and_the_work_goes_on(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/b.sqlite", package="clarity.billing")
    database.upgrade()
    with database.write() as session:
        assert try_add(session, InboxRow(number=1))
    with database.write() as session:
        assert not try_add(session, InboxRow(number=2), InboxRow(number=1))
        assert try_add(session, InboxRow(number=3))
    with database.read() as session:
        assert sorted(session.exec(select(InboxRow.number)).all()) == [1, 3]
