"""Histories up and down with rows in place, on SQLite and on MariaDB."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from clarity.database import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def move(database_url):
    """Moves a fresh database of a service to a revision."""
    opened = []

    def begin(service):
        database = Database(database_url(service), package=f"clarity.{service}")
        opened.append(database)

        def to(revision, *, down=False):
            with database.engine.begin() as connection:
                config = Config()
                folder = files(database.package) / "migrations"
                config.set_main_option("script_location", str(folder))
                config.attributes["connection"] = connection
                (command.downgrade if down else command.upgrade)(config, revision)
            return database

        return to

    yield begin
    for database in opened:
        database.close()


def test_scans_of_old_get_no_owner_and_keep_everything(move):
    to = move("scans")
    database = to("0001")
    columns = "id, created_at, source, request_digest, priority, state, stage"
    columns += ", fraction, attempts, instant"
    with database.write() as session:
        session.execute(
            text(
                f"INSERT INTO scan ({columns}) "
                "VALUES ('one', :now, 'a.png', 'd', 0, 'queued', 'waiting', 0, 0, 0)"
            ),
            {"now": NOW},
        )
    to("head")
    with database.read() as session:
        query = text("SELECT source, account_id, panel, fleeting FROM scan")
        assert tuple(session.execute(query).one()) == ("a.png", None, "", 0)
    to("0001", down=True)
    with database.read() as session:
        assert session.execute(text("SELECT source FROM scan")).scalar_one() == "a.png"
    names = {column["name"] for column in inspect(database.engine).get_columns("scan")}
    assert not names & {"account_id", "panel", "fleeting"}


@pytest.mark.parametrize("service", ["accounts", "audit", "customers"])
def test_a_history_can_be_taken_back_and_made_again(move, service):
    to = move(service)
    database = to("head")
    made = set(inspect(database.engine).get_table_names())
    if service == "audit":
        with database.write() as session:
            session.execute(text("UPDATE audit_head SET number = 7"))
    to("base", down=True)
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    to("head")
    assert set(inspect(database.engine).get_table_names()) == made
