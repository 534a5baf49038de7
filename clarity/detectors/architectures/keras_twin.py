"""What the Keras twins share: the head, and reading and writing parameters by name.

TensorFlow is imported inside the functions: a serving replica never pays for it.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity.detectors.parameters import Parameters, check
from clarity.errors import ClarityError

if TYPE_CHECKING:
    import keras


class WeightsUnavailable(ClarityError):
    """ImageNet's weights could not be downloaded."""

    status = 503
    code = "weights-unavailable"
    hint = (
        "They come from storage.googleapis.com through keras.applications. Without internet, "
        "put the network's _notop.h5 file into ~/.keras/models, or start from a released "
        "detector's parameters.safetensors."
    )


_RENAMED = {
    "gamma": "scale",
    "beta": "bias",
    "moving_mean": "mean",
    "moving_variance": "var",
}


@cache
def _head_class() -> Any:
    import keras

    class ActivationMapHead(keras.layers.Layer):
        """Global average pooling and one dense unit, with the map the logit is the mean of.

        Both steps are linear, so the unit is applied first, to every cell: the result is
        the class activation map, and its mean plus the bias is the logit.
        """

        def build(self, input_shape: tuple[int | None, ...]) -> None:
            channels = input_shape[-1]
            self.kernel = self.add_weight(
                name="kernel", shape=(channels, 1), initializer="glorot_uniform"
            )
            self.bias = self.add_weight(name="bias", shape=(1,), initializer="zeros")
            self.built = True

        def call(self, features: Any) -> tuple[Any, Any]:
            cells = keras.ops.matmul(features, self.kernel)[..., 0]
            return keras.ops.mean(cells, axis=(1, 2)) + self.bias, cells

        def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
            return (input_shape[0],), tuple(input_shape[:3])

    return ActivationMapHead


def application(name: str, input_size: int, *, weights: str | None) -> "keras.Model":
    """A network of `keras.applications` without its top.

    Args:
        name: of the function there, such as "Xception".
        input_size: side of the input in pixels.
        weights: None for a random start; "imagenet" downloads them once to `~/.keras/models`.

    Raises:
        WeightsUnavailable: if ImageNet's weights cannot be had.
    """
    import keras

    shape = (input_size, input_size, 3)
    build = getattr(keras.applications, name)
    try:
        return build(include_top=False, weights=weights, input_shape=shape)
    except (OSError, RuntimeError) as error:
        raise WeightsUnavailable(f"No ImageNet weights of {name}: {error}") from error
    except Exception as error:
        # keras.utils.get_file raises a bare Exception when the download fails.
        if type(error) is not Exception:
            raise
        raise WeightsUnavailable(f"No ImageNet weights of {name}: {error}") from error


def with_head(backbone: "keras.Model", name: str) -> "keras.Model":
    """A model with outputs (logit [N], class activation map [N, h, w]) on a backbone.

    The model is flat: the backbone's layers are its layers, and the last is `head`.
    """
    import keras

    logit, cells = _head_class()(name="head", dtype="float32")(backbone.output)
    return keras.Model(backbone.input, [logit, cells], name=name)


def variables(model: "keras.Model", aliases: Mapping[str, str]) -> dict[str, Any]:
    """Every weight of the model by its flat name.

    Args:
        model: a twin.
        aliases: name of a layer in the model -> its name in the flat names, for layers
            that Keras numbers by itself.
    """
    return {
        f"{aliases.get(layer.name, layer.name)}.{_RENAMED.get(weight.name, weight.name)}": weight
        for layer in model.layers
        for weight in layer.weights
        if weight.name != "seed_generator_state"
    }


def read_parameters(weights: Mapping[str, Any]) -> Parameters:
    """Copies of the values, float32."""
    return {name: np.array(weight.numpy(), dtype=np.float32) for name, weight in weights.items()}


def assign_parameters(weights: Mapping[str, Any], parameters: Mapping[str, np.ndarray]) -> None:
    """Assign every value, or none.

    Raises:
        ParameterMismatch: naming all names and shapes that do not fit.
    """
    check(parameters, {name: tuple(weight.shape) for name, weight in weights.items()})
    for name, weight in weights.items():
        weight.assign(parameters[name])


def parameters(model: "keras.Model") -> Parameters:
    """All weights and statistics of a twin by flat name, float32 copies.

    For twins whose layers all have the flat names' own.
    """
    return read_parameters(variables(model, {}))


def load_parameters(model: "keras.Model", values: Mapping[str, np.ndarray]) -> None:
    """Assign all weights and statistics of such a twin, or none.

    Raises:
        ParameterMismatch: naming every name and shape that does not fit.
    """
    assign_parameters(variables(model, {}), values)
