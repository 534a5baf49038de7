from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from clarity.detectors import registry
from tests.releases import write_release


@pytest.fixture(scope="session")
def panel(tmp_path_factory):
    """One real OpenVINO detector that finds bright faces forged."""
    root = tmp_path_factory.mktemp("releases")
    write_release(root, "bright", gain=4.0, deploy=True)
    return {"xception": registry.load("xception", root=root)}


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    return data.astronaut()


@pytest.fixture
def saved(tmp_path):
    """Writes an RGB picture and gives its path."""

    def save(picture: np.ndarray, name: str = "picture.png") -> Path:
        path = tmp_path / name
        cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        return path

    return save
