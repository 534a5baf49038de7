"""Calls to replicas that may die under them: a killed replica is replaced in seconds."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from ray.exceptions import RayActorError
from ray.serve.exceptions import DeploymentUnavailableError, ReplicaUnavailableError

LOST = (RayActorError, DeploymentUnavailableError, ReplicaUnavailableError)
"""The replica died before, while or after it worked; its answer never arrived."""
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each repetition: longer together than a detector takes to load."""

Answer = TypeVar("Answer")


def retried(call: Callable[[], Answer], *, pauses: Sequence[float] = PAUSES) -> Answer:
    """The answer of `call`, which must be safe to repeat.

    Raises:
        RayActorError: the replica was lost once more after the last pause.
    """
    for pause in pauses:
        try:
            return call()
        except LOST:
            time.sleep(pause)
    return call()
