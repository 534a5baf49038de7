"""`dvc repro` as a person types it: the stages of dvc.yaml, run by DVC itself.

Preparation alone is told to do without Ray, which has its own test on a real cluster.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from data.digest import content_digest
from data.manifest import COLUMNS
from data.shards import read_set
from tests.unit.data.making import face, picture

ROOT = Path(__file__).parents[3]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout with the code that the stages name, and a dataset of four pictures."""
    folder = tmp_path / "checkout"
    quiet = {"check": True, "capture_output": True}
    subprocess.run(["git", "init", folder], **quiet)
    for name in ("data", "clarity"):
        leave = shutil.ignore_patterns("releases", "__pycache__", "versions")
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    stages = (ROOT / "dvc.yaml").read_text()
    (folder / "dvc.yaml").write_text(stages.replace("data prepare ", "data prepare --plain "))
    shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("tmp", "cache"))
    (folder / "pool").mkdir()
    made = [picture(folder / "pool" / f"{n}.png", face(7 * n)) for n in range(4)]
    lines = [f"{m.path.name},0,none,studio,made by the test,{m.key},train,image" for m in made]
    text = "\n".join([",".join(COLUMNS), *lines]) + "\n"
    (folder / "pool" / "manifest.csv").write_text(text)
    return folder


def repro(repository: Path) -> str:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",
        "DVC_SITE_CACHE_DIR": str(repository.parent / "site"),
        "DVC_GLOBAL_CONFIG_DIR": str(repository.parent / "global"),
    }
    done = subprocess.run(
        ["dvc", "repro"],
        cwd=repository,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_stages_run_once_and_again_only_when_something_changed(repository: Path) -> None:
    first = repro(repository)
    assert "Running stage 'prepare'" in first
    assert "Running stage 'report'" in first
    prepared = repository / "var" / "prepared" / "pool"
    assert read_set(prepared).counts["crops"] == 4
    assert read_set(prepared).digest == content_digest(prepared)
    assert "<html" in (repository / "var" / "reports" / "pool.html").read_text()
    written = yaml.safe_load((repository / "dvc.lock").read_text())
    assert set(written["stages"]) == {"prepare", "report"}

    assert "Running stage" not in repro(repository)

    # the report alone depends on how it looks
    (repository / "data" / "report" / "page.py").open("a").write("\n")
    again = repro(repository)
    assert "Running stage 'report'" in again
    assert "Running stage 'prepare'" not in again
