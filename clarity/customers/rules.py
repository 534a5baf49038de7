"""Pure decisions of customer management."""

from collections.abc import Iterable

from clarity import spreadsheet
from clarity.customers.messages import Activity

COLUMNS = ("at", "kind", "subject", "words")


def as_csv(activities: Iterable[Activity]) -> str:
    """Activities as CSV."""
    return spreadsheet.as_csv(
        COLUMNS,
        ((one.at.isoformat(), one.kind.value, one.subject, one.words) for one in activities),
    )
