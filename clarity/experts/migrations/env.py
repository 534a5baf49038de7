"""Run by Alembic: the history of the experts database."""

from clarity.database import run_history
from clarity.experts.tables import ExpertsTable

run_history(ExpertsTable.metadata)
