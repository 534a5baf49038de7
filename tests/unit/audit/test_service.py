"""The audit log: in a chain, under several writers, and honest about what was changed."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from clarity.audit import service
from clarity.audit.messages import Action
from clarity.database import Database

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(database_url):
    database = Database(database_url("audit"), package="clarity.audit")
    database.upgrade()
    yield database
    database.close()


def write(database, count=3):
    for number in range(count):
        with database.write() as session:
            service.append(
                session, Action.LOGIN, actor="a", subject=f"s{number}", detail="d", now=NOW
            )


def verify(database):
    with database.read() as session:
        return service.verify(session)


def test_lines_follow_one_another(database):
    assert verify(database).whole
    write(database)
    found = verify(database)
    assert (found.whole, found.entries) == (True, 3)
    with database.read() as session:
        lines = service.latest(session)
        assert [line.number for line in lines] == [3, 2, 1]
        assert lines[0].previous == lines[1].digest
        assert found.digest == lines[0].digest
        assert [line.number for line in service.latest(session, subject="s1")] == [2]
        assert [line.number for line in service.latest(session, before=3, limit=1)] == [2]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE audit_entry SET detail = 'x' WHERE number = 2", 2),
        ("UPDATE audit_entry SET actor = 'x' WHERE number = 1", 1),
        ("DELETE FROM audit_entry WHERE number = 2", 2),
        ("DELETE FROM audit_entry WHERE number = 3", 3),
    ],
)
def test_a_change_is_found(database, change, broken):
    write(database)
    with database.write() as session:
        session.execute(text(change))
    found = verify(database)
    assert not found.whole
    assert found.first_broken == broken


def test_a_log_that_was_forged_whole_has_another_digest(database):
    write(database)
    kept = verify(database).digest
    with database.write() as session:
        session.execute(text("DELETE FROM audit_entry"))
        session.execute(text(f"UPDATE audit_head SET number = 0, digest = '{'0' * 64}'"))
    write(database, 2)
    assert verify(database).whole
    assert verify(database).digest != kept


def test_several_writers_make_one_chain(database):
    threads = [threading.Thread(target=write, args=(database, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(database)
    assert (found.whole, found.entries) == (True, 20)
