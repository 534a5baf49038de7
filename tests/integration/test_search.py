"""A search by the command that a person types, with a cluster of its own.

By its name it comes before the tests that share a running Clarity.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flax import nnx

from clarity.detectors import parameters as flat
from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from tests.prepared import write_set
from train.recipes import efficientnet_lite0 as recipe
from train.search import default

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_search_leaves_the_best_trial_where_a_release_is_made_of_it(tmp_path: Path) -> None:
    write_set(tmp_path / "made")
    network = registry.network("efficientnet_lite0")
    initial = flax_parameters.parameters(network(rngs=nnx.Rngs(0)))
    flat.write(initial, tmp_path / "start.safetensors")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
    environment["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # it compiles longer than it runs
    done = subprocess.run(
        f"{sys.executable} -m train tune efficientnet_lite0 --trials 3 --at-once 2 --steps 4 "
        f"--size 32 --batch 4 --faces 10 --name search --runs {tmp_path / 'runs'} "
        f"--crops {tmp_path / 'made' / 'set'} --start {tmp_path / 'start.safetensors'}".split(),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "python -m train release efficientnet_lite0 --name search" in done.stdout
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
