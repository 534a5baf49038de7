"""`python -m data`: prepare datasets for training."""

import typer
from rich.console import Console

from clarity.errors import ClarityError
from data.commands import prepare

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(prepare.prepare)


@app.callback()
def _commands() -> None:
    """Keeps the name of the command in the call while there is only one."""


def main() -> None:
    try:
        app()
    except ClarityError as error:
        Console().print(f"[red]{error.message}[/red]\n{error.hint}")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
