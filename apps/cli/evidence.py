"""`clarity verify` and `clarity replay`: check what was given out, compute it again.

Both work without the service.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from apps.cli.outcome import ExitCode
from apps.cli.tables import trouble
from clarity.errors import ClarityError

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        help="Public keys that you trust: the saved answer of /v1/evidence/keys, or PEM. Unless "
        "told, the key of this installation.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def verify(
    file: Annotated[Path, typer.Argument(help="A receipt, a report PDF, or a log.")],
    *,
    key: KeyFile = None,
    head: Annotated[
        Path | None,
        typer.Option(help="Head of the log that you kept: shows that nothing was cut off since."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="report.json that a receipt is said to belong to.")
    ] = None,
    media: Annotated[
        Path | None, typer.Option(help="File that is said to be the one that was judged.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a receipt, a report PDF or a log offline: whose it is, and that nothing was changed.

    Exit codes: 0 it is as it was signed; 30 it is not; 20 it cannot be checked.
    """
    # loading the library takes a moment that other commands must not pay
    from apps.cli import checking

    try:
        checked, faults = checking.verified(file, key=key, head=head, report=report, media=media)
    except ClarityError as error:
        raise _refused(error) from error
    if as_json:
        Console().print_json(data=checking.checked_document(checked, faults))
    else:
        checking.print_checked(file, checked, faults)
    raise typer.Exit(ExitCode.DIFFERS if faults else 0)


def replay(
    receipt: Annotated[Path, typer.Argument(help="A receipt, or a report PDF with one in it.")],
    *,
    media: Annotated[
        Path | None,
        typer.Option(help="The file that was judged; unless told, it is taken from the store."),
    ] = None,
    releases: Annotated[
        Path | None, typer.Option(help="Folder of releases; unless told, that of the settings.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute a verdict again from its receipt and say what is not the same, bit for bit.

    Exit codes: 0 all the same; 30 something differs, or is no longer what it was; 20 it cannot
    be computed. Whether the receipt is genuine is the question of `clarity verify`.
    """
    from apps.cli import checking

    try:
        done = checking.replayed(receipt, media=media, releases=releases)
    except ClarityError as error:
        raise _refused(error) from error
    if as_json:
        Console().print_json(data=checking.replay_document(done))
    else:
        checking.print_replay(done)
    raise typer.Exit(0 if done.equal else ExitCode.DIFFERS)


def _refused(error: ClarityError) -> typer.Exit:
    Console(stderr=True).print(trouble(error.message, error.hint))
    return typer.Exit(ExitCode.NOT_SCANNED)
