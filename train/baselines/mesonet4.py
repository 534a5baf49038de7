"""MesoNet-4, a small network of 2018 that papers still compare themselves with.

Only a baseline: no detector uses it, so it has no Flax form.

Paper: Afchar et al. 2018 (arXiv 1809.00888).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from clarity.detectors import parameters as flat
from train.recipe import Network

if TYPE_CHECKING:
    import keras

# (filters, kernel, pooling) of each convolution
LAYERS = ((8, 3, 2), (8, 5, 2), (16, 5, 2), (16, 5, 4))
DROPOUT = 0.5


def build(input_size: int) -> "keras.Model":
    """A model on normalised float NHWC input: (logit [N], map [N, size/32, size/32]).

    The map, which baselines have no use for, is the last layer's mean over its channels.
    """
    import keras
    from keras import layers

    x = image = keras.Input((input_size, input_size, 3))
    for filters, kernel, pooling in LAYERS:
        x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(pooling, padding="same")(x)
    cells = keras.ops.mean(x, axis=-1)
    x = layers.Dropout(DROPOUT)(layers.Flatten(name="head")(x))
    x = layers.Dropout(DROPOUT)(layers.LeakyReLU(0.1)(layers.Dense(16)(x)))
    logit = layers.Dense(1)(x)[:, 0]
    return keras.Model(image, [logit, cells], name="mesonet4")


def parameters(model: "keras.Model") -> flat.Parameters:
    """Its weights by number and name."""
    return {
        f"{number:02d}.{weight.name}": np.asarray(weight, np.float32)
        for number, weight in enumerate(model.weights)
    }


def load_parameters(model: "keras.Model", values: Mapping[str, np.ndarray]) -> None:
    """Put back what `parameters` gave; the dense layers hold for one input size only."""
    own = parameters(model)
    flat.check(dict(values), {name: value.shape for name, value in own.items()})
    for weight, name in zip(model.weights, own, strict=True):
        weight.assign(values[name])


NETWORK = Network(
    build=build,
    parameters=parameters,
    load_parameters=load_parameters,
    start=lambda model, folder: None,
    mean=127.5,
    std=127.5,
)
FRESH = NETWORK
