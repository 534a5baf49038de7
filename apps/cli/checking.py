"""What `clarity verify` and `clarity replay` do: the library's part of `apps.cli.evidence`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clarity.detectors import registry
from clarity.detectors.artefact import ReleaseMissing
from clarity.errors import ClarityError
from clarity.evidence.chain import Fault
from clarity.evidence.keys import PublicKey, load_or_make
from clarity.evidence.messages import Head, SignedReceipt
from clarity.evidence.seal import open_sealed
from clarity.evidence.verify import (
    RECEIPT_FILE,
    Checked,
    NoKey,
    NotEvidence,
    check,
    media_fault,
    read_keys,
)
from clarity.promotions.shelf import has_promoted, open_shelf
from clarity.scanner.replay import Difference, Find, Replay, replay
from clarity.settings import Settings, load_settings
from clarity.storage import Store

SHOWN = 20
"""Differences that are printed; all of them are in the JSON."""


class FileUnreadable(ClarityError):
    """A file that was named cannot be opened."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "file-unreadable"
    hint = "Check the spelling and the access rights."


def verified(
    file: Path, *, key: Path | None, head: Path | None, report: Path | None, media: Path | None
) -> tuple[Checked, list[Fault]]:
    """A file checked, and all that is wrong with it and with what it is said to belong to.

    Raises:
        ClarityError: it cannot be checked.
    """
    checked = check(
        _read(file),
        _trusted(key),
        head=_head(head) if head else None,
        report=_read(report) if report else None,
    )
    faults = list(checked.faults)
    if media is not None and checked.receipt is not None:
        _read(media)
        faults += filter(None, [media_fault(media, checked.receipt)])
    return checked, faults


def replayed(receipt: Path, *, media: Path | None, releases: Path | None) -> Replay:
    """A verdict computed again from the receipt in a file.

    Raises:
        ClarityError: there is no receipt in it, or the media are not here.
    """
    settings = load_settings()
    recorded = _receipt(receipt).receipt.trace
    packaged = settings.releases or registry.RELEASES
    known = releases or (_on_shelf(settings) if has_promoted(settings) else packaged)
    with tempfile.TemporaryDirectory(prefix="clarity-") as work:
        path = media or Store(settings.store).checkout(recorded.media, Path(work))
        _read(path)
        return replay(recorded, path, releases=known)


def _on_shelf(settings: Settings) -> Find:
    """Finds any release that ever was at work here, besides those that came with the code."""

    def find(name: str, release: str) -> Path:
        shelf = open_shelf(settings)
        try:
            return shelf.folder(name, shelf.named(name, release))
        except ReleaseMissing:
            return (settings.releases or registry.RELEASES) / name / release
        finally:
            shelf.close()

    return find


def checked_document(checked: Checked, faults: list[Fault]) -> dict[str, Any]:
    """What `verified` found, as JSON."""
    return {
        "sound": not faults,
        "kind": checked.kind,
        "faults": [{"where": fault.where, "what": fault.what} for fault in faults],
        "facts": checked.facts,
    }


def replay_document(done: Replay) -> dict[str, Any]:
    """What `replayed` found, as JSON."""
    return {
        "equal": done.equal,
        "differences": _plain(done.differences),
        "around": _plain(done.around),
    }


def print_checked(file: Path, checked: Checked, faults: list[Fault]) -> None:
    """What `verified` found, for a person."""
    console = Console()
    if faults:
        console.print(Text(f"✘ {file} is not as it was signed.", style="bold red"))
        for fault in faults:
            console.print(Text(f"  {fault.where}: {fault.what}"))
    else:
        console.print(Text(f"✔ {file} is as it was signed.", style="green"))
    facts = Table.grid(padding=(0, 2))
    facts.add_row(Text("Kind", style="dim"), Text(checked.kind))
    for name, value in checked.facts.items():
        facts.add_row(Text(name, style="dim"), Text(value, overflow="fold"))
    console.print(facts)


def print_replay(done: Replay) -> None:
    """What `replayed` found, for a person."""
    console = Console()
    if done.equal and done.computed is not None:
        seen = sum(len(person.sightings) for person in done.computed.people)
        words = f"✔ The same, bit for bit: {len(done.computed.frames)} frames, {seen} faces"
        console.print(Text(f"{words}, label {done.computed.label}.", style="green"))
    else:
        console.print(Text("✘ Not the same.", style="bold red"))
        _print_differences(console, done.differences)
    if done.around:
        console.print(Text("Computed elsewhere, or with something else, than then:"))
        _print_differences(console, done.around)


def _trusted(key: Path | None) -> Mapping[str, PublicKey]:
    if key is not None:
        _read(key)
        return read_keys(key)
    own = load_settings().evidence_key_file
    if not own.exists():
        raise NoKey("No --key was given, and this installation has none of its own.")
    public = load_or_make(own).public
    return {public.key_id: public}


def _head(path: Path) -> Head:
    try:
        return Head.model_validate_json(_read(path))
    except ValidationError as error:
        raise NotEvidence(f"{path} is not the head of a log.") from error


def _receipt(path: Path) -> SignedReceipt:
    content = _read(path)
    if content.startswith(b"%PDF-"):
        content = open_sealed(content, {}).attachments.get(RECEIPT_FILE, b"")
    try:
        return SignedReceipt.model_validate_json(content)
    except ValidationError as error:
        raise NotEvidence(f"There is no receipt in {path}.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnreadable(f"{path} cannot be read: {reason}.") from error


def _print_differences(console: Console, differences: tuple[Difference, ...]) -> None:
    for one in differences[:SHOWN]:
        console.print(Text(f"  {one.where}: was {one.recorded}, is {one.found}"))
    if len(differences) > SHOWN:
        console.print(Text(f"  and {len(differences) - SHOWN} more; --json shows them all"))


def _plain(differences: tuple[Difference, ...]) -> list[dict[str, Any]]:
    return [{"where": d.where, "was": d.recorded, "is": d.found} for d in differences]
