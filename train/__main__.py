"""`python -m train`: fit a recipe, release it, evaluate it, tell what it costs."""

import typer

from clarity import memory
from clarity.errors import ClarityError
from train.commands import (
    experiments,
    launching,
    measuring,
    releases,
    reproduce,
    showing,
    timing,
    training,
)
from train.commands.console import console

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

for command in (
    training.fit,
    training.adopt,
    training.average,
    launching.launch,
    launching.on,
    launching.tune,
    launching.throughput,
    training.release,
    timing.timing,
    measuring.evaluate,
    measuring.report,
    measuring.compare,
    measuring.attack,
    measuring.pointing,
    releases.promote,
    releases.rollback,
    releases.consented,
    reproduce.reproduce,
    experiments.loso,
    experiments.baselines,
    experiments.worth,
    experiments.continual,
    showing.forge,
    showing.cost,
):
    app.command()(command)
app.command(name="releases")(releases.list_releases)


def main() -> None:
    memory.keep_freed()
    try:
        app()
    except ClarityError as error:
        console.print(f"[red]{error.message}[/red]\n{error.hint}")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
