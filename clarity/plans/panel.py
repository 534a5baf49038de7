"""The panel: six seats, one for every kind of forgery and one for all kinds together.

Which of them are taken is up to the installation, for it deploys what has been released. A plan
promises the panel; this tells honestly who sits on it today.
"""

from collections.abc import Collection

from clarity.plans.messages import PanelSeat

GENERALIST = "every-kind"

_SEATS = (
    ("face_swap", "Face swap", "One person's face put on another's head."),
    ("synthesis", "Generated face", "A whole face that never existed."),
    ("lip_sync", "Lip-sync", "A mouth made to say other words."),
    ("reenactment", "Re-enactment", "A face driven by somebody else's expressions."),
    ("attribute", "Attribute editing", "Age, hair, skin or expression changed."),
    (GENERALIST, "Generalist", "Every kind of forgery, old and new."),
)

_HOLDERS = {
    "efficientnet_lite0": GENERALIST,
    "vgg16": GENERALIST,
    "efficientnet_b4": GENERALIST,
    "xception": GENERALIST,
}
"""Seats of the detectors that are not named as theirs; several may share one."""


def seats(free: Collection[str], every: Collection[str]) -> list[PanelSeat]:
    """The six seats of an installation.

    Args:
        free: names of the detectors that judge free scans.
        every: names of all that are deployed, in the order of the ensemble.
    """
    return [
        PanelSeat(
            kind=kind,
            title=title,
            looks_for=looks_for,
            detectors=(held := [name for name in every if _HOLDERS.get(name, name) == kind]),
            free=[name for name in held if name in free],
        )
        for kind, title, looks_for in _SEATS
    ]
