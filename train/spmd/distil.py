"""What a student learns from a teacher, as `train.distil` states it, for the JAX engine."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from clarity.detectors import parameters as flat
from clarity.detectors.card import InputSpec
from train.distil import HINT_SPREAD
from train.spmd.network import Arrays, FlaxNetwork
from train.spmd.resize import area_resized


@dataclass(frozen=True, eq=False)
class Lesson:
    """A trained network whose opinion and feature maps the student learns; not trained.

    Attributes:
        network: tapped at as many places as the student.
        values: its parameters by flat name.
        input: its normalisation; it sees the batch as it is drawn, the student resized.
        soft_labels: weight of its probabilities against the labels, in [0, 1].
        hints: weight of the feature loss.
    """

    network: FlaxNetwork
    values: flat.Parameters
    input: InputSpec
    soft_labels: float = 0.5
    hints: float = 1.0

    def teach(
        self, values: Arrays, x: jax.Array, targets: jax.Array
    ) -> tuple[jax.Array, list[jax.Array]]:
        """Targets softened by the teacher's opinion, and its feature maps.

        Args:
            values: its parameters on the devices.
            x: float32 RGB in [0, 255], (N, side, side, 3).
            targets: (N,) in [0, 1].
        """
        trained, statistics = self.network.grouped(values)
        images = (x - self.input.mean) / self.input.std
        answer = self.network(trained, statistics, images, training=False)
        opinion = jax.nn.sigmoid(answer.logits)
        softened = (1 - self.soft_labels) * targets + self.soft_labels * opinion
        return softened, answer.features


def first_bridge(
    mine: Sequence[jax.ShapeDtypeStruct], wanted: Sequence[jax.ShapeDtypeStruct], *, seed: int
) -> flat.Parameters:
    """Linear maps from the student's channels to the teacher's, one a pair of feature maps."""
    rng = np.random.default_rng(seed)
    bridge: flat.Parameters = {}
    for number, (one, other) in enumerate(zip(mine, wanted, strict=True)):
        rows, columns = one.shape[-1], other.shape[-1]
        limit = np.sqrt(6 / (rows + columns))
        kernel = rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)
        bridge[f"bridge.{number}.kernel"] = kernel
        bridge[f"bridge.{number}.bias"] = np.zeros(columns, np.float32)
    return bridge


def hint_loss(bridge: Arrays, mine: Sequence[jax.Array], wanted: Sequence[jax.Array]) -> jax.Array:
    """Mean squared distance from the teacher's maps, each channel standardised.

    1 is what a student that knows only the mean would get.
    """
    losses = [
        _distance(
            m.astype(jnp.float32) @ bridge[f"bridge.{n}.kernel"] + bridge[f"bridge.{n}.bias"], w
        )
        for n, (m, w) in enumerate(zip(mine, wanted, strict=True))
    ]
    return jnp.stack(losses).mean()


def _distance(guess: jax.Array, wanted: jax.Array) -> jax.Array:
    spread = wanted.std((0, 1, 2)) + HINT_SPREAD
    target = (wanted - wanted.mean((0, 1, 2))) / spread
    return jnp.square(guess - area_resized(target, *guess.shape[1:3])).mean()
