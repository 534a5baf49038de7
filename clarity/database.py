"""One database per service: engine, transactions, migrations.

SQLite in a file by default; `mysql+pymysql://` in production. A service gives its own
metadata and its own Alembic history, so that no table ever lands in a neighbour's database.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, SQLModel

BUSY_MILLISECONDS = 15_000
"""How long a SQLite connection waits for another writer."""
DEADLOCKS = frozenset({1020, 1205, 1213})
"""MariaDB: the row has changed, the lock took too long, this is a deadlock's victim."""
DEADLOCK_PAUSES = (0.01, 0.03, 0.1, 0.3)
"""Seconds before each new try."""

T = TypeVar("T")


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC with microseconds, whatever the database can hold."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value and value.replace(tzinfo=UTC)


class Database:
    """A service's database.

    Args:
        url: SQLAlchemy URL.
        package: of the service, such as `clarity.scans`; its folder `migrations` holds the
            Alembic history.
    """

    def __init__(self, url: str, *, package: str) -> None:
        self.package = package
        self.engine = build_engine(url)
        self._reader = self.engine.execution_options(sqlite_begin="BEGIN")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def repeat(self, work: Callable[[Session], T]) -> T:
        """Do `work` in a transaction of its own; again where a deadlock undid it.

        MariaDB breaks a deadlock by rolling one transaction back, and expects that one to try
        again. `work` must do nothing but read and write in its session.
        """
        for pause in DEADLOCK_PAUSES:
            try:
                with self.write() as session:
                    return work(session)
            except OperationalError as error:
                if not _is_deadlock(error):
                    raise
                # Not all at the same moment again.
                time.sleep(pause * (1 + random.random()))  # noqa: S311 - no secret
        with self.write() as session:
            return work(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads, beside any writer."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    def ping(self) -> None:
        """Raise `sqlalchemy.exc.SQLAlchemyError` if the database does not answer."""
        with self._reader.connect() as connection:
            connection.execute(text("SELECT 1"))

    def upgrade(self) -> None:
        """Bring the tables to the newest revision; safe when several processes do it at once."""
        # Imported here: it costs half a second, and replicas find their tables made.
        from alembic import command
        from alembic.config import Config

        with self.engine.begin() as connection, _alone(connection, self.package):
            config = Config()
            config.set_main_option("script_location", str(files(self.package) / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def scrub(self) -> None:
        """Take what was deleted out of the files too, after a person was erased.

        SQLite's log of writes still has old pages until it is cut; where a reader holds it
        open, the next call or the next full log does so. Servers purge by themselves.
        """
        if self.engine.dialect.name == "sqlite":
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        self.engine.dispose()


def try_add(session: Session, *rows: SQLModel) -> bool:
    """Add rows at once; False, with nothing added, where they break a constraint of the tables.

    So of two transactions that add a row of the same key at the same moment one learns that the
    other was faster, and its own goes on.
    """
    try:
        with session.begin_nested():
            session.add_all(rows)
            session.flush()
    except IntegrityError:
        return False
    return True


def run_history(metadata: MetaData) -> None:
    """Body of every `migrations/env.py`: run the revisions on the connection handed over."""
    from alembic import context

    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transaction_per_migration=False,
    )
    context.run_migrations()


def build_engine(url: str) -> Engine:
    """Engine of a database.

    Errors tell their statement without its values, which may be anybody's address or a link.
    SQLite: write-ahead log, full synchronisation (an accepted scan survives a power cut),
    foreign keys, and writers that queue instead of failing. Others: connections are checked
    before use, and reads see what is committed.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_recycle=1800,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.orig, "args", (None,))[0] in DEADLOCKS


def _prepare_sqlite(connection: Any, record: Any) -> None:  # noqa: ARG001
    # The driver must not open transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Deleted rows are overwritten: erasing a person must not leave them in the file.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer half-way cannot wait for
    # the lock (SQLITE_BUSY_SNAPSHOT), it can only fail.
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
    connection.exec_driver_sql(begin)


@contextmanager
def _alone(connection: Connection, name: str) -> Iterator[None]:
    """Hold off other migrators; on SQLite the write lock already does."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.execute(text("SELECT GET_LOCK(:name, 60)"), {"name": name})
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
