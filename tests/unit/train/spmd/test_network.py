import cv2
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from tests.unit.train.spmd import tiny
from tests.unit.train.spmd.conftest import SPEC, MadeUp
from train.loop import Schedule
from train.spmd.devices import Fed
from train.spmd.distil import Lesson
from train.spmd.loop import train
from train.spmd.network import FlaxNetwork, NetworkUnfit
from train.spmd.resize import area_resized
from train.spmd.step import TrainingStep, make_optimizer


class Dropping(tiny.Tiny):
    def __init__(self, *, rngs):
        super().__init__(rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)


def images(count=4):
    return np.random.default_rng(0).normal(size=(count, 32, 32, 3)).astype(np.float32)


def test_it_answers_as_the_flax_network_does(start):
    network = FlaxNetwork("tiny_normed")
    values = start("tiny_normed")
    trained, statistics = network.grouped(values)
    answer = network(trained, statistics, images(), training=False)
    model = flax_parameters.restore(tiny.TinyNormed, values)
    np.testing.assert_allclose(answer.logits, model(images())[0], atol=1e-6)
    moved = network(trained, statistics, images(), training=True).statistics
    assert moved.keys() == statistics.keys() == {"block1_bn.mean", "block1_bn.var"}
    assert np.abs(np.asarray(moved["block1_bn.mean"])).max() > 0


def test_products_in_bfloat16_leave_parameters_in_float32(start):
    """A step in mixed precision comes near the float32 one, and its state stays float32."""
    schedule = Schedule(steps=2, peak_rate=1e-2, warmup=1)
    network = FlaxNetwork("tiny_normed")
    batch = MadeUp(8).batch(0)
    fed = Fed(batch.pixels[None], batch.labels[None], batch.places[None])
    after = {}
    for dtype in (jnp.float32, jnp.bfloat16):
        step = TrainingStep(network, make_optimizer(schedule), schedule, SPEC, dtype=dtype)
        state = step.first(*network.grouped(start("tiny_normed")))
        after[dtype] = jax.jit(step)(state, {}, fed)
    exact, mixed = after[jnp.float32], after[jnp.bfloat16]
    assert all(leaf.dtype in (jnp.float32, jnp.int32) for leaf in jax.tree.leaves(mixed))
    assert 0 < abs(float(exact[1][0] - mixed[1][0])) < 0.02


def test_inputs_of_modules_are_tapped(start):
    network = FlaxNetwork("tiny", taps=("block1", "head"))
    answer = network(*network.grouped(start("tiny")), images(), training=False)
    assert [feature.shape for feature in answer.features] == [(4, 32, 32, 3), (4, 4, 4, 16)]
    np.testing.assert_array_equal(answer.features[0], images())


def test_a_network_with_other_state_is_refused(monkeypatch):
    where = registry.Entry(network=f"{__name__}:Dropping", twin="")
    monkeypatch.setitem(registry.ARCHITECTURES, "dropping", where)
    monkeypatch.setitem(registry.DETECTORS, "dropping", "dropping")
    with pytest.raises(NetworkUnfit, match="dropout"):
        FlaxNetwork("dropping")
    with pytest.raises(NetworkUnfit, match="no Flax form"):
        FlaxNetwork("")


def test_a_student_learns_the_maps_of_its_teacher(start, tmp_path):
    taps = ("block1", "head")
    teacher = start("tiny_normed")
    lesson = Lesson(FlaxNetwork("tiny_normed", taps=taps), teacher, SPEC.model_copy())
    reports = []
    result = train(
        FlaxNetwork("tiny", taps=taps),
        start("tiny"),
        MadeUp(8),
        Schedule(steps=30, peak_rate=2e-2, warmup=2, report_every=15, save_every=30),
        spec=SPEC,
        folder=tmp_path,
        lesson=lesson,
        report=reports.append,
    )
    assert reports[1]["hint"] < reports[0]["hint"]
    assert result.keys() == start("tiny").keys()  # the bridge is not part of the network
    for name, value in start("tiny_normed").items():
        np.testing.assert_array_equal(teacher[name], value)


@pytest.mark.parametrize("size", [96, 50, 64])
def test_area_resizing_is_opencvs(size):
    picture = np.random.default_rng(1).uniform(0, 255, (128, 128, 3)).astype(np.float32)
    expected = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(area_resized(picture[None], size, size)[0], expected, atol=1e-2)
