"""What made a release: digests of its code, data, settings and environment."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clarity.detectors.artefact import digest
from clarity.detectors.card import Provenance
from data.items import Item

if TYPE_CHECKING:
    from train.recipe import Phase

RUN_FILE = "run.json"
PROJECT = Path(__file__).parents[1]


def code_digest() -> str:
    """SHA-256 over the Python files of the library, the data readers and the training code."""
    seen = hashlib.sha256()
    for package in ("clarity", "data", "train"):
        for path in sorted((PROJECT / package).rglob("*.py")):
            seen.update(str(path.relative_to(PROJECT)).encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()


def commit() -> str:
    """Commit that is checked out, with "+changes" where files differ; "" outside a repository."""
    head = _git("rev-parse", "HEAD")
    return head + ("+changes" if head and _git("status", "--porcelain") else "")


def settings_digest(phases: "Sequence[Phase]") -> str:
    """SHA-256 over every number of a recipe's phases.

    What is None is left out, so that a new option leaves the digests of older recipes alone.
    """
    settings = json.dumps([_stated(asdict(phase)) for phase in phases], sort_keys=True)
    return hashlib.sha256(settings.encode()).hexdigest()


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _stated(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }


def environment() -> list[str]:
    """Python, the kind of processor, and every installed distribution with its version."""
    installed = sorted({f"{each.name.lower()}=={each.version}" for each in distributions()})
    machine = [f"python=={platform.python_version()}", f"machine=={platform.machine()}"]
    return machine + installed


def environment_digest() -> str:
    """SHA-256 over `environment`."""
    return hashlib.sha256("\n".join(environment()).encode()).hexdigest()


def items_digest(items: Sequence[Item]) -> str:
    """SHA-256 over what was measured on: each item's facts and the bytes of its file, in order."""
    seen = hashlib.sha256()
    for item in items:
        facts = [item.key, item.fake, item.manipulation, item.source, item.group]
        seen.update(json.dumps([*facts, digest(item.path)]).encode())
    return seen.hexdigest()


def note_session(
    run: Path, recipe: str, *, seed: int, held_out: Sequence[str], imagenet: bool
) -> None:
    """Write into a run's folder that training begins, or goes on, with the code of today."""
    before = read_sessions(run)
    # a run that began before sessions were written down has one whose code nobody knows
    unknown = [""] if before is None and run.is_dir() and any(run.iterdir()) else []
    commits = [*(before.commits if before else unknown), commit()]
    told = Provenance(
        recipe=recipe,
        seed=seed,
        commits=commits,
        held_out=sorted(held_out),
        imagenet=imagenet,
        went_on_from=before.went_on_from if before else "",
        averaged=before.averaged if before else [],
    )
    _write(run, told)


def note_adoption(run: Path, recipe: str, release: str) -> None:
    """Write into a run's folder that it goes on from a release's parameters."""
    told = Provenance(
        recipe=recipe, seed=None, commits=[], held_out=[], imagenet=False, went_on_from=release
    )
    _write(run, told)


def note_average(run: Path, recipe: str, parts: Sequence[tuple[Path, str]]) -> None:
    """Write into a run's folder that its parameters are the mean of others'.

    Args:
        parts: (folder of a run, its phase), in the order of the mean; one may be there twice.
    """
    told = [made for part, _ in dict(parts).items() if (made := read_sessions(part))]
    seeds = {made.seed for made in told}
    began = {made.went_on_from for made in told} - {""}
    _write(
        run,
        Provenance(
            recipe=recipe,
            seed=seeds.pop() if len(seeds) == 1 else None,
            commits=list(dict.fromkeys(commit for made in told for commit in made.commits)),
            held_out=sorted({source for made in told for source in made.held_out}),
            imagenet=any(made.imagenet for made in told),
            went_on_from=", ".join(sorted(began)),
            averaged=[f"{part.name}:{phase}" for part, phase in parts],
        ),
    )


def _write(run: Path, told: Provenance) -> None:
    run.mkdir(parents=True, exist_ok=True)
    (run / RUN_FILE).write_text(told.model_dump_json(indent=1) + "\n")


def read_sessions(run: Path) -> Provenance | None:
    """What `note_session` wrote; None where it never did."""
    path = run / RUN_FILE
    return Provenance.model_validate_json(path.read_text()) if path.is_file() else None


def _git(*arguments: str) -> str:
    try:
        asked = subprocess.run(
            ["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return asked.stdout.strip()
