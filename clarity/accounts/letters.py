"""What the account service writes to people, and the queue in which letters wait.

A letter is stored in the transaction that needs it, so none is lost and none is sent for
something that did not happen; the postman sends it afterwards.
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import delete
from sqlmodel import Session, col, select

from clarity.accounts.tables import LetterRow
from clarity.mail import Letter

HOLD = timedelta(minutes=1)
"""Nobody else takes a letter that was taken so recently."""
LONGEST = timedelta(days=2)
"""A letter that could not be sent for so long is dropped; its link is over too."""


def confirmation(email: str, page: str, token: str) -> Letter:
    return Letter(
        to=email,
        subject="Confirm your e-mail address for Clarity",
        text=(
            "Somebody, hopefully you, signed up for Clarity with this address.\n\n"
            f"To confirm it, open this page and press the button there:\n\n{page}/confirm"
            f"?token={quote(token)}\n\n"
            "The link is good for two days. If it was not you, do nothing: without this step "
            "nobody can use the account.\n"
        ),
    )


def already_there(email: str, page: str) -> Letter:
    return Letter(
        to=email,
        subject="You have a Clarity account already",
        text=(
            "Somebody tried to sign up for Clarity with this address, which has an account.\n\n"
            f"If it was you, log in: {page}/login\nForgot the password? Ask for a new one there."
            "\n\nIf it was not you, nothing needs to be done.\n"
        ),
    )


def new_password(email: str, page: str, token: str) -> Letter:
    return Letter(
        to=email,
        subject="Set a new password for Clarity",
        text=(
            "Somebody, hopefully you, asked for a new password.\n\n"
            f"To set one, open this page:\n\n{page}/reset?token={quote(token)}\n\n"
            "The link is good for one hour and ends every login of the account. If it was not "
            "you, do nothing: your password stays.\n"
        ),
    )


def post(session: Session, letter: Letter, *, now: datetime) -> None:
    """Put a letter into the queue."""
    session.add(
        LetterRow(
            recipient=letter.to,
            subject=letter.subject,
            body=letter.text,
            created_at=now,
            not_before=now,
        )
    )
    session.flush()


def take(session: Session, *, now: datetime) -> LetterRow | None:
    """The oldest letter that is due, held back from others for a minute."""
    session.exec(delete(LetterRow).where(col(LetterRow.created_at) < now - LONGEST))
    query = (
        select(LetterRow)
        .where(col(LetterRow.not_before) <= now)
        .order_by(col(LetterRow.not_before), col(LetterRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.exec(query).first()
    if row is not None:
        row.attempts += 1
        row.not_before = now + HOLD * row.attempts
        session.flush()
    return row


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether `take` would find a letter; takes no lock."""
    query = select(LetterRow.id).where(col(LetterRow.not_before) <= now).limit(1)
    return session.exec(query).first() is not None


def sent(session: Session, letter_id: int) -> None:
    """The letter is on its way: forget it."""
    session.exec(delete(LetterRow).where(col(LetterRow.id) == letter_id))


def withdraw(session: Session, email: str) -> None:
    """Forget every letter to an address."""
    session.exec(delete(LetterRow).where(col(LetterRow.recipient) == email))
