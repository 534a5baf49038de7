"""The front desk: use cases that look at passwords, which must not happen in a transaction.

A hash takes a tenth of a second and 64 MiB; the database is held only before and after it.
"""

from collections.abc import Callable

from sqlmodel import Session

from clarity.accounts import attempts, keys, second_factor, service, sessions
from clarity.accounts.messages import (
    Account,
    Confirmation,
    Login,
    Opened,
    PasswordReset,
    Proof,
    SecondFactor,
    SignUp,
)
from clarity.accounts.passwords import Passwords
from clarity.accounts.rules import (
    KEY_PREFIX,
    AccountRules,
    check_password,
    keyed_digest,
    may_enter_as,
    normal_email,
)
from clarity.accounts.second_factor import Seal
from clarity.accounts.service import (
    CONFIRM,
    RESET,
    LoginRefused,
    NotConfirmed,
    SecondFactorNeeded,
    WrongDoor,
)
from clarity.accounts.sessions import Identity
from clarity.accounts.tables import AccountRow
from clarity.clock import Clock, now
from clarity.database import Database


class Desk:
    """Where people come in. Safe to share between threads; every method blocks.

    Args:
        database: of the account service.
        secret: of the installation: keys digests, seals second factors.
        page: address of the page that links in letters lead to.
        rules: of accounts.
        passwords: the hasher.
        clock: tells the time.
    """

    def __init__(
        self,
        database: Database,
        *,
        secret: str,
        page: str,
        rules: AccountRules | None = None,
        passwords: Passwords | None = None,
        clock: Clock = now,
    ) -> None:
        self.database = database
        self.clock = clock
        self.rules = rules or AccountRules()
        self._secret = secret
        self._seal = Seal(secret)
        self._page = page.rstrip("/")
        self._passwords = passwords or Passwords()

    def sign_up(self, wanted: SignUp) -> None:
        """Take a sign-up in; what comes of it is told by mail only.

        Raises:
            WeakPassword: it may not be used.
        """
        email, password = normal_email(wanted.email), wanted.password.get_secret_value()
        check_password(password, email)
        hashed = self._passwords.hash(password)
        self.database.repeat(
            lambda session: service.sign_up(
                session,
                email,
                hashed,
                training_consent=wanted.training_consent,
                now=self.clock(),
                rules=self.rules,
                page=self._page,
            )
        )

    def send_confirmation(self, email: str) -> None:
        """Write again to an address that waits to be confirmed."""
        self._write_to(email, service.send_confirmation)

    def forgot_password(self, email: str) -> None:
        """Write to the owner of an account how to set a new password."""
        self._write_to(email, service.forgot_password)

    def confirm(self, given: Confirmation, *, replaces: str = "") -> Opened:
        """Confirm an address and log in.

        Raises:
            LinkOver: the letter's link is not good.
            LoginLocked, LoginRefused: as at `log_in`.
        """
        token = given.token.get_secret_value()
        with self.database.read() as session:
            row = service.owner(session, token, CONFIRM, now=self.clock())
        self._check_password(row.email, given.password.get_secret_value(), row)
        self.database.repeat(
            lambda session: service.confirm(session, token, now=self.clock(), rules=self.rules)
        )
        return self._open(row.id, replaces)

    def log_in(self, given: Login, *, replaces: str = "") -> Opened:
        """Open a session.

        Args:
            given: what the person typed.
            replaces: the token that the client had before; that session ends.

        Raises:
            LoginLocked: too many failures; the same for addresses without an account.
            LoginRefused: no such account, or a wrong password: nobody can tell which.
            NotConfirmed, AccountSuspended, SecondFactorNeeded, WrongDoor: only after the
                right password.
        """
        email = normal_email(given.email)
        with self.database.read() as session:
            row = service.find(session, email)
        self._check_password(email, given.password.get_secret_value(), row)
        assert row is not None
        if row.confirmed_at is None:
            raise NotConfirmed("This e-mail address is not confirmed yet.")
        sessions.need_active(row)
        self._check_code(row, given.code.get_secret_value() if given.code else None)
        if not may_enter_as(given.role, service.describe(row).role):
            raise WrongDoor(f"This account is not one of an {given.role.value}.")
        self._renew_hash(row, given.password.get_secret_value())
        return self._open(row.id, replaces)

    def reset_password(self, given: PasswordReset) -> Account:
        """Set a new password with a letter's link; every session ends.

        Raises:
            LinkOver: the link is not good.
            WeakPassword: the password may not be used; the link stays good.
        """
        token, password = given.token.get_secret_value(), given.password.get_secret_value()
        with self.database.read() as session:
            email = service.owner(session, token, RESET, now=self.clock()).email
        check_password(password, email)
        hashed = self._passwords.hash(password)
        with self.database.write() as session:
            row = service.reset_password(
                session, token, hashed, now=self.clock(), attempt_key=self._attempt_key(email)
            )
            return service.describe(row)

    def change_password(self, who: Identity, current: str, new: str) -> None:
        """Set another password; every other session ends. Raises as `prove`."""
        with self.database.read() as session:
            row = service.get(session, who.account_id)
        self._check_password(row.email, current, row)
        check_password(new, row.email)
        hashed = self._passwords.hash(new)
        with self.database.write() as session:
            service.set_password(session, service.get(session, who.account_id), hashed)
            sessions.end_all(session, who.account_id, but=who.session_id)

    def prove(self, who: Identity, proof: Proof) -> None:
        """Check the password, and the code where there is a second factor, once more.

        Raises:
            LoginLocked, LoginRefused, SecondFactorNeeded: as at `log_in`.
        """
        with self.database.read() as session:
            row = service.get(session, who.account_id)
        self._check_password(row.email, proof.password.get_secret_value(), row)
        self._check_code(row, proof.code.get_secret_value() if proof.code else None)

    def begin_second_factor(self, who: Identity) -> SecondFactor:
        """A new secret; it counts from `confirm_second_factor` on."""
        secret = second_factor.new_secret()
        with self.database.write() as session:
            row = service.get(session, who.account_id)
            if row.totp_confirmed_at is not None:
                raise SecondFactorNeeded(
                    "There is a second factor already.", hint="Switch it off before a new one."
                )
            row.totp_sealed, row.totp_step = self._seal.close(secret), 0
            return SecondFactor(secret=secret, uri=second_factor.uri(secret, row.email))

    def confirm_second_factor(self, who: Identity, code: str) -> Account:
        """Switch the second factor on; raises `SecondFactorNeeded` for a wrong code."""
        with self.database.write() as session:
            row = service.get(session, who.account_id)
            self._use_code(row, code)
            row.totp_confirmed_at = row.totp_confirmed_at or self.clock()
            sessions.end_all(session, row.id, but=who.session_id)
            return service.describe(row)

    def drop_second_factor(self, who: Identity, proof: Proof) -> Account:
        """Switch the second factor off; raises as `prove`."""
        self.prove(who, proof)
        with self.database.write() as session:
            row = service.get(session, who.account_id)
            row.totp_sealed = row.totp_confirmed_at = None
            return service.describe(row)

    def identify(self, token: str) -> Identity:
        """Who comes with a session's token or an API key.

        Raises:
            SessionOver: it is not good.
            AccountSuspended: the account is suspended.
        """
        moment = self.clock()
        if not token.startswith(KEY_PREFIX):
            with self.database.read() as session:
                return sessions.identify(session, token, now=moment)
        with self.database.read() as session:
            identity, row = keys.identify(session, token, now=moment)
        if keys.is_use_stale(row, moment):
            with self.database.write() as session:
                keys.note_use(session, row.id, now=moment)
        return identity

    def digest(self, purpose: str, value: str) -> str:
        """Recognises a value again without keeping it."""
        return keyed_digest(self._secret, purpose, value)

    def _write_to(self, email: str, what: Callable[..., None]) -> None:
        with self.database.write() as session:
            what(session, normal_email(email), now=self.clock(), rules=self.rules, page=self._page)

    def _check_password(self, email: str, password: str, row: AccountRow | None) -> None:
        key = self._attempt_key(email)
        self._count(key)
        if not self._passwords.matches(password, row.password_hash if row else None):
            raise LoginRefused("This e-mail address and password do not belong together.")
        self.database.repeat(lambda session: attempts.forgive(session, key))

    def _count(self, key: str) -> None:
        self.database.repeat(
            lambda session: attempts.count(session, key, now=self.clock(), rules=self.rules)
        )

    def _check_code(self, row: AccountRow, code: str | None) -> None:
        if row.totp_confirmed_at is None:
            return
        if not code:
            raise SecondFactorNeeded("This account has a second factor.")
        key = self._attempt_key(f"code of {row.id}")
        self._count(key)

        def use(session: Session) -> None:
            self._use_code(service.get(session, row.id), code)
            attempts.forgive(session, key)

        self.database.repeat(use)

    def _use_code(self, row: AccountRow, code: str) -> None:
        step = None
        if row.totp_sealed is not None:
            secret = self._seal.open(row.totp_sealed)
            step = second_factor.accepted_step(secret, code, now=self.clock(), after=row.totp_step)
        if step is None:
            raise SecondFactorNeeded("This code is wrong, too old, or was used already.")
        row.totp_step = step

    def _renew_hash(self, row: AccountRow, password: str) -> None:
        if not self._passwords.is_outdated(row.password_hash):
            return
        hashed = self._passwords.hash(password)
        with self.database.write() as session:
            service.get(session, row.id).password_hash = hashed

    def _open(self, account_id: str, replaces: str) -> Opened:
        def start(session: Session) -> Opened:
            row = service.get(session, account_id)
            sessions.need_active(row)
            token, opened = sessions.start(
                session, row, now=self.clock(), rules=self.rules, replaces=replaces
            )
            account = service.describe(row)
            return Opened(token=token, expires_at=opened.expires_at, account=account)

        return self.database.repeat(start)

    def _attempt_key(self, email: str) -> str:
        return self.digest("login attempts", email)
