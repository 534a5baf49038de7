"""Pure decisions of customer management."""

import csv
import io
from collections.abc import Iterable

from clarity.customers.messages import Activity

COLUMNS = ("at", "kind", "subject", "words")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(activities: Iterable[Activity]) -> str:
    """Activities as CSV (RFC 4180). A cell that a spreadsheet would run is made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for activity in activities:
        values = (activity.at.isoformat(), activity.kind.value, activity.subject, activity.words)
        writer.writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in values])
    return out.getvalue()
