"""Run by Alembic: the history of the customers database."""

from clarity.customers.tables import CustomersTable
from clarity.database import run_history

run_history(CustomersTable.metadata)
