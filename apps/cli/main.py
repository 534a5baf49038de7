"""`clarity`: scan pictures and videos, start the service, read cards, log in, make keys."""

import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from apps.cli import evidence, members, tables, witness
from apps.cli.items import expand
from apps.cli.options import Service, connect
from apps.cli.outcome import EXIT_CODES, ExitCode, NotReady, Outcome, Scanner, exit_code
from apps.cli.remote import remote_scanner
from apps.gateway_client import GatewayError
from apps.models_client import Models
from apps.progress import done
from apps.scans_client import Scans
from apps.wording import STAGES
from clarity.scans.messages import Stage

app = typer.Typer(
    help="Clarity tells whether an image or a video of a person is a deepfake, and shows why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.command(epilog=EXIT_CODES)
def scan(
    items: Annotated[
        list[str],
        typer.Argument(metavar="PATH|URL|FOLDER...", help="What to scan.", show_default=False),
    ],
    *,
    local: Annotated[
        bool, typer.Option("--local", help="Scan in this process; no service is needed.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a table.")
    ] = False,
    service: Service = None,
) -> None:
    """Scan images, videos, addresses, or everything below a folder."""
    found = expand(items)
    if not found:
        raise typer.BadParameter("there are no pictures or videos in there")
    try:
        scanner = _local() if local else remote_scanner(Scans(connect(service)))
        outcomes = _scan_all(scanner, found)
    except (GatewayError, NotReady) as error:
        _complain(error, local=local)
        raise typer.Exit(ExitCode.NOT_SCANNED) from error
    if as_json:
        _print_json(outcomes)
    else:
        Console().print(tables.outcomes_table(outcomes))
    raise typer.Exit(exit_code(outcomes))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def up(context: typer.Context) -> None:
    """Start the service and the page; options are passed on (try `clarity up --help`)."""
    command = [sys.executable, "-m", "deployments.up", *context.args]
    os.execv(sys.executable, command)  # noqa: S606, a shell is what must not be there


@app.command()
def models(
    name: Annotated[
        str | None, typer.Argument(help="Show the card of this model.", show_default=False)
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    service: Service = None,
) -> None:
    """List the deployed models, or show one model's card."""
    deployed = Models(connect(service))
    try:
        cards = deployed.cards() if name is None else [deployed.card(name)]
    except GatewayError as error:
        _complain(error)
        raise typer.Exit(ExitCode.NOT_SCANNED) from error
    if as_json:
        sys.stdout.write(json.dumps([card.model_dump() for card in cards], indent=2) + "\n")
    else:
        Console().print(tables.models_table(cards) if name is None else tables.model_card(cards[0]))


app.command()(evidence.verify)
app.command()(evidence.replay)
app.command()(witness.witness)
app.command()(members.login)
app.command()(members.logout)
app.command()(members.whoami)
app.add_typer(members.keys, name="keys")


def _local() -> Scanner:
    # Loading the detectors takes seconds; asking a service must not pay for that.
    from apps.cli.local import deployed_panel, local_scanner

    with Console(stderr=True).status("Loading the detectors"):
        return local_scanner(deployed_panel())


def _scan_all(scanner: Scanner, items: Sequence[str]) -> list[Outcome]:
    """Outcomes of all items, with a progress bar on standard error."""
    outcomes: list[Outcome] = []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=len(items))
        for number, item in enumerate(items):

            def notify(stage: Stage, part: float, before: int = number, name: str = item) -> None:
                words = f"{name}: {STAGES[stage].lower()}"
                bar.update(task, completed=before + done(stage, part), description=words)

            outcomes.append(scanner(item, notify))
            bar.update(task, completed=number + 1)
    return outcomes


def _print_json(outcomes: Sequence[Outcome]) -> None:
    document = {
        "exit_code": int(exit_code(outcomes)),
        "items": [outcome.model_dump(mode="json") for outcome in outcomes],
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _complain(error: GatewayError | NotReady, *, local: bool = True) -> None:
    hint = error.hint
    if isinstance(error, GatewayError) and error.code == "unreachable" and not local:
        hint += " Or scan without a service: add --local."
    Console(stderr=True).print(tables.trouble(error.message, hint))


def main() -> None:
    """Entry point of the `clarity` command."""
    app()
