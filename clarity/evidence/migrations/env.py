"""Run by Alembic: the history of the evidence database."""

from clarity.database import run_history
from clarity.evidence.tables import EvidenceTable

run_history(EvidenceTable.metadata)
