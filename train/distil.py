"""What a student learns from a teacher: its opinion, and its feature maps on the way there.

Hinton, Vinyals, Dean 2015 (arXiv 1503.02531) for soft labels; Romero et al. 2015 (FitNets,
arXiv 1412.6550) for hints. A student without initial weights learns little from one bit a
face; a hint is a value for every place of every map.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from clarity.detectors.card import InputSpec

if TYPE_CHECKING:
    import keras

HINT_SPREAD = 1e-3
"""Added to a channel's standard deviation: a dead channel of the teacher asks for nothing."""


class Lesson(Protocol):
    """How far a student's feature maps are from what a teacher wants them to be.

    Attributes:
        weights: variables of its own, trained with the student; may be none.
    """

    weights: Sequence[Any]

    def loss(self, mine: Sequence[Any], wanted: Sequence[Any], *, logits: Any, labels: Any) -> Any:
        """A scalar of maps (N, h, w, channels) of both, the student's logits and labels, (N,)."""
        ...


def tapped(network: "keras.Model", layers: Sequence[str]) -> "keras.Model":
    """The network with outputs [logit, map, input of each named layer]."""
    import keras

    maps = [network.get_layer(name).input for name in layers]
    return keras.Model(network.input, [*network.output, *maps])


class Bridge:
    """Linear maps from the student's channels to the teacher's, one a pair of feature maps."""

    def __init__(self, student: "keras.Model", teacher: "keras.Model") -> None:
        """Between two `tapped` networks with as many maps."""
        import keras

        self._dense = []
        for mine, wanted in zip(student.output[2:], teacher.output[2:], strict=True):
            dense = keras.layers.Dense(wanted.shape[-1], dtype="float32")
            dense.build((None, mine.shape[-1]))
            self._dense.append(dense)
        self.weights: Sequence[Any] = [weight for dense in self._dense for weight in dense.weights]

    def loss(self, mine: Sequence[Any], wanted: Sequence[Any], *, logits: Any, labels: Any) -> Any:  # noqa: ARG002
        """Mean squared distance from the teacher's maps, each channel standardised.

        1 is what a student that knows only the mean would get.
        """
        import tensorflow as tf

        losses = [
            self._distance(dense(tf.cast(m, tf.float32)), tf.cast(w, tf.float32))
            for dense, m, w in zip(self._dense, mine, wanted, strict=True)
        ]
        return tf.add_n(losses) / len(losses)

    def _distance(self, guess: Any, wanted: Any) -> Any:
        import tensorflow as tf

        mean, variance = tf.nn.moments(wanted, (0, 1, 2))
        target = (wanted - mean) / (tf.sqrt(variance) + HINT_SPREAD)
        target = tf.image.resize(target, tf.shape(guess)[1:3], "area")
        return tf.reduce_mean(tf.square(guess - target))


@dataclass(frozen=True)
class Teacher:
    """A trained network whose opinion and feature maps the student learns; not trained.

    Attributes:
        network: outputs (logit [N], map).
        input: its normalisation; it sees the batch as it is drawn, the student resized.
        hints_at: layers whose inputs are compared, in the order of the student's.
        soft_labels: weight of its probabilities against the labels, in [0, 1].
        hints: weight of the feature loss.
        lesson: the two networks, `tapped`, -> that loss.
    """

    network: "keras.Model"
    input: InputSpec
    hints_at: Sequence[str]
    soft_labels: float = 0.5
    hints: float = 1.0
    lesson: Callable[["keras.Model", "keras.Model"], Lesson] = Bridge
