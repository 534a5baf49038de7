"""Run by Alembic: the history of the webhooks database."""

from clarity.database import run_history
from clarity.webhooks.tables import WebhooksTable

run_history(WebhooksTable.metadata)
