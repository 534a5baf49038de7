"""What administrators do to accounts and addresses. Flushed here, committed by the caller."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from clarity.accounts import keys, service, sessions
from clarity.accounts.messages import Ban, ManagedAccount, Role
from clarity.accounts.tables import AccountRow, BanRow


def search(session: Session, email: str) -> Sequence[AccountRow]:
    """Accounts whose address begins so; at most fifty."""
    query = (
        select(AccountRow)
        .where(col(AccountRow.email).startswith(email, autoescape=True))
        .order_by(col(AccountRow.email))
        .limit(50)
    )
    return session.exec(query).all()


def describe(row: AccountRow) -> ManagedAccount:
    """The account as an administrator sees it."""
    return ManagedAccount(
        **service.describe(row).model_dump(),
        confirmed=row.confirmed_at is not None,
        suspended_at=row.suspended_at,
        suspension_reason=row.suspension_reason,
    )


def suspend(session: Session, account_id: str, reason: str, *, now: datetime) -> AccountRow:
    """Shut an account out until it is restored; its sessions end at once."""
    row = service.get(session, account_id)
    row.suspended_at, row.suspension_reason = now, reason
    sessions.end_all(session, account_id)
    session.flush()
    return row


def restore(session: Session, account_id: str) -> AccountRow:
    row = service.get(session, account_id)
    row.suspended_at = row.suspension_reason = None
    session.flush()
    return row


def set_role(session: Session, account_id: str, role: Role) -> AccountRow:
    """Change what an account may do; whoever is logged in with it must do so again."""
    row = service.get(session, account_id)
    row.role = role.value
    sessions.end_all(session, account_id)
    session.flush()
    return row


def set_plan(session: Session, account_id: str, plan: str) -> AccountRow:
    """Change what an account has paid for; called by billing and by administrators."""
    row = service.get(session, account_id)
    row.plan = plan
    session.flush()
    return row


def drop_second_factor(session: Session, account_id: str) -> AccountRow:
    """For owners who lost their phone and proved who they are; ends sessions and keys."""
    row = service.get(session, account_id)
    row.totp_sealed = row.totp_confirmed_at = None
    row.totp_step = 0
    sessions.end_all(session, account_id)
    keys.revoke_all(session, account_id)
    session.flush()
    return row


def active(session: Session, role: Role) -> list[AccountRow]:
    """Accounts of a role that are not suspended."""
    query = select(AccountRow).where(
        AccountRow.role == role.value, col(AccountRow.suspended_at).is_(None)
    )
    return list(session.exec(query).all())


def ban(session: Session, digest: str, reason: str, *, now: datetime, hours: int) -> Ban:
    """Turn an address away for some hours; a second ban replaces the first."""
    session.exec(delete(BanRow).where(col(BanRow.digest) == digest))
    row = BanRow(digest=digest, reason=reason, created_at=now, until=now + timedelta(hours=hours))
    session.add(row)
    session.flush()
    return _ban(row)


def lift_ban(session: Session, digest: str) -> None:
    session.exec(delete(BanRow).where(col(BanRow.digest) == digest))


def bans(session: Session, *, now: datetime) -> list[Ban]:
    """Bans that hold, newest first; those that are over are forgotten."""
    query = select(BanRow).where(col(BanRow.until) > now).order_by(col(BanRow.created_at).desc())
    return [_ban(row) for row in session.exec(query)]


def sweep_bans(session: Session, *, now: datetime) -> None:
    session.exec(delete(BanRow).where(col(BanRow.until) <= now))


def _ban(row: BanRow) -> Ban:
    return Ban(digest=row.digest, reason=row.reason, created_at=row.created_at, until=row.until)
