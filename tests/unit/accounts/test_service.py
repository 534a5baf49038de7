"""Accounts on SQLite and on MariaDB: races, cascades, letters, clocks."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlmodel import select

from clarity.accounts import administration, keys, letters, service, sessions
from clarity.accounts.attempts import LoginLocked
from clarity.accounts.desk import Desk
from clarity.accounts.messages import Confirmation, KeyOrder, Login, Role, Scope, SignUp
from clarity.accounts.passwords import Passwords
from clarity.accounts.postman import Postman
from clarity.accounts.rules import (
    AccountRules,
    WeakPassword,
    check_password,
    lock_after,
    may_enter_as,
)
from clarity.accounts.service import LinkOver, LoginRefused
from clarity.accounts.tables import AccountRow, AccountsTable, LetterRow
from clarity.database import Database
from clarity.mail import MailFailed

START = datetime(2026, 1, 1, tzinfo=UTC)
RULES = AccountRules()
PASSWORD = "correct horse battery"
CHEAP = Passwords(memory_kibibytes=64, rounds=1, lanes=1)


@pytest.fixture
def database(database_url):
    database = Database(database_url("accounts"), package="clarity.accounts")
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def desk(database):
    return Desk(
        database, secret="s" * 32, page="http://page/", passwords=CHEAP, clock=lambda: START
    )


def sign_up(desk, email="ann@example.org", password=PASSWORD):
    desk.sign_up(SignUp(email=email, password=SecretStr(password)))


def token_of(desk):
    with desk.database.read() as session:
        body = session.exec(select(LetterRow.body).order_by(LetterRow.id.desc())).first()
    return body.partition("token=")[2].split()[0]


def member(desk, email="ann@example.org"):
    sign_up(desk, email)
    given = Confirmation(token=SecretStr(token_of(desk)), password=SecretStr(PASSWORD))
    return desk.confirm(given)


def login(password=PASSWORD, email="Ann@Example.org"):
    return Login(email=email, password=SecretStr(password))


def together(work, count=6):
    """Run `work` in several threads at one moment; gives results and errors."""
    barrier, results = threading.Barrier(count), []

    def run():
        barrier.wait()
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_same_address_signed_up_at_one_moment_is_one_account(desk):
    assert together(lambda: sign_up(desk)) == [None] * 6
    with desk.database.read() as session:
        assert len(session.exec(select(AccountRow)).all()) == 1


def test_a_link_is_good_for_one_of_several_at_one_moment(desk):
    sign_up(desk)
    given = Confirmation(token=SecretStr(token_of(desk)), password=SecretStr(PASSWORD))
    results = together(lambda: desk.confirm(given), count=4)
    assert len([r for r in results if not isinstance(r, Exception)]) == 1
    lost = [r for r in results if isinstance(r, Exception)]
    assert [type(r) for r in lost] == [LinkOver] * 3, lost


def test_guesses_at_one_moment_are_counted_one_by_one(desk):
    member(desk)
    results = together(lambda: desk.log_in(login("wrong password")), count=10)
    kinds = [type(result) for result in results]
    assert kinds.count(LoginRefused) == RULES.free_failures
    assert kinds.count(LoginLocked) == 10 - RULES.free_failures


def test_a_right_password_forgets_failures_and_case_of_the_address_does_not_matter(desk):
    member(desk)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(LoginRefused):
                desk.log_in(login("wrong password"))
        assert desk.log_in(login()).account.email == "ann@example.org"


def test_secrets_are_stored_as_digests_only(desk):
    opened = member(desk)
    order = KeyOrder(name="k", scopes=frozenset({Scope.SCAN}))
    with desk.database.write() as session:
        key = keys.make(session, opened.account.id, order, now=START)
    with desk.database.engine.connect() as connection:
        for table in AccountsTable.metadata.sorted_tables:
            text = str(connection.execute(table.select()).fetchall())
            for secret in (PASSWORD, opened.token, key.key):
                assert secret not in text, table.name
    assert desk.identify(key.key).scopes == {Scope.SCAN}
    assert desk.identify(opened.token).scopes is None


def test_erasing_takes_everything_along(desk):
    opened = member(desk)
    other = member(desk, "bob@example.org")
    order = KeyOrder(name="k", scopes=frozenset(Scope))
    with desk.database.write() as session:
        keys.make(session, opened.account.id, order, now=START)
        service.forgot_password(
            session, "ann@example.org", now=START, rules=RULES, page="http://page"
        )
    with desk.database.write() as session:
        service.erase(session, opened.account.id)
    with desk.database.engine.connect() as connection:
        for table in AccountsTable.metadata.sorted_tables:
            text = str(connection.execute(table.select()).fetchall())
            assert "ann@" not in text, table.name
            assert opened.account.id not in text, table.name
    assert desk.identify(other.token).account_id == other.account.id


def test_what_has_run_out_is_swept(desk):
    sign_up(desk, "never@example.org")
    opened = member(desk)
    with pytest.raises(LoginRefused):
        desk.log_in(login("wrong password"))
    late = START + timedelta(days=30)
    with desk.database.write() as session:
        service.sweep(session, now=late, rules=RULES)
        assert service.find(session, "never@example.org") is None
        assert sessions.listed(session, opened.account.id, now=START) == []
        assert service.find(session, "ann@example.org") is not None


def test_suspension_role_and_plan(desk):
    account = member(desk).account.id
    with desk.database.write() as session:
        administration.suspend(session, account, "why", now=START)
        assert administration.describe(service.get(session, account)).suspension_reason == "why"
        administration.restore(session, account)
        assert administration.set_role(session, account, Role.EXPERT).role == "expert"
        assert administration.set_plan(session, account, "pro").plan == "pro"
        assert [row.id for row in administration.search(session, "ann")] == [account]
        assert administration.search(session, "%") == []


def test_letters_wait_until_they_are_sent_and_are_then_forgotten(desk):
    sign_up(desk)
    moment = [START]
    taken = []

    class Flaky:
        def send(self, letter):
            taken.append(letter)
            if len(taken) == 1:
                raise MailFailed("down")

    postman = Postman(desk.database, Flaky(), clock=lambda: moment[0])
    with pytest.raises(MailFailed):
        postman.send_one()
    assert not postman.send_one(), "held back for a while"
    moment[0] += timedelta(minutes=2)
    assert postman.send_one()
    assert not postman.send_one()
    assert taken[0] == taken[1]
    assert taken[0].to == "ann@example.org"


def test_a_letter_is_taken_by_one_postman(desk):
    for number in range(4):
        sign_up(desk, f"p{number}@example.org")

    def take():
        with desk.database.write() as session:
            row = letters.take(session, now=START)
            return row.id if row else None

    found = together(take, count=4)
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "aaaabbbbaaaa", "ann@example.org", "a" * 9]
)
def test_weak_passwords_are_refused(password):
    with pytest.raises(WeakPassword):
        check_password(password, "ann@example.org")


def test_locks_grow_and_are_bounded():
    assert lock_after(4, RULES) is None
    seconds = [lock_after(n, RULES).total_seconds() for n in (5, 6, 7, 100, 10**6)]
    assert seconds == [30, 60, 120, 900, 900]


def test_only_experts_and_administrators_pass_the_experts_door():
    assert may_enter_as(Role.CUSTOMER, Role.EXPERT)
    assert may_enter_as(Role.EXPERT, Role.ADMINISTRATOR)
    assert not may_enter_as(Role.EXPERT, Role.CUSTOMER)
    assert not may_enter_as(Role.ADMINISTRATOR, Role.EXPERT)
