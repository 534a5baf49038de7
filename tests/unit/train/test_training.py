"""Real recipes with every number shrunk, through the real loop.

What only the loop does is tried with the smallest network: a large one is traced for a minute.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import tensorflow as tf

from clarity.detectors import parameters as flat
from clarity.detectors import registry
from clarity.detectors.artefact import PARAMETERS_FILE
from train.adversarial import Adversarial, attacked
from train.baselines import mesonet4
from train.batches import BatchSource
from train.distil import Teacher
from train.loop import Schedule, TrainingDiverged, train
from train.recipe import Phase, average, run, shortened
from train.recipes import efficientnet_lite0 as teacher
from train.recipes import efficientnet_lite0_hardened as hardened
from train.recipes import xception

SMALL = 71


def small(phase: Phase, steps: int, *, save_every: int = 1) -> Phase:
    return replace(
        phase,
        input_size=SMALL,
        batches=replace(phase.batches, size=4, input_size=80),
        schedule=Schedule(
            steps=steps, peak_rate=1e-3, warmup=1, report_every=1, save_every=save_every
        ),
    )


def test_a_stopped_run_goes_on_where_it_was_and_a_finished_one_is_not_repeated(
    portrait_crops, tmp_path
):
    steps = []

    def stop_after_two(phase, figures):
        steps.append(int(figures["step"]))
        if len(steps) == 2:
            raise KeyboardInterrupt

    arguments = (mesonet4.NETWORK, [small(xception.PHASES[0], 3)], portrait_crops)
    with pytest.raises(KeyboardInterrupt):
        run(*arguments, folder=tmp_path / "run", seed=1, report=stop_after_two)
    result = run(*arguments, folder=tmp_path / "run", seed=1, report=stop_after_two)
    # the second report came before its checkpoint, so that step is done again
    assert steps == [1, 2, 2, 3]
    assert all(np.isfinite(value).all() for value in flat.read(result).values())
    run(*arguments, folder=tmp_path / "run", seed=1, report=stop_after_two)
    assert len(steps) == 4


def test_training_stops_at_the_first_number_that_is_not_finite(portrait_crops, tmp_path):
    network = mesonet4.NETWORK.build(SMALL)
    phase = small(xception.PHASES[0], 3)
    batches = BatchSource(
        portrait_crops, phase.batches, indices=portrait_crops.of_split("train"), seed=1
    )
    network.trainable_variables[-1].assign([float("nan")])  # the bias of the logit
    with pytest.raises(TrainingDiverged, match="steps 1-1"):
        train(
            network,
            batches,
            phase.schedule,
            spec=mesonet4.NETWORK.spec(SMALL),
            folder=tmp_path,
        )


def test_attacked_batches_stay_near_and_are_harder(portrait_crops):
    """On the released network: half of the batch moves, within two grey levels, up its loss."""
    network = teacher.NETWORK.build(64)
    released = registry.release_folder("efficientnet_lite0") / PARAMETERS_FILE
    teacher.NETWORK.load_parameters(network, flat.read(released))
    spec = teacher.NETWORK.spec(64)
    pixels = np.stack([cv2.resize(one, (64, 64)) for one in portrait_crops.pixels[:4]])
    pixels, targets = pixels.astype(np.float32), np.array([0, 1, 0, 1], np.float32)

    def logits(x):
        return network((x - spec.mean) / spec.std, training=False)[0]

    def loss(x):
        z = logits(x).numpy()
        return np.logaddexp(0, z) - targets * z

    for steps in (1, 4):
        how = Adversarial(epsilon=2, steps=steps, share=0.5)
        moved = attacked(tf.constant(pixels), tf.constant(targets), logits, how).numpy()
        np.testing.assert_array_equal(moved[2:], pixels[2:])
        assert 0.5 < np.abs(moved - pixels)[:2].mean() <= 2.0
        assert np.abs(moved - pixels).max() <= 2.0 + 1e-4
        assert moved.min() >= 0
        assert moved.max() <= 255
        assert loss(moved)[:2].sum() > loss(pixels)[:2].sum()


def test_a_run_on_attacked_batches_trains(portrait_crops, tmp_path):
    phase = small(hardened.PHASES[-1], 2)
    schedule = replace(phase.schedule, adversarial=hardened.PHASES[-1].schedule.adversarial)
    assert schedule.adversarial
    result = run(
        hardened.NETWORK,
        [replace(phase, schedule=schedule)],
        portrait_crops,
        folder=tmp_path / "run",
        seed=1,
    )
    assert all(np.isfinite(value).all() for value in flat.read(result).values())


def test_a_student_learns_opinion_and_maps_of_its_teacher(portrait_crops, tmp_path):
    network = teacher.NETWORK.build(80)
    lesson = Teacher(
        network=network, input=teacher.NETWORK.spec(80), hints_at=teacher.NETWORK.hints_at
    )
    before = teacher.NETWORK.parameters(network)
    hints = []
    run(
        xception.NETWORK,
        [small(xception.PHASES[0], 6, save_every=6)],
        portrait_crops,
        folder=tmp_path / "run",
        seed=1,
        teacher=lambda size: lesson,
        report=lambda phase, figures: hints.append(figures["hint"]),
    )
    assert hints[-1] < hints[0]
    after = teacher.NETWORK.parameters(network)
    assert all((before[name] == after[name]).all() for name in before)


def test_the_average_of_runs_is_the_mean_of_their_parameters(tmp_path):
    for name, value in (("a", 1.0), ("b", 3.0)):
        flat.write({"head.kernel": np.full((2, 1), value, np.float32)}, tmp_path / name)
    written = average([tmp_path / "a", tmp_path / "b"], tmp_path / "mean" / "out")
    np.testing.assert_array_equal(flat.read(written)["head.kernel"], [[2.0], [2.0]])


def test_runs_of_different_networks_have_no_average(tmp_path):
    flat.write({"head.kernel": np.zeros((2, 1), np.float32)}, tmp_path / "a")
    flat.write({"head.kernel": np.zeros((3, 1), np.float32)}, tmp_path / "b")
    with pytest.raises(flat.ParameterMismatch):
        average([tmp_path / "a", tmp_path / "b"], tmp_path / "out")


def test_another_budget_changes_the_last_phase_only():
    phases = shortened(teacher.PHASES, 7)
    assert phases[:-1] == teacher.PHASES[:-1]
    assert phases[-1].schedule.steps == 7
    assert phases[-1].batches == teacher.PHASES[-1].batches
