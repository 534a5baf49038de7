"""`clarity witness`: keep the heads of an evidence log where its operator cannot change them.

Run it every day on another machine, and publish the file: whoever has a line of it can tell
later whether anything before that line was changed.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from rich.console import Console

from apps.cli.options import Service, connect
from apps.cli.outcome import ExitCode
from apps.cli.tables import trouble
from apps.gateway_client import Gateway, GatewayError
from clarity.clock import now
from clarity.errors import ClarityError
from clarity.evidence.chain import Fault
from clarity.evidence.keys import PublicKey
from clarity.evidence.messages import Head, VerifyingKey
from clarity.evidence.verify import check, read_head, read_keys

_KEYS = TypeAdapter(list[VerifyingKey])


class Witnessed(BaseModel):
    """A line of the file: the head of a log at a moment, and the keys that signed it."""

    model_config = ConfigDict(frozen=True)
    at: datetime
    keys: list[VerifyingKey]
    head: Head


def witness(
    file: Annotated[Path, typer.Argument(help="Heads seen so far; a line is added to it.")],
    *,
    key: Annotated[
        Path | None,
        typer.Option(
            help="Public keys that you trust. Unless told, those of the line before, and at the "
            "first time those of the service.",
            show_default=False,
        ),
    ] = None,
    service: Service = None,
) -> None:
    """Check that a service's evidence log still holds every head seen before; add its newest.

    Exit codes: 0 it does, and the newest head was added; 30 it was changed or cut, and nothing
    was added; 20 it cannot be checked.
    """
    gateway = connect(service)
    try:
        before = _lines(file)
        found, faults = _seen(gateway, before, key)
    except (GatewayError, ClarityError) as error:
        Console(stderr=True).print(trouble(error.message, error.hint))
        raise typer.Exit(ExitCode.NOT_SCANNED) from error
    if faults:
        console = Console(stderr=True, highlight=False)
        console.print("The log is not what it was; nothing was added.", style="bold red")
        for fault in faults:
            console.print(f"  {fault.where}: {fault.what}", markup=False)
        raise typer.Exit(ExitCode.DIFFERS)
    with file.open("a") as out:
        out.write(found.model_dump_json() + "\n")
    count = found.head.signed.entry.sequence if found.head.signed else 0
    words = f"{count} entries, head {found.head.digest}; {len(before)} earlier heads hold."
    Console().print(words, markup=False, highlight=False, soft_wrap=True)


class BadWitness(ClarityError):
    """The file is none of heads."""

    status = 400
    code = "bad-witness"
    hint = "Name the file that this command made, or one that is not there yet."


def _lines(file: Path) -> list[Witnessed]:
    try:
        text = file.read_text() if file.exists() else ""
        return [Witnessed.model_validate_json(line) for line in text.splitlines() if line]
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise BadWitness(f"{file} cannot be read as a file of heads.") from error


def _seen(
    gateway: Gateway, before: list[Witnessed], key: Path | None
) -> tuple[Witnessed, list[Fault]]:
    """The newest head, and all that is wrong with the log that leads to it."""
    listed = _KEYS.validate_json(gateway.ask("GET", "/v1/evidence/keys").content)
    if key is not None:
        trusted = read_keys(key)
    else:
        known = before[-1].keys if before else listed
        trusted = {one.key: PublicKey.read(one.public_key) for one in known}
    log = gateway.ask("GET", "/v1/evidence/log").content
    # The last head fixes all that came before it, and so every head that it was checked against.
    faults = check(log, trusted, head=before[-1].head if before else None).faults
    kept = [one for one in listed if one.key in trusted]
    made = Witnessed(at=now().astimezone(UTC), keys=kept, head=read_head(log))
    return made, list(faults)
