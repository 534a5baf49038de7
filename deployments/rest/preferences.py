"""The `Prefer` header (RFC 7240), of which `wait` is understood."""

import re

_WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(;.*)?", re.IGNORECASE)


def wait_seconds(prefer: str | None, longest: float) -> float | None:
    """Seconds the client is ready to wait, at most `longest`; None when it did not say.

    As the RFC asks, what is not understood is passed over, and the first of several counts.
    """
    for preference in (prefer or "").split(","):
        if match := _WAIT.fullmatch(preference):
            return min(float(match[1]), longest)
    return None
