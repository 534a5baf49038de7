"""Where the command line keeps its logins: one token per service, readable by its owner only."""

import json
import os
from pathlib import Path

from apps.credentials import Credentials

KEY_VARIABLE = "CLARITY_API_KEY"


def path() -> Path:
    """The file of tokens, below `XDG_CONFIG_HOME` or `~/.config`."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "clarity" / "credentials.json"


def credentials(url: str) -> Credentials:
    """As whom to call a service: with CLARITY_API_KEY, else with the login, else as a stranger."""
    return Credentials(os.environ.get(KEY_VARIABLE) or _read().get(url, ""))


def keep(url: str, token: str) -> None:
    """Keep the token of a login at a service."""
    _write({**_read(), url: token})


def forget(url: str) -> None:
    """Forget the login at a service."""
    _write({known: token for known, token in _read().items() if known != url})


def _read() -> dict[str, str]:
    try:
        found = json.loads(path().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(tokens: dict[str, str]) -> None:
    path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made unreadable for others before anything is in it, and put in place whole.
    new = path().with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(tokens, file)
    new.replace(path())
