from dataclasses import replace

import numpy as np

from clarity.detectors import parameters as flat
from train.loop import Schedule
from train.recipe import adopt
from train.recipes import efficientnet_lite0 as recipe
from train.spmd.phases import START, begin, run, taps, write_whole

SCHEDULE = Schedule(steps=2, peak_rate=1e-3, warmup=1, report_every=1, save_every=1)
NETWORK = replace(recipe.NETWORK, detector="tiny")
PHASES = [
    replace(
        recipe.PHASES[0],
        name=name,
        schedule=SCHEDULE,
        batches=replace(recipe.PHASES[0].batches, size=4, input_size=32),
        input_size=32,
    )
    for name in ("one", "two")
]


def test_phases_follow_each_other_and_finished_ones_are_not_repeated(
    start, portrait_crops, tmp_path
):
    seen = []
    folder = tmp_path / "run"
    write_whole(start("tiny"), folder / START)

    def fit():
        return run(
            NETWORK,
            PHASES,
            portrait_crops,
            folder=folder,
            seed=1,
            report=lambda phase, figures: seen.append((phase, figures["step"])),
        )

    result = fit()
    assert seen == [("one", 1), ("one", 2), ("two", 1), ("two", 2)]
    first, second = flat.read(folder / "one.safetensors"), flat.read(result)
    assert result == folder / "two.safetensors"
    assert any((first[name] != second[name]).any() for name in first)
    fit()
    assert len(seen) == 4


def test_an_adopted_result_needs_no_initial_parameters(start, portrait_crops, tmp_path):
    write_whole(start("tiny"), tmp_path / "released.safetensors")
    adopt(tmp_path / "released.safetensors", PHASES[0], tmp_path / "run")

    def unavailable(model, folder):
        raise AssertionError("initial parameters were asked for")

    network = replace(NETWORK, start=unavailable)
    begin(network, PHASES, tmp_path / "run", seed=1)
    result = run(network, PHASES, portrait_crops, folder=tmp_path / "run", seed=1)
    assert all(np.isfinite(value).all() for value in flat.read(result).values())


def test_taps_are_the_modules_of_the_layers():
    assert taps(recipe.NETWORK) == ("block3", "block5", "block11", "head")
