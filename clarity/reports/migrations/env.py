"""Run by Alembic: the history of the reports database."""

from clarity.database import run_history
from clarity.reports.tables import ReportsTable

run_history(ReportsTable.metadata)
