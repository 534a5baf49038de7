"""The lock under which everything of one account is decided."""

from contextlib import suppress

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from clarity.payments.tables import PayerRow


def lock_payer(session: Session, account: str) -> PayerRow:
    """The payer's row, made where there is none, held until the transaction ends."""
    query = select(PayerRow).where(PayerRow.account_id == account).with_for_update()
    newest = {"populate_existing": True}
    row = session.exec(query, execution_options=newest).first()
    if row is not None:
        return row
    with suppress(IntegrityError), session.begin_nested():
        # Another transaction may make it at the same moment: then theirs is taken.
        session.add(PayerRow(account_id=account))
        session.flush()
    return session.exec(query, execution_options=newest).one()
