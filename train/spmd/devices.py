"""The devices of all processes as one line, and how arrays lie on it.

Every process runs the same program (SPMD) and feeds its own part of each batch; parameters
lie whole on every device. XLA puts in the sums across devices and processes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from clarity.errors import ClarityError
from train.batches import Batch


class BatchIndivisible(ClarityError):
    code = "batch-indivisible"
    hint = "Choose a batch size that is a multiple of devices times accumulated parts."


class Fed(NamedTuple):
    """A batch on the devices, its parts first; see `Batch`."""

    pixels: jax.Array
    labels: jax.Array
    places: jax.Array


class Devices:
    """All devices that JAX sees, over all processes, on one axis."""

    def __init__(self) -> None:
        mesh = Mesh(np.array(jax.devices()), ("data",))
        self.whole = NamedSharding(mesh, PartitionSpec())
        self._split = NamedSharding(mesh, PartitionSpec(None, "data"))
        self.count = mesh.size
        self.first = jax.process_index() == 0

    @property
    def precision(self) -> Any:
        """bfloat16 on accelerators, whose matrix units want it; float32 on CPUs."""
        return jnp.float32 if jax.default_backend() == "cpu" else jnp.bfloat16

    def replicate(self, values: Mapping[str, np.ndarray]) -> dict[str, jax.Array]:
        """Float32 arrays, the same in every process, whole on every device."""
        arrays = {name: np.asarray(value, np.float32) for name, value in values.items()}
        return {
            name: jax.make_array_from_callback(array.shape, self.whole, array.__getitem__)
            for name, array in arrays.items()
        }

    def feed(self, batch: Batch, *, parts: int) -> Fed:
        """This process's share of a batch as part of the global one.

        Args:
            batch: n crops.
            parts: of the batch, whose gradients are summed up one after the other.

        Returns:
            Each of the batch's arrays as (parts, N / parts, ...), where N is n times the
            processes; the second axis lies across the devices.

        Raises:
            BatchIndivisible: the crops do not divide among parts and devices.
        """
        local = len(jax.local_devices())
        if len(batch.labels) % (parts * local):
            raise BatchIndivisible(
                f"{len(batch.labels)} crops do not divide among {parts} parts and {local} devices"
            )
        return Fed(
            *(
                jax.make_array_from_process_local_data(
                    self._split, values.reshape(parts, -1, *values.shape[1:])
                )
                for values in (batch.pixels, batch.labels, batch.places)
            )
        )

    def agreed(self, number: int) -> int:
        """The first process's number, in every process."""
        return int(multihost_utils.broadcast_one_to_all(np.int32(number)))


def here(values: Mapping[str, jax.Array]) -> dict[str, np.ndarray]:
    """Copies of replicated arrays in this process's memory."""
    return {name: np.asarray(value.addressable_data(0)) for name, value in values.items()}
