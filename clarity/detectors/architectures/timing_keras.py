"""The Keras twin of `timing.Timing`, for its export."""

from functools import cache
from typing import TYPE_CHECKING, Any

from clarity.detectors.architectures.keras_twin import load_parameters as load_parameters
from clarity.detectors.architectures.keras_twin import parameters as parameters
from clarity.detectors.architectures.timing import HINGES

if TYPE_CHECKING:
    import keras


@cache
def _unit_class() -> Any:
    import keras

    class Unit(keras.layers.Layer):
        """As `timing.Unit`."""

        def build(self, input_shape: tuple[int | None, ...]) -> None:
            self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1],))
            self.bias = self.add_weight(name="bias", shape=(1,), initializer="zeros")
            self.built = True

        def call(self, hinges: Any) -> tuple[Any, Any]:
            parts = (hinges * self.kernel)[:, None, :]
            return keras.ops.mean(parts, axis=(1, 2)) + self.bias, parts

        def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
            return (input_shape[0],), (input_shape[0], 1, input_shape[1])

    return Unit


def build(measures: int) -> "keras.Model":
    """A model on float input (N, measures): (logit [N], parts [N, 1, HINGES])."""
    import keras

    told = keras.Input((measures,))
    hinges = keras.layers.Dense(HINGES, "softplus", name="hinges")(told)
    logit, parts = _unit_class()(name="head", dtype="float32")(hinges)
    return keras.Model(told, [logit, parts], name="timing")
