"""Run by Alembic: the history of the billing database."""

from clarity.billing.tables import BillingTable
from clarity.database import run_history

run_history(BillingTable.metadata)
