"""VGG-16's Keras twin: the convolutions of `keras.applications.VGG16`, without its last pool.

The map that the head reads is the last convolution's, of stride 16: an input of 112 pixels gives
a map of 7 x 7. Its parameters map one to one, both ways, onto `vgg16.VGG16`.
"""

from typing import TYPE_CHECKING

from clarity.detectors.architectures import keras_twin
from clarity.detectors.architectures.keras_twin import load_parameters as load_parameters
from clarity.detectors.architectures.keras_twin import parameters as parameters

if TYPE_CHECKING:
    import keras

MEAN, STD = 116.0, 58.0
"""Input is (x - 116) / 58 of RGB pixels in [0, 255], about ImageNet's mean and deviation."""

LAST = "block5_conv3"


def build(input_size: int) -> "keras.Model":
    """A model on normalised float NHWC input: (logit [N], map [N, size/16, size/16])."""
    import keras

    shape = (input_size, input_size, 3)
    whole = keras.applications.VGG16(include_top=False, weights=None, input_shape=shape)
    backbone = keras.Model(whole.input, whole.get_layer(LAST).output)
    return keras_twin.with_head(backbone, "vgg16")
