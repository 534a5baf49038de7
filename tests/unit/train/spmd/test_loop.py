"""The JAX loop on a tiny network and made-up crops; no Ray."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from clarity.detectors import parameters as flat
from tests.unit.train.spmd.conftest import SPEC, MadeUp
from train.adversarial import Adversarial
from train.loop import Schedule, TrainingDiverged
from train.spmd.adversarial import attacked
from train.spmd.devices import BatchIndivisible
from train.spmd.loop import train
from train.spmd.network import FlaxNetwork

SCHEDULE = Schedule(
    steps=6, peak_rate=1e-2, warmup=2, average=0.9, report_every=2, save_every=2, weight_decay=0.1
)


def fit(start, folder, schedule=SCHEDULE, *, detector="tiny", batches=None, **more):
    return train(
        FlaxNetwork(detector),
        start(detector),
        batches or MadeUp(8),
        schedule,
        spec=SPEC,
        folder=folder,
        **more,
    )


def distance(one, other):
    assert one.keys() == other.keys()
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


@pytest.mark.parametrize("detector", ["tiny", "tiny_normed"])
def test_it_learns_and_reports_loss_throughput_time_and_energy(start, tmp_path, detector):
    reports = []
    schedule = replace(SCHEDULE, steps=40, report_every=20)
    result = fit(start, tmp_path, schedule, detector=detector, report=reports.append)
    assert [figures["step"] for figures in reports] == [20, 40]
    assert reports[1]["loss"] < reports[0]["loss"]
    for name in ("images_per_second", "seconds_a_step", "kwh", "gco2e", "compile_seconds"):
        assert reports[1][name] > 0
    assert (tmp_path / "energy.json").is_file()
    flat.check(result, {name: value.shape for name, value in start(detector).items()})
    assert all(value.dtype == np.float32 for value in result.values())


def test_a_stopped_run_gives_the_same_parameters_as_an_undisturbed_one(start, tmp_path):
    steps = []

    def stop(figures):
        steps.append(figures["step"])
        if steps == [2, 4]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(start, tmp_path / "stopped", detector="tiny_normed", report=stop)
    resumed = fit(start, tmp_path / "stopped", detector="tiny_normed", report=stop)
    undisturbed = fit(start, tmp_path / "undisturbed", detector="tiny_normed")
    assert steps == [2, 4, 4, 6]  # the report of 4 came before its checkpoint
    assert distance(resumed, undisturbed) == 0


def test_parts_of_a_batch_add_up_to_the_whole(start, tmp_path):
    whole = fit(start, tmp_path / "whole")
    parts = fit(start, tmp_path / "parts", replace(SCHEDULE, accumulate=4))
    assert distance(whole, start("tiny")) > 0
    assert distance(whole, parts) < 1e-5


def test_a_batch_that_does_not_divide_is_told(start, tmp_path):
    with pytest.raises(BatchIndivisible, match="8 crops"):
        fit(start, tmp_path, replace(SCHEDULE, accumulate=3))


def test_the_average_trails_the_weights(start, tmp_path):
    """One step: the average went a share of the way that the weights went."""
    one = replace(SCHEDULE, steps=1, warmup=0, weight_decay=0.0)
    short = fit(start, tmp_path / "short", replace(one, average=0.0))
    trailing = fit(start, tmp_path / "long", replace(one, average=0.9))
    before = start("tiny")
    decay = 2 / 11  # of the first step, whatever the full length
    for name, value in before.items():
        expected = value + (1 - decay) * (short[name] - value)
        np.testing.assert_allclose(trailing[name], expected, atol=1e-6)


def test_sam_follows_the_slope_of_a_point_uphill(start, tmp_path):
    plain = fit(start, tmp_path / "plain")
    near = fit(start, tmp_path / "near", replace(SCHEDULE, sam=1e-6))
    far = fit(start, tmp_path / "far", replace(SCHEDULE, sam=0.5))
    parts = fit(start, tmp_path / "parts", replace(SCHEDULE, sam=0.5, accumulate=2))
    assert distance(plain, near) < 1e-4
    assert distance(plain, far) > 1e-3
    assert distance(far, parts) < 1e-5


def test_training_stops_at_the_first_number_that_is_not_finite(start, tmp_path):
    class Poisoned(MadeUp):
        def batch(self, step):
            batch = super().batch(step)
            batch.labels[0] = np.nan if step == 4 else 0
            return batch

    reports = []
    with pytest.raises(TrainingDiverged, match="steps 5-6"):
        fit(start, tmp_path, batches=Poisoned(8), report=reports.append)
    assert [figures["step"] for figures in reports] == [2, 4]
    assert sorted(path.name for path in tmp_path.glob("step-*")) == ["step-2", "step-4"]


def test_parameters_that_a_step_broke_are_not_saved(start, tmp_path):
    """The loss is taken before the step, so it says nothing of what the step does."""
    with pytest.raises(TrainingDiverged, match="steps 1-1"):
        fit(start, tmp_path, replace(SCHEDULE, peak_rate=float("nan"), report_every=1))
    assert not list(tmp_path.glob("step-*"))


def test_evaluators_add_their_figures_to_the_report(start, tmp_path):
    reports = []

    def evaluate(parameters):
        yield "biggest", float(max(np.abs(value).max() for value in parameters.values()))

    fit(start, tmp_path, evaluate=evaluate, report=reports.append)
    assert all(figures["biggest"] > 0 for figures in reports)


def test_attacked_batches_teach_something_else(start, tmp_path):
    plain = fit(start, tmp_path / "plain")
    hardened = fit(
        start, tmp_path / "hardened", replace(SCHEDULE, adversarial=Adversarial(epsilon=8, steps=2))
    )
    assert distance(plain, hardened) > 1e-4


def test_an_attack_raises_the_loss_within_its_reach():
    pixels = np.random.default_rng(0).uniform(0, 255, (8, 4, 4, 3)).astype(np.float32)
    labels = np.tile([0, 1], 4).astype(np.float32)
    how = Adversarial(epsilon=2.0, steps=1, share=0.5)

    def logits(x):
        return x.mean((1, 2, 3)) - 127

    moved = np.asarray(attacked(jax.random.key(0), pixels, labels, logits, how))
    assert np.abs(moved - pixels).max() <= 2.0 + 1e-4
    assert moved.min() >= 0
    assert moved.max() <= 255
    np.testing.assert_array_equal(moved[4:], pixels[4:])
    uphill = np.where(labels[:4] == 1, -1, 1) * (moved - pixels).mean((1, 2, 3))[:4]
    assert (uphill > 1).all()
