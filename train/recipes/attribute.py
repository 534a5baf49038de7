"""The specialist for edited age, hair, skin, make-up and glasses.

    python -m train adopt attribute released --detector efficientnet_lite0
    python -m train fit attribute

How specialists are made: train/specialists.py. Cost and result: docs/log.md.
"""

from train.specialists import description, network, phases

NETWORK = network("attribute")
IMAGENET = NETWORK
FRESH = NETWORK

PHASES = phases(
    "attribute",
    (
        ("skin", 0.1),
        ("hair", 0.1),
        ("age", 0.1),
        ("glasses", 0.05),
        ("makeup", 0.1),
    ),
    steps=400,
)

TEACHER: str | None = None

DESCRIPTION = description(
    "attribute",
    title="Attribute editing",
    technique=(
        "Looks for a part of the face that was changed while the rest was kept: hair of another "
        "colour, skin that was smoothed or aged, glasses and make-up that were painted on."
    ),
    blind="Real make-up and the beauty filters of phones can look edited to it.",
)
