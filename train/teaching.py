"""Bring a finished teacher to a student's lesson."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from clarity.detectors import parameters as flat
from clarity.errors import ClarityError
from train.distil import Teacher


def teacher_of(recipe: str, runs: Path) -> Callable[[int], Teacher]:
    """Input size -> the trained teacher of a recipe.

    Raises:
        ClarityError: the teacher was not trained yet.
    """
    plan = import_module(f"train.recipes.{recipe}")
    values = trained(recipe, runs)

    import keras

    def build(size: int) -> Teacher:
        students = keras.mixed_precision.global_policy()
        keras.mixed_precision.set_global_policy(plan.NETWORK.precision)
        network = plan.NETWORK.build(size)
        keras.mixed_precision.set_global_policy(students)
        plan.NETWORK.load_parameters(network, flat.read(values))
        network.trainable = False
        return Teacher(
            network=network, input=plan.NETWORK.spec(size), hints_at=plan.NETWORK.hints_at
        )

    return build


def trained(recipe: str, runs: Path) -> Path:
    """The parameters that a recipe's run ended with.

    Raises:
        ClarityError: it was not trained yet.
    """
    plan = import_module(f"train.recipes.{recipe}")
    path: Path = runs / recipe / f"{plan.PHASES[-1].name}.safetensors"
    if not path.is_file():
        raise ClarityError(
            f"no teacher at {path}", hint=f"Run `python -m train fit {recipe}` first."
        )
    return path
