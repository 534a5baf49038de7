"""The contest of recipes, with every number shrunk."""

from dataclasses import replace

import numpy as np
import pytest

from clarity.metrics import Interval
from train.baselines import mesonet4
from train.baselines.contest import (
    CONTENDERS,
    PLAIN,
    Contender,
    Limits,
    Line,
    Trust,
    _trust,
    contest,
)
from train.baselines.table import as_markdown
from train.leave_one_out import KNOWN

LIMITS = Limits(steps=2, size=72, faces=12)


@pytest.fixture
def small():
    return [
        Contender("plain", mesonet4, replace(PLAIN, size=4), 1e-3),
        Contender(
            "forged",
            mesonet4,
            replace(PLAIN, size=4, forged=(("self_blend", 0.5),)),
            1e-3,
            every_view=True,
        ),
    ]


def test_everybody_is_trained_without_the_fold_and_measured_on_the_same_faces(
    two_sources, small, tmp_path
):
    told = []
    lines = contest(
        two_sources,
        ["elsewhere"],
        limits=LIMITS,
        folder=tmp_path,
        contenders=small,
        report=lambda lines: told.append(len(lines)),
    )
    assert told == [1, 2]
    assert [line.contender for line in lines] == ["plain", "forged"]
    for line in lines:
        assert list(line.figures) == [KNOWN, "elsewhere"]
        assert list(line.manipulations) == ["face_swap"]
        found = [*line.figures.values(), *line.manipulations.values()]
        assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found)
        assert line.trust.real_fake + line.trust.real_suspicious <= 1
    results = sorted(tmp_path.rglob("*-steps.safetensors"))
    assert len(results) == 2
    before = [path.stat().st_mtime_ns for path in results]
    again = contest(two_sources, ["elsewhere"], limits=LIMITS, folder=tmp_path, contenders=small)
    assert again == lines
    assert [path.stat().st_mtime_ns for path in results] == before


def test_the_table_names_folds_contenders_and_intervals():
    figures = {
        KNOWN: Interval(0.9, 0.88, 0.92),
        "a": Interval(0.6, 0.5, 0.7),
        "b": Interval(0.7, 0.6, 0.8),
    }
    line = Line("plain", "a+b", figures, {"lip_sync": figures["a"]}, Trust(0.01, 0.2, 0.05))
    by_source, by_manipulation = as_markdown([line]).split("\n\n")
    assert by_source.splitlines()[0] == "| left out: a+b | validation | a | b | unseen, mean |"
    assert by_source.splitlines()[2] == (
        "| plain | 0.900 (0.880 to 0.920) | 0.600 (0.500 to 0.700) | 0.700 (0.600 to 0.800) "
        "| 0.650 |"
    )
    assert by_manipulation.splitlines() == [
        "| unseen: a+b | lip_sync | real called Fake | real called Suspicious "
        "| calibration error |",
        "|---|---:|---:|---:|---:|",
        "| plain | 0.600 (0.500 to 0.700) | 1.0% | 20.0% | 0.050 |",
    ]


def test_what_calibration_is_worth_is_counted_on_unseen_faces():
    fake = np.array([False] * 4 + [True] * 4)
    trust = _trust(fake, np.array([0.1, 0.5, 0.95, 0.2, 0.95, 0.95, 0.1, 0.9]))
    assert (trust.real_fake, trust.real_suspicious) == (0.25, 0.25)
    assert trust.ece > 0.2


def test_only_the_recipes_see_forgeries_and_deliveries():
    plain = [one for one in CONTENDERS if not one.batches.forged]
    assert [one.batches.delivery for one in plain] == [0.0] * 3
    assert all(one.batches.delivery > 0 for one in CONTENDERS if one not in plain)


def test_mesonet_comes_back_from_its_parameters():
    one, other = mesonet4.build(96), mesonet4.build(96)
    mesonet4.load_parameters(other, mesonet4.parameters(one))
    pixels = np.random.default_rng(0).normal(size=(2, 96, 96, 3)).astype(np.float32)
    for a, b in zip(one(pixels), other(pixels), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.output_shape == [(None,), (None, 3, 3)]


def test_mesonet_has_as_many_parameters_as_in_its_paper():
    assert sum(np.prod(weight.shape) for weight in mesonet4.build(256).trainable_weights) == 27_977
