"""Preparation on a real Ray cluster of its own, by the command that a person types.

By its name it comes first in this folder: the other tests share a running Clarity, and two
clusters at once are slow on two cores.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from data.blocks import BLOCK_WEIGHT
from data.digest import content_digest
from data.manifest import COLUMNS, read_manifest
from data.preparation import plainly, prepare
from data.reading import crops, rejects
from data.shards import read_set
from data.stages import Settings
from tests.unit.data.making import face, faceless, film, picture, truncated

ROOT = Path(__file__).parents[2]
PICTURES = 3 * BLOCK_WEIGHT
SECONDS = 280


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three blocks of pictures, and one with a clip, a truncated picture and a landscape."""
    folder = tmp_path_factory.mktemp("media")
    made = [picture(folder / f"{number}.png", face(number % 9)) for number in range(9)]
    items = [made[number % 9] for number in range(PICTURES)]
    items += [truncated(folder / "b.jpg"), faceless(folder / "c.jpg"), film(folder / "e.mp4")]
    lines = [f"{item.path},0,none,studio,made by the test,one,train,{item.kind}" for item in items]
    path = folder / "manifest.csv"
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n")
    return path


def start(manifest: Path, out: Path) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
    return subprocess.Popen(
        f"{sys.executable} -m data prepare --workers 2 --frames 4".split()
        + f"--manifest {manifest} --out {out}".split(),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output
    return output


def workers(process: subprocess.Popen[str]) -> Iterator[psutil.Process]:
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if "MapWorker" in " ".join(child.cmdline()):
                yield child


def journal(out: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (out / "work" / "journal").glob("*.json")}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_worker_loses_nothing_and_a_second_run_redoes_nothing(
    manifest: Path, tmp_path: Path
) -> None:
    out = tmp_path / "set"
    process = start(manifest, out)
    while not journal(out):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    for worker in workers(process):
        worker.kill()
        break
    else:
        pytest.fail("the preparation ended before a worker could be killed")
    output = finished(process)

    assert "a second; peak memory" in output
    assert len(list(crops(out))) == PICTURES + 4
    assert [(r["key"][-5:], r["stage"], r["code"]) for r in rejects(out)] == [
        ("b.jpg", "decode", "media-damaged"),
        ("c.jpg", "detect", "no-face"),
    ]
    record = read_set(out)
    assert record.counts == {"items": PICTURES + 3, "crops": PICTURES + 4, "clips": 2, "rejects": 2}
    assert record.digest == content_digest(out)

    before = journal(out)
    assert "0 items in" in finished(start(manifest, out))
    assert journal(out) == before
    plain = prepare(
        read_manifest(manifest), tmp_path / "plain", run=plainly, settings=Settings(frames=4)
    )
    assert plain.record.digest == record.digest
    assert json.loads((out / "set.json").read_text())["name"] == "set"
