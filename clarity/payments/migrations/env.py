"""Run by Alembic: the history of the payments database."""

from clarity.database import run_history
from clarity.payments.tables import PaymentsTable

run_history(PaymentsTable.metadata)
