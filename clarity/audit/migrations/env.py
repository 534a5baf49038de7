"""Run by Alembic: the history of the audit database."""

from clarity.audit.tables import AuditTable
from clarity.database import run_history

run_history(AuditTable.metadata)
