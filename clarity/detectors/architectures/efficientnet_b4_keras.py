"""EfficientNet-B4's Keras twin, built on `keras.applications.EfficientNetB4`.

Keras' network normalises pixels by layers of its own. Here the input is normalised already, as
every network's is: those layers are cut off, and with ImageNet's weights what they did is moved
into the first convolution. Its parameters map one to one, both ways, onto
`efficientnet_b4.EfficientNetB4`.
"""

from typing import TYPE_CHECKING

import numpy as np

from clarity.detectors.architectures import keras_twin
from clarity.detectors.architectures.keras_twin import load_parameters as load_parameters
from clarity.detectors.architectures.keras_twin import parameters as parameters

if TYPE_CHECKING:
    import keras

MEAN, STD = 116.0, 58.0
"""Input is (x - 116) / 58 of RGB pixels in [0, 255], about ImageNet's mean and deviation."""

FIRST = "stem_conv_pad"


def build(input_size: int, weights: str | None = None) -> "keras.Model":
    """The network on float NHWC input that is already normalised.

    Args:
        input_size: side of the input in pixels, at least 32.
        weights: None for a random start; "imagenet" downloads (once, about 70 MB, to
            `~/.keras/models`) the backbone's ImageNet weights; the head stays random.

    Returns:
        A model with outputs (logit [N], class activation map [N, size/32, size/32]).

    Raises:
        WeightsUnavailable: if ImageNet's weights cannot be had.
    """
    whole = keras_twin.application("EfficientNetB4", input_size, weights=weights)
    if weights is not None:
        take_normalised_input(whole)
    return keras_twin.with_head(without_normalisation(whole), "efficientnet_b4")


def without_normalisation(whole: "keras.Model") -> "keras.Model":
    """A copy of Keras' network from its first convolution on; it drops no branch in training."""
    import keras

    for layer in whole.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    cut = keras.Model(whole.get_layer(FIRST).input, whole.output)
    # layers of `cut` still lead back to the whole network's input; a copy's do not
    copy = keras.models.clone_model(cut)
    copy.set_weights(cut.get_weights())
    return copy


def take_normalised_input(whole: "keras.Model") -> None:
    """Change the first convolution so that it sees through (x - MEAN) / STD what it saw before.

    Its kernel takes the scale of each channel, the norm behind it the shift. Only the border
    differs: zeros beyond the edge are now another grey.
    """
    import keras

    prepare = keras.Model(whole.input, whole.get_layer(FIRST).input)
    black, grey = (
        np.asarray(prepare(np.full((1, *whole.input.shape[1:]), value, np.float32)))[0, 0, 0]
        for value in (0.0, MEAN)
    )
    scale = (grey - black) / MEAN * STD
    convolution, norm = whole.get_layer("stem_conv"), whole.get_layer("stem_bn")
    kernel = np.asarray(convolution.kernel)
    norm.moving_mean.assign_sub(np.einsum("hwio,i->o", kernel, grey))
    convolution.kernel.assign(kernel * scale[:, None])
