"""The specialist for faces driven by somebody else's expressions.

    python -m train adopt reenactment released --detector efficientnet_lite0
    python -m train fit reenactment

How specialists are made: train/specialists.py. Cost and result: docs/log.md.
"""

from train.specialists import description, network, phases

NETWORK = network("reenactment")
IMAGENET = NETWORK
FRESH = NETWORK

PHASES = phases(
    "reenactment",
    (
        ("expression", 0.35),
        ("head_turn", 0.25),
    ),
)

TEACHER: str | None = None

DESCRIPTION = description(
    "reenactment",
    title="Re-enactment",
    technique=(
        "Looks for faces that were bent or drawn anew to show another expression: warped "
        "texture, teeth and eyes that lost their detail, a head that was turned without its "
        "hair."
    ),
    blind="Wide-angle distortion and strong retouching can look bent to it.",
)
