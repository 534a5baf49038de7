"""Run by Alembic: the history of the accounts database."""

from clarity.accounts.tables import AccountsTable
from clarity.database import run_history

run_history(AccountsTable.metadata)
