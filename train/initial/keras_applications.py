"""ImageNet weights that `keras.applications` downloads, where there is internet."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def start_with(twin: ModuleType) -> Callable[["keras.Model", Path], None]:
    """A recipe's start: fills the backbone of a model of this twin; the head stays random.

    The start raises `WeightsUnavailable` where there is no internet.
    """

    def start(model: "keras.Model", folder: Path) -> None:  # noqa: ARG001 - Keras keeps its own
        pretrained = twin.build(model.input.shape[1], weights="imagenet")
        twin.load_parameters(model, twin.parameters(pretrained))

    return start
