"""`python -m data`: prepare a dataset, report what is in it, version it, look for poison."""

import typer
from rich.console import Console

from clarity.errors import ClarityError
from data.commands import poison, prepare, report, versions

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(prepare.prepare)
app.command()(report.report)
app.command()(poison.poison)
app.command()(versions.version)
app.command()(versions.versions)
app.command()(versions.restore)
app.command()(versions.remote)


def main() -> None:
    try:
        app()
    except ClarityError as error:
        Console().print(f"[red]{error.message}[/red]\n{error.hint}")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
