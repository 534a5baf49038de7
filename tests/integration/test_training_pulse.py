"""Every recipe, all numbers shrunk, two steps, through JaxTrainer, to parameters that load.

JaxTrainer runs in this process here; `test_training_on_ray.py` gives it workers.
"""

import json
import pkgutil
from importlib import import_module
from pathlib import Path

import jax
import numpy as np
import pytest

import train.recipes
from clarity.detectors import parameters as flat
from clarity.detectors import registry
from clarity.detectors.preprocess import network_input
from tests.prepared import write_set
from train.job import FIGURES, Budget, Job
from train.launch import LaunchFailed, Workers, launch
from train.recipes import efficientnet_lite0

RECIPES = [module.name for module in pkgutil.iter_modules(train.recipes.__path__)]
SMALL = 72
"""Pixels; Xception takes no fewer than 71."""


@pytest.fixture(autouse=True, scope="module")
def hasty(tmp_path_factory):
    """XLA spends far longer on making these programs fast than they run; and on making the same
    one again, for the recipes of specialists share a network."""
    jax.config.update("jax_disable_most_optimizations", True)
    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("compiled")))
    yield
    jax.config.update("jax_compilation_cache_dir", None)
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture(scope="module")
def crops(tmp_path_factory) -> Path:
    return write_set(tmp_path_factory.mktemp("data") / "made")


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Folder of runs with a teacher that knows nothing."""
    folder = tmp_path_factory.mktemp("runs")
    last = efficientnet_lite0.PHASES[-1].name
    (folder / "efficientnet_lite0").mkdir()
    flat.write(
        random_parameters(efficientnet_lite0), folder / "efficientnet_lite0" / f"{last}.safetensors"
    )
    return folder


def random_parameters(plan) -> flat.Parameters:
    """In Flax where the network has that form, else of its twin."""
    if plan.NETWORK.detector not in registry.DETECTORS:
        return plan.NETWORK.parameters(plan.NETWORK.build(SMALL))
    from flax import nnx

    from clarity.detectors.architectures.flax_parameters import parameters

    return parameters(registry.network(plan.NETWORK.detector)(rngs=nnx.Rngs(0)))


def job(plan, crops, runs, **more) -> Job:
    recipe = plan.__name__.rpartition(".")[2]
    start = runs / f"{recipe}.safetensors"
    flat.write(random_parameters(plan), start)
    facts = {
        "recipe": recipe,
        "name": f"pulse-{recipe}",
        "engine": "jax" if plan.NETWORK.detector in registry.DETECTORS else "keras",
        "phase": plan.PHASES[-1].name,
        "budget": Budget(steps=2, size=SMALL, batch=4),
        "start": start,
        "judged": 4,
    }
    return Job(crops=crops, runs=runs, **{**facts, **more})


def logits_of(plan, values: flat.Parameters, engine: str) -> np.ndarray:
    images = network_input(np.zeros((1, 224, 224, 3), np.uint8), plan.NETWORK.spec(SMALL))
    if engine == "jax":
        from clarity.detectors.architectures.flax_parameters import restore

        return np.asarray(restore(registry.network(plan.NETWORK.detector), values)(images)[0])
    twin = plan.NETWORK.build(SMALL)
    plan.NETWORK.load_parameters(twin, values)
    return twin(images)[0].numpy()


@pytest.mark.parametrize("recipe", RECIPES)
def test_two_steps_of_every_recipe(recipe, crops, runs):
    plan = import_module(f"train.recipes.{recipe}")
    wanted = job(plan, crops, runs)
    result = launch(wanted, Workers(count=0))
    assert np.isfinite(logits_of(plan, flat.read(result), wanted.engine)).all()
    lines = [json.loads(line) for line in (wanted.folder / FIGURES).read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert all(np.isfinite(line["loss"]) for line in lines)
    if wanted.engine == "jax":
        assert 0 <= lines[-1]["validation_auc"] <= 1


def test_an_error_of_the_recipe_is_told_and_not_tried_again(crops, runs):
    bad = {"choices": {"schedule.peak_rate": float("nan")}, "name": "diverges"}
    with pytest.raises(LaunchFailed, match="not finite in steps 1-1"):
        launch(job(efficientnet_lite0, crops, runs, **bad), Workers(count=0))
