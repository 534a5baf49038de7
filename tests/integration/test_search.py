"""A search by the command that a person types, with a cluster of its own.

By its name it comes before the tests that share a running Clarity.
"""

import json
import subprocess
from pathlib import Path

import pytest

from clarity.detectors import parameters as flat
from tests.integration import launching
from train.recipes import efficientnet_lite0 as recipe
from train.search import default

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_search_leaves_the_best_trial_where_a_release_is_made_of_it(tmp_path: Path) -> None:
    initial = launching.prepare(tmp_path)
    done = subprocess.run(
        launching.command(
            tmp_path,
            "tune efficientnet_lite0 --trials 3 --at-once 2 --steps 4 --size 32 --batch 4 "
            "--faces 10 --name search",
        ),
        cwd=ROOT,
        env=launching.environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "python -m train release efficientnet_lite0=search" in done.stdout
    run = tmp_path / "runs" / "search"
    trials = json.loads((run / "best.json").read_text())
    phase = recipe.PHASES[-1]
    assert len(trials) == 3
    assert trials[0]["choices"] == pytest.approx(default(phase, recipe.SEARCH))
    assert [trial["best"] for trial in trials].count(True) == 1
    assert all(0 <= trial["validation_auc"] <= 1 for trial in trials)
    best = flat.read(run / f"{phase.name}.safetensors")
    flat.check(best, {name: value.shape for name, value in initial.items()})
    assert any((best[name] != initial[name]).any() for name in best)
