"""Run by Alembic: the history of the cases database."""

from clarity.cases.tables import CasesTable
from clarity.database import run_history

run_history(CasesTable.metadata)
