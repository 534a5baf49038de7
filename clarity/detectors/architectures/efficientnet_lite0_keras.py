"""EfficientNet-Lite0's Keras twin, layer by layer as `efficientnet_lite0.EfficientNetLite0`.

It has no batch normalisation: ImageNet's statistics are folded into the convolutions. On a
CPU such a network steps 2.4 times faster (docs/log.md), and fine-tuning with small batches
does not need the statistics.
"""

from typing import TYPE_CHECKING, Any

from clarity.detectors.architectures import keras_twin
from clarity.detectors.architectures.efficientnet_lite0_layout import BLOCKS, FEATURES, STEM, Block
from clarity.detectors.architectures.keras_twin import load_parameters as load_parameters
from clarity.detectors.architectures.keras_twin import parameters as parameters

if TYPE_CHECKING:
    import keras

MEAN, STD = 127.0, 128.0
"""Input is (x - 127) / 128 of RGB pixels in [0, 255]."""


def build(input_size: int) -> "keras.Model":
    """A model on normalised float NHWC input: (logit [N], map [N, size/32, size/32])."""
    import keras

    image = keras.Input((input_size, input_size, 3))
    x = _convolution(image, STEM, 3, stride=2, name="stem")
    for number, block in enumerate(BLOCKS):
        x = _block(x, block, name=f"block{number}")
    x = _convolution(x, FEATURES, 1, stride=1, name="top")
    return keras_twin.with_head(keras.Model(image, x), "efficientnet_lite0")


def _convolution(x: Any, filters: int, kernel: int, *, stride: int, name: str) -> Any:
    from keras import layers

    x = layers.Conv2D(filters, kernel, stride, padding="same", name=name)(x)
    return layers.ReLU(6.0)(x)


def _block(x: Any, block: Block, *, name: str) -> Any:
    from keras import layers

    inputs = x
    if block.expansion > 1:
        wide = block.inputs * block.expansion
        x = _convolution(x, wide, 1, stride=1, name=f"{name}_expand")
    x = layers.DepthwiseConv2D(
        block.kernel, block.stride, padding="same", name=f"{name}_depthwise"
    )(x)
    x = layers.Conv2D(block.outputs, 1, name=f"{name}_project")(layers.ReLU(6.0)(x))
    return layers.Add()([inputs, x]) if inputs.shape == x.shape else x
