"""The specialist for mouths made to say other words.

    python -m train adopt lip_sync released --detector efficientnet_lite0
    python -m train fit lip_sync

How specialists are made: train/specialists.py. Cost and result: docs/log.md.
"""

from train.specialists import description, network, phases

NETWORK = network("lip_sync")
IMAGENET = NETWORK
FRESH = NETWORK

PHASES = phases(
    "lip_sync",
    (
        ("mouth_blend", 0.25),
        ("mouth_swap", 0.25),
        ("mouth_move", 0.25),
    ),
)

TEACHER: str | None = None

DESCRIPTION = description(
    "lip_sync",
    title="Lip-sync",
    technique=(
        "Looks at the mouth and its surroundings for a part that was drawn anew: blurred teeth, "
        "a soft edge around the lips, skin that does not match the cheeks."
    ),
    blind=(
        "It was taught by few real lip-sync clips and many made mouths; lipstick and dental "
        "work can look drawn to it."
    ),
)
