"""The lock under which everything of one account is decided."""

from sqlmodel import Session, select

from clarity.database import try_add
from clarity.payments.tables import PayerRow


def lock_payer(session: Session, account: str) -> PayerRow:
    """The payer's row, made where there is none, held until the transaction ends."""
    query = select(PayerRow).where(PayerRow.account_id == account).with_for_update()
    newest = {"populate_existing": True}
    row = session.exec(query, execution_options=newest).first()
    if row is not None:
        return row
    # Another transaction may make it at the same moment: then theirs is taken.
    try_add(session, PayerRow(account_id=account))
    return session.exec(query, execution_options=newest).one()
