"""The Keras twin of the pair of networks: EfficientNet-Lite0 and VGG-16 on one crop.

Each branch gets the crop at its own size; the logit is a weighted sum of both, and so is the
map, on the coarsest grid that both maps divide: its mean plus the bias is the logit still.
Parameters are those of the branches under `lite0_` and `vgg16_`, and `blend.kernel`,
`blend.bias`.
"""

from collections.abc import Mapping
from functools import cache
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity.detectors.architectures import (
    efficientnet_lite0_keras,
    keras_twin,
    vgg16_keras,
)
from clarity.detectors.architectures.resample import area_matrix, tiled
from clarity.detectors.parameters import Parameters

if TYPE_CHECKING:
    import keras

MEAN, STD = efficientnet_lite0_keras.MEAN, efficientnet_lite0_keras.STD
BRANCHES = ("lite0", "vgg16")


def branch_sizes(input_size: int) -> tuple[int, int]:
    """Sides in pixels of what EfficientNet-Lite0 and VGG-16 see: 160 and 112 of 224."""
    return input_size * 5 // 7, input_size // 2


def build(input_size: int) -> "keras.Model":
    """A model on float NHWC input (x - 127) / 128: (logit [N], map [N, h, w])."""
    import keras

    fine, coarse = branch_sizes(input_size)
    shrunk, joined = _layers()
    image = keras.Input((input_size, input_size, 3))
    lite0 = efficientnet_lite0_keras.build(fine)
    vgg16 = vgg16_keras.build(coarse)
    lite0.name, vgg16.name = BRANCHES
    one = lite0(shrunk(fine, dtype="float32")(image))
    # from one branch's normalisation to the other's
    scale, shift = STD / vgg16_keras.STD, (MEAN - vgg16_keras.MEAN) / vgg16_keras.STD
    other = vgg16(shrunk(coarse, scale, shift, dtype="float32")(image))
    outputs = joined(name="blend", dtype="float32")([*one, *other])
    return keras.Model(image, list(outputs), name="lite0_vgg16")


def parameters(model: "keras.Model") -> Parameters:
    """All weights by flat name, float32 copies."""
    return keras_twin.read_parameters(_variables(model))


def load_parameters(model: "keras.Model", values: Mapping[str, np.ndarray]) -> None:
    """Assign all weights, or none.

    Raises:
        ParameterMismatch: naming every name and shape that does not fit.
    """
    keras_twin.assign_parameters(_variables(model), values)


def _variables(model: "keras.Model") -> dict[str, Any]:
    found = {
        f"{branch}_{name}": weight
        for branch in BRANCHES
        for name, weight in keras_twin.variables(model.get_layer(branch), {}).items()
    }
    return found | {f"blend.{weight.name}": weight for weight in model.get_layer("blend").weights}


@cache
def _layers() -> tuple[Any, Any]:
    import keras

    class Shrunk(keras.layers.Layer):
        """The picture at another size, by area, times `scale` plus `shift`."""

        def __init__(self, size: int, scale: float = 1.0, shift: float = 0.0, **rest: Any) -> None:
            super().__init__(**rest)
            self.size, self.scale, self.shift = size, scale, shift

        def build(self, input_shape: tuple[int | None, ...]) -> None:
            self.matrix = area_matrix(self.size, int(input_shape[1] or 0))
            self.built = True

        def call(self, images: Any) -> Any:
            rows = keras.ops.einsum("oh,nhwc->nowc", self.matrix, images)
            small = keras.ops.einsum("ow,nhwc->nhoc", self.matrix, rows)
            return small * self.scale + self.shift

        def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
            return (input_shape[0], self.size, self.size, input_shape[3])

    class Blend(keras.layers.Layer):
        """Weighted sum of two opinions and of their maps."""

        def build(self, shapes: list[tuple[int | None, ...]]) -> None:
            self.kernel = self.add_weight(
                name="kernel", shape=(2,), initializer=keras.initializers.Constant(0.5)
            )
            self.bias = self.add_weight(name="bias", shape=(1,), initializer="zeros")
            sides = [int(shapes[i][1] or 0) for i in (1, 3)]
            self.side = lcm(*sides)
            self.tiles = [tiled(side, self.side) for side in sides]
            self.built = True

        def call(self, opinions: list[Any]) -> tuple[Any, Any]:
            logits = opinions[0] * self.kernel[0] + opinions[2] * self.kernel[1] + self.bias[0]
            maps = [
                keras.ops.einsum("oh,nhw,pw->nop", tile, cells, tile)
                for tile, cells in zip(self.tiles, (opinions[1], opinions[3]), strict=True)
            ]
            return logits, maps[0] * self.kernel[0] + maps[1] * self.kernel[1]

        def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> Any:
            return (shapes[0][0],), (shapes[0][0], self.side, self.side)

    return Shrunk, Blend
