"""The worth of forgeries, measured with every number shrunk."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from clarity import metrics
from clarity.forgery.registry import UnknownForgery
from train.calibrate import fit_calibration
from train.leave_one_out import KNOWN, sample
from train.recipe import Network
from train.recipes import xception
from train.worth import NOTHING, Budget, as_markdown, shares_of, together, worth


def build(size):
    """One convolution: what is tested is the order of the runs, not what they learn."""
    import keras

    image = keras.Input((size, size, 3))
    seen = keras.layers.Conv2D(1, 8, strides=8, name="head")(image)
    return keras.Model(image, [keras.ops.mean(seen, (1, 2, 3)), seen])


def load(model, parameters):
    for weight, value in zip(model.weights, parameters.values(), strict=True):
        weight.assign(value)


NETWORK = Network(
    build=build,
    parameters=lambda model: {f"w{n}": w.numpy() for n, w in enumerate(model.weights)},
    load_parameters=load,
    start=lambda model, folder: None,
    mean=127.5,
    std=127.5,
)
PLAN = SimpleNamespace(
    NETWORK=NETWORK,
    FRESH=NETWORK,
    PHASES=[replace(xception.PHASES[0], batches=replace(xception.VIEWS, size=4))],
)
BUDGET = Budget(steps=1, tune=1, size=64, faces=8)


def test_each_forgery_is_measured_against_none_and_finished_runs_are_not_repeated(
    two_sources, tmp_path
):
    seen = []
    arguments = (PLAN, two_sources, ["elsewhere"])
    options = {"rows": ["self_blend"], "budget": BUDGET, "folder": tmp_path}
    figures = worth(*arguments, **options, report=lambda f: seen.append(len(f)))
    assert list(figures) == [NOTHING, "self_blend", "none or self_blend", "none and self_blend"]
    assert all(0 <= row["elsewhere"] <= 1 for row in figures.values())
    assert seen == [1, 4]
    folder = tmp_path / "without-elsewhere"
    written = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.safetensors")}
    assert set(written) == {
        "base.safetensors",
        "with-none.safetensors",
        "with-self_blend.safetensors",
    }
    assert worth(*arguments, **options) == figures
    assert written == {path.name: path.stat().st_mtime_ns for path in folder.glob("*.safetensors")}


def test_sources_joined_by_plus_are_left_out_together_and_measured_one_by_one(
    portrait_crops, tmp_path
):
    names = ["home", "elsewhere", "abroad"]
    rows = [
        replace(
            row,
            source=names[number // 2 % 3],
            split="validation" if number % 12 < 6 else "train",
        )
        for number, row in enumerate(portrait_crops.rows)
    ]
    crops = replace(portrait_crops, rows=rows)
    figures = worth(PLAN, crops, ["elsewhere+abroad"], rows=[], budget=BUDGET, folder=tmp_path)
    assert set(figures[NOTHING]) == {"elsewhere", "abroad"}
    assert [path.name for path in tmp_path.iterdir()] == ["without-elsewhere+abroad"]


def test_a_manipulation_stands_for_all_its_kinds_in_equal_parts():
    shares = shares_of("synthesis", 0.5)
    assert [kind for kind, _ in shares] == ["upsampling", "autoencoder", "replication", "denoising"]
    assert sum(share for _, share in shares) == pytest.approx(0.5)
    assert shares_of("glasses", 0.3) == (("glasses", 0.3),)
    with pytest.raises(UnknownForgery):
        shares_of("astrology", 0.5)


def test_the_sample_is_half_real_and_within_the_budget(two_sources):
    chosen = sample(two_sources, np.arange(len(two_sources.rows)), faces=6, seed=1)
    assert len(chosen) == 6
    assert two_sources.fake[chosen].sum() == 3
    assert (np.diff(chosen) > 0).all()


def test_two_networks_that_see_different_fakes_are_better_together():
    labels = np.tile([False, True], 200)
    rng = np.random.default_rng(0)
    sees_half = labels & (np.arange(400) % 4 == 1)
    generalist = rng.normal(size=400) + 2 * labels
    specialist = 0.1 * rng.normal(size=400) + 4 * sees_half
    unseen = {"elsewhere": np.array([-3.0, 3.0])}
    joined = together({KNOWN: generalist, **unseen}, {KNOWN: specialist, **unseen}, labels)
    alone = fit_calibration(generalist, labels, fitted_on="").log_odds(generalist)
    either, both = joined["or"], joined["and"]
    assert set(either) == set(both) == {KNOWN, "elsewhere"}
    assert (either[KNOWN] >= alone).all()
    assert (either[KNOWN][~labels] >= 0).mean() <= (alone[~labels] >= 0).mean() + 0.03
    assert metrics.auc(labels, either[KNOWN]) > metrics.auc(labels, alone) + 0.01
    assert metrics.auc(labels, both[KNOWN]) > metrics.auc(labels, alone) + 0.01
    assert both["elsewhere"][0] < 0 < both["elsewhere"][1]


def test_the_table_tells_mean_worst_and_gain():
    table = as_markdown({NOTHING: {"a": 0.5, "b": 0.7}, "skin": {"a": 0.6, "b": 0.75}})
    assert table.splitlines()[2:] == [
        "| none | 0.500 | 0.700 | 0.600 | 0.500 |  |",
        "| skin | 0.600 | 0.750 | 0.675 | 0.600 | +0.075 |",
    ]
