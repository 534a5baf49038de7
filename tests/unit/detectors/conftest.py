"""One random network and its releases, made once for the whole folder."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flax import nnx

from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from clarity.detectors.parameters import Parameters
from tests.unit.detectors.random_parameters import random_parameters
from train.export import Precision, export_release

SIZE = 72
"""Just above the smallest input that Xception takes."""

CARD = {
    "name": "xception",
    "release": "test",
    "title": "A random network",
    "technique": "None.",
    "architecture": "Xception",
    "paper": "https://arxiv.org/abs/1610.02357",
    "licence": "MIT",
    "input": {"size": SIZE, "mean": 127.5, "std": 127.5},
    "calibration": {},
    "training_data": [],
    "figures": {},
    "limits": [],
}


@pytest.fixture(scope="session")
def values() -> Parameters:
    """Random parameters of Xception, BatchNorm statistics too."""
    abstract = nnx.eval_shape(lambda: registry.network("xception")(rngs=nnx.Rngs(0)))
    return random_parameters(flax_parameters.shapes(abstract))


@pytest.fixture(scope="session")
def crops() -> np.ndarray:
    """Five crops that differ in texture and colour, uint8 (5, 224, 224, 3)."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (5, 14, 14, 3), dtype=np.uint8)
    noise = rng.integers(-20, 21, (5, 224, 224, 3))
    return (coarse.repeat(16, 1).repeat(16, 2) + noise).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def release(
    values: Parameters, crops: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Precision], Path]:
    """Release folder of a precision, exported when first asked for."""
    root: Any = tmp_path_factory.mktemp("releases")

    @cache
    def folder(precision: Precision) -> Path:
        return export_release(
            values, CARD, root / precision, precision=precision, calibration_crops=crops[:2]
        )

    return folder
