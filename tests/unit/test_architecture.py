"""Promises of the whole tree: errors help, imports are quiet, the README is true."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import clarity
from clarity.errors import ClarityError

ROOT = Path(__file__).parents[2]
HEAVY = ("tensorflow", "jax", "openvino", "ray", "fastapi", "streamlit", "yt_dlp", "sklearn")


def modules() -> list[str]:
    found = pkgutil.walk_packages(clarity.__path__, "clarity.")
    training_only = ("clarity.metrics", "clarity.detectors.architectures")
    return [
        module.name
        for module in found
        if not module.name.startswith(training_only) and not module.name.endswith("__main__")
    ]


def errors() -> list[type[ClarityError]]:
    for name in modules():
        importlib.import_module(name)
    found, todo = [], [ClarityError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo += kind.__subclasses__()
    return [kind for kind in found if kind.__module__.startswith("clarity.")]


def test_every_error_has_a_code_of_its_own_a_status_and_a_hint():
    kinds = errors()
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert 400 <= kind.status < 600, kind
        assert kind.hint.strip().endswith((".", "`", ")")) or "http" in kind.hint, kind
        assert len(kind.hint) > 15, kind


@pytest.mark.parametrize(
    "package", ["clarity", "clarity.scanner.pipeline", "clarity.scans.service"]
)
def test_importing_the_library_loads_nothing_heavy_and_prints_nothing(package):
    program = f"import sys, {package}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_readme_names_every_folder():
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()
    folders = {path.split("/")[0] for path in tracked if "/" in path}
    readme = (ROOT / "README.md").read_text()
    missing = [name for name in folders if not name.startswith(".") and f"`{name}/`" not in readme]
    assert missing == []


def test_the_lock_file_is_hashed_and_names_no_host():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = [line for line in lines if line and line[0].isalnum()]
    assert len(pinned) > 100
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not any(line.lstrip().startswith(("--index", "--extra", "--find")) for line in lines)
    assert not any("://" in line for line in lines)
