"""The pair of networks, EfficientNet-Lite0 and VGG-16, trained on together for a short while.

    python -m train fit efficientnet_lite0
    python -m train fit vgg16
    python -m train fit lite0_vgg16

Both branches start from the results of their own runs; what is learnt here is mostly how much
to trust each. Cost and result: docs/log.md.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from clarity.detectors import parameters as flat
from clarity.detectors.architectures import lite0_vgg16_keras
from train.batches import BatchRecipe
from train.loop import Schedule
from train.recipe import Network, Phase
from train.recipes import efficientnet_lite0, vgg16

if TYPE_CHECKING:
    import keras

BRANCHES = {
    "lite0": ("efficientnet_lite0", efficientnet_lite0),
    "vgg16": ("vgg16", vgg16),
}


def start_from_branches(model: "keras.Model", folder: Path) -> None:
    """Fill both branches with the last results of their own runs."""
    values = {
        name: value
        for name, value in lite0_vgg16_keras.parameters(model).items()
        if name.startswith("blend")
    }
    for branch, (run, plan) in BRANCHES.items():
        learnt = flat.read(folder.parent / run / f"{plan.PHASES[-1].name}.safetensors")
        values |= {f"{branch}_{name}": value for name, value in learnt.items()}
    lite0_vgg16_keras.load_parameters(model, values)


NETWORK = Network(
    build=lite0_vgg16_keras.build,
    parameters=lite0_vgg16_keras.parameters,
    load_parameters=lite0_vgg16_keras.load_parameters,
    start=start_from_branches,
    mean=lite0_vgg16_keras.MEAN,
    std=lite0_vgg16_keras.STD,
    mirrored=True,
    precision="mixed_bfloat16",
    hints_at=("blend",),
)
IMAGENET = NETWORK

PHASES = [
    Phase(
        "joint",
        BatchRecipe(
            size=32,
            input_size=224,
            forged=vgg16.PHASES[0].batches.forged,
            delivery=0.6,
        ),
        Schedule(steps=200, peak_rate=2e-5, warmup=40, average=0.98, report_every=20),
        input_size=224,
    ),
]

TEACHER: str | None = None
