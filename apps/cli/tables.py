"""What the command line prints."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from apps.cli.outcome import Outcome
from apps.model_cards import ModelCard
from apps.wording import DECISIONS, MANIPULATIONS, duration, footprint, percent
from clarity.labels import Label
from clarity.reports.messages import Footprint, Report

STYLES = {
    Label.REAL: "green",
    Label.SUSPICIOUS: "yellow",
    Label.FAKE: "bold red",
    Label.NOT_APPLICABLE: "dim",
}


def outcomes_table(outcomes: Sequence[Outcome]) -> Table:
    """One row per item: decision, probability, and the reason or what to do.

    Below stands what the scans took that were made for it: an answer from an earlier scan
    takes next to nothing.
    """
    table = Table(header_style="bold", expand=False, caption=_taken(outcomes))
    table.add_column("Item", overflow="fold")
    table.add_column("Decision", no_wrap=True)
    table.add_column("P(fake)", justify="right", no_wrap=True)
    table.add_column("Faces", justify="right", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column("Why", overflow="fold", ratio=1)
    for outcome in outcomes:
        table.add_row(*_row(outcome))
    return table


def _row(outcome: Outcome) -> tuple[RenderableType, ...]:
    item = Text(outcome.item)
    if outcome.report is None:
        return item, Text("! Not scanned", style="magenta"), "", "", "", _trouble(outcome)
    report = outcome.report
    decision = DECISIONS[report.label]
    return (
        item,
        Text(f"{decision.mark} {decision.word}", style=STYLES[report.label]),
        "" if report.confidence is None else percent(report.confidence),
        str(len(report.people)),
        "at once" if outcome.instant else duration(_seconds(report)),
        Text(report.reason),
    )


def _taken(outcomes: Sequence[Outcome]) -> Text | None:
    fresh = [o.report.footprint for o in outcomes if o.report and not o.instant]
    known: list[Footprint] = [one for one in fresh if one is not None]
    if not known:
        return None
    words = footprint(sum(one.watt_hours for one in known), sum(one.gco2e for one in known))
    return Text(f"About {words}. {known[0].basis}.")


def _seconds(report: Report) -> float:
    return sum(time.seconds for time in report.times)


def _trouble(outcome: Outcome) -> Text:
    if outcome.problem is None:
        return Text("The service gave neither a report nor a reason.")
    return Text(f"{outcome.problem.detail}\n{outcome.problem.hint}")


def trouble(message: str, hint: str) -> Panel:
    """An error with what to do about it."""
    return Panel(Group(Text(message, style="bold"), Text(hint)), border_style="magenta")


def models_table(cards: Sequence[ModelCard]) -> Table:
    """One row per deployed model."""
    table = Table(header_style="bold")
    for title in ("Name", "Release", "What it is", "AUC", "Real called Fake"):
        table.add_column(title, overflow="fold")
    for card in cards:
        table.add_row(
            card.name,
            card.release,
            card.title,
            _figure(card, "overall.auc", "{:.3f}"),
            _figure(card, "overall.false_fake_rate", "{:.1%}"),
        )
    return table


def _figure(card: ModelCard, name: str, template: str) -> str:
    if name not in card.figures:
        return "not measured"
    return template.format(card.figures[name]).replace("%", " %")


def model_card(card: ModelCard) -> Panel:
    """One card in full."""
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(card).items():
        facts.add_row(Text(name, style="dim"), Text(value))
    learned = [
        Text(f"  {s.name}, {MANIPULATIONS.get(s.manipulation, s.manipulation)}: {s.terms}")
        for s in card.training_data
    ]
    figures = [Text(f"  {name}: {value:.4g}") for name, value in card.figures.items()]
    parts: list[RenderableType] = [
        Text(card.technique),
        facts,
        _section("Its limits", [Text(f"  {limit}") for limit in card.limits]),
        _section("Measured", figures),
        _section("What it learned from", learned),
    ]
    return Panel(Group(*parts), title=f"{card.title} ({card.name})", title_align="left")


def _facts(card: ModelCard) -> dict[str, str]:
    facts = {
        "Release": card.release,
        "Architecture": card.architecture,
        "Described in": card.paper,
        "Licence": card.licence,
        "Precision": card.precision,
    }
    return {name: value for name, value in facts.items() if value}


def _section(title: str, lines: Sequence[Text]) -> Group:
    return Group(Text(f"\n{title}", style="bold"), *(lines or [Text("  nothing stated")]))
