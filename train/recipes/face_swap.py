"""The specialist for faces put on other heads: swaps, and self-blended reals.

    python -m train adopt face_swap released --detector efficientnet_lite0
    python -m train fit face_swap

How specialists are made: train/specialists.py. Cost and result: docs/log.md.
"""

from train.specialists import description, network, phases

NETWORK = network("face_swap")
IMAGENET = NETWORK
FRESH = NETWORK

PHASES = phases(
    "face_swap",
    (
        ("self_blend", 0.35),
        ("face_swap", 0.25),
    ),
    steps=400,
)

TEACHER: str | None = None

DESCRIPTION = description(
    "face_swap",
    title="Face swap",
    technique=(
        "Looks for the seams that stay where a face was pasted onto another head: in most of "
        "its lessons a real face was blended with an altered copy of itself or with a "
        "stranger's."
    ),
    blind=(
        "Composites that are no deception, such as a framed photograph in a picture, can look "
        "pasted to it."
    ),
)
