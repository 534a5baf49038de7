"""Made-up crops of three sources, and a network of one convolution that can tell them apart."""

from types import SimpleNamespace

import numpy as np
import pytest

from clarity.detectors.architectures import keras_twin
from data.crops import STORED_SIZE
from train.crops import CropRow, CropSet
from train.recipe import Network
from train.recipes import xception

SOURCES = {"red": "attribute", "green": "attribute", "blue": "synthesis"}
"""Fakes of each are a little brighter in one channel, and much darker in those of the sources
before it: who learns the later ones alone unlearns the earlier, while one rule would do for all."""

EACH = 24


@pytest.fixture(scope="session")
def made_up() -> CropSet:
    rng = np.random.default_rng(0)
    rows, pixels = [], []
    for channel, (source, manipulation) in enumerate(SOURCES.items()):
        for number in range(EACH):
            fake = number % 2 == 1
            split = "train" if number < EACH * 2 // 3 else "validation"
            kind = manipulation if fake else "none"
            rows.append(
                CropRow(f"{source}{number}", fake, kind, source, f"{source}{number}", split)
            )
            crop = rng.integers(120, 160, (STORED_SIZE, STORED_SIZE, 3), dtype=np.uint8)
            crop[..., channel] += 40 * fake
            crop[..., :channel] -= 100 * fake
            pixels.append(crop)
    points = np.float32([[90, 100], [166, 100], [128, 140], [100, 180], [156, 180]])
    return CropSet(rows, np.stack(pixels), np.repeat(points[None], len(rows), 0), "0" * 64)


def build(size):
    import keras

    image = keras.Input((size, size, 3))
    features = keras.layers.Conv2D(4, 8, strides=8, activation="relu", name="only")(image)
    return keras_twin.with_head(keras.Model(image, features), "small")


def load(model, parameters):
    for weight, value in zip(model.weights, parameters.values(), strict=True):
        weight.assign(value)


@pytest.fixture(scope="session")
def plan():
    network = Network(
        build=build,
        parameters=lambda model: {f"w{n}": w.numpy() for n, w in enumerate(model.weights)},
        load_parameters=load,
        start=lambda model, folder: None,
        mean=127.5,
        std=127.5,
    )
    return SimpleNamespace(NETWORK=network, FRESH=network, PHASES=xception.PHASES)
