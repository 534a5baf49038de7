"""Run by Alembic: the history of the scans database."""

from clarity.database import run_history
from clarity.scans.tables import ScansTable

run_history(ScansTable.metadata)
