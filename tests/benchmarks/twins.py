"""Keras twins with given parameters, as the peers of the benchmarks run them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from clarity.detectors import parameters, registry
from clarity.detectors.artefact import PARAMETERS_FILE, Release


def loaded(name: str, size: int, values: Mapping[str, np.ndarray]) -> Any:
    """The twin of a detector at an input size in pixels."""
    twin = registry.twin(name)
    model = twin.build(size)
    twin.load_parameters(model, values)
    return model


def of_release(release: Release) -> Any:
    """The twin of a release at its own input size."""
    values = parameters.read(release.folder / PARAMETERS_FILE)
    return loaded(release.card.name, release.card.input.size, values)
