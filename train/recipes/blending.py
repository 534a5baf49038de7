"""The specialist for pasted faces: self-blended reals and real swaps, reenactments, lip-sync.

    python -m train fit efficientnet_lite0
    python -m train fit blending

Starts from the generalist's phase `160` and sees no whole synthesis and no edited attributes;
every family of real faces is used, also those without forgeries, each with its self-blend.

Not released: beside the generalist it did not pay (docs/log.md, 2026-11-24).

Paper: self-blended images, Shiohara and Yamasaki 2022 (arXiv 2204.08376). Cost and result:
docs/log.md.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clarity.detectors import parameters as flat
from train.batches import BatchRecipe
from train.loop import Schedule
from train.recipe import Phase
from train.recipes import efficientnet_lite0

if TYPE_CHECKING:
    import keras

START = "160"


def start_from_generalist(model: "keras.Model", folder: Path) -> None:
    """Fill the network with what the generalist's run knew after its phase `START`."""
    learnt = folder.parent / "efficientnet_lite0" / f"{START}.safetensors"
    efficientnet_lite0.NETWORK.load_parameters(model, flat.read(learnt))


NETWORK = replace(efficientnet_lite0.NETWORK, start=start_from_generalist)
IMAGENET = efficientnet_lite0.NETWORK
FRESH = efficientnet_lite0.FRESH

PHASES = [
    Phase(
        "blending-160",
        BatchRecipe(
            size=32,
            input_size=160,
            forged=(("self_blend", 0.5),),
            delivery=0.6,
            manipulations=("face_swap", "reenactment", "lip_sync"),
            lone_reals=True,
        ),
        Schedule(steps=5000, peak_rate=1.5e-4, warmup=100, report_every=100),
        input_size=160,
    ),
]

TEACHER: str | None = None
