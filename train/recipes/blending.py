"""The specialist for pasted faces: self-blended reals and real swaps, reenactments, lip-sync.

    python -m train adopt blending released --detector efficientnet_lite0
    python -m train fit blending

Goes on from the released generalist and sees no whole synthesis and no edited attributes; every
family of real faces is used, also those without forgeries, each with its self-blend. Two thirds
of its fakes are made on the way, since it is for the tools that training never saw.

Paper: self-blended images, Shiohara and Yamasaki 2022 (arXiv 2204.08376). Cost and result:
docs/log.md.
"""

from dataclasses import replace

from train.batches import BatchRecipe
from train.loop import Schedule
from train.recipe import Phase
from train.recipes import efficientnet_lite0

NETWORK = replace(efficientnet_lite0.NETWORK, detector="blending")
IMAGENET = NETWORK
FRESH = NETWORK

RELEASED = next(phase for phase in efficientnet_lite0.PHASES if phase.name == "160-forged")

PHASES = [
    # what the generalist was when it was released: `adopt` puts its parameters here
    replace(RELEASED, name="released"),
    Phase(
        "160-pasted",
        BatchRecipe(
            size=32,
            input_size=160,
            forged=(
                ("self_blend", 0.45),
                ("face_swap", 0.1),
                ("mouth_swap", 0.05),
                ("expression", 0.05),
            ),
            delivery=0.6,
            manipulations=("face_swap", "reenactment", "lip_sync"),
            lone_reals=True,
        ),
        Schedule(steps=4000, peak_rate=1e-4, warmup=100, report_every=100),
        input_size=160,
    ),
]

TEACHER: str | None = None

DESCRIPTION = replace(
    efficientnet_lite0.DESCRIPTION,
    name="blending",
    title="Pasted faces",
    technique=(
        "Looks for the seams that stay where a face, or a part of one, was pasted into a picture: "
        "in most of its lessons a real face was blended with an altered copy of itself."
    ),
    limits=[
        "It knows nothing of faces that were made whole or retouched: it says Real of most.",
        "It judges single frames, and strong compression hides the seams that it looks for.",
        "Composites that are no deception, such as a framed photograph in a picture, can look "
        "pasted to it.",
    ],
)
