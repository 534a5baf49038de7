"""Run by Alembic: the history of the promotions database."""

from clarity.database import run_history
from clarity.promotions.tables import PromotionsTable

run_history(PromotionsTable.metadata)
