"""The services of people: accounts, records, audit log, experts, cases, webhooks."""

from dataclasses import dataclass
from datetime import timedelta

from clarity.accounts import service as accounts
from clarity.accounts.desk import Desk
from clarity.accounts.passwords import Passwords
from clarity.accounts.rules import AccountRules, normal_email
from clarity.audit import service as audit
from clarity.audit.messages import Action
from clarity.checkout.words import Remark
from clarity.clock import Clock, now
from clarity.customers import service as customers
from clarity.customers.messages import Kind
from clarity.database import Database
from clarity.mail import FolderMailer, Mailer, SmtpMailer
from clarity.settings import Settings


@dataclass(frozen=True, slots=True)
class Members:
    """Attributes:
    desk: of the account service.
    customers: database of the customer's record.
    audit: database of the audit log.
    experts: database of expert management.
    cases: database of requests and disputes.
    webhooks: database of addresses that customers want called.
    mailer: sends letters; None where there is no way to.
    clock: tells the time.
    """

    desk: Desk
    customers: Database
    audit: Database
    experts: Database
    cases: Database
    webhooks: Database
    mailer: Mailer | None
    clock: Clock

    @property
    def accounts(self) -> Database:
        return self.desk.database

    def note(self, action: Action, *, actor: str = "", subject: str = "", detail: str = "") -> None:
        """Write a line into the audit log."""
        with self.audit.write() as session:
            audit.append(
                session, action, actor=actor, subject=subject, detail=detail, now=self.clock()
            )

    def record(
        self, account_id: str, kind: Kind, subject: str, words: str, *, once_key: str = ""
    ) -> None:
        """Write down what happened to a customer."""
        with self.customers.write() as session:
            customers.record(
                session,
                account_id,
                kind,
                subject=subject,
                words=words,
                now=self.clock(),
                once_key=once_key,
            )

    def witness(self, remark: Remark) -> None:
        """Write down what happened with an account's money; nothing of one that was erased."""
        with self.accounts.read() as session:
            if not accounts.exists(session, remark.account):
                return
        self.record(
            remark.account,
            Kind.PAYMENT,
            remark.subject,
            remark.words,
            once_key=remark.once_key,
        )

    @property
    def databases(self) -> tuple[Database, ...]:
        return (
            self.accounts,
            self.customers,
            self.audit,
            self.experts,
            self.cases,
            self.webhooks,
        )

    def upgrade(self) -> None:
        """Bring the databases to the newest revision."""
        for database in self.databases:
            database.upgrade()

    def ping(self) -> None:
        """Raise `sqlalchemy.exc.SQLAlchemyError` unless every database answers."""
        for database in self.databases:
            database.ping()

    def close(self) -> None:
        for database in self.databases:
            database.close()


def open_members(
    settings: Settings, *, passwords: Passwords | None = None, clock: Clock = now
) -> Members:
    """The services of an installation. Connects to nothing yet.

    Raises:
        BadMailAddress: the setting of the mail server cannot be read.
    """
    desk = Desk(
        Database(settings.database("accounts"), package="clarity.accounts"),
        secret=settings.secret_key.get_secret_value(),
        page=settings.page,
        rules=account_rules(settings),
        passwords=passwords,
        clock=clock,
    )
    return Members(
        desk=desk,
        customers=Database(settings.database("customers"), package="clarity.customers"),
        audit=Database(settings.database("audit"), package="clarity.audit"),
        experts=Database(settings.database("experts"), package="clarity.experts"),
        cases=Database(settings.database("cases"), package="clarity.cases"),
        webhooks=Database(settings.database("webhooks"), package="clarity.webhooks"),
        mailer=open_mailer(settings),
        clock=clock,
    )


def account_rules(settings: Settings) -> AccountRules:
    """The rules of accounts as an installation sets them."""
    return AccountRules(
        session=timedelta(days=settings.session_days),
        administrators=frozenset(normal_email(email) for email in settings.administrators),
    )


def open_mailer(settings: Settings) -> Mailer | None:
    """How letters leave: by SMTP, into a folder in development, or not at all."""
    if url := settings.smtp_url.get_secret_value():
        return SmtpMailer(url, sender=settings.mail_from)
    if settings.environment == "development":
        return FolderMailer(settings.home / "mail", sender=settings.mail_from)
    return None
