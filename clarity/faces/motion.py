"""How a face moves: a few curves over time from meshes of consecutive frames.

Everything is measured in the face's own frame: middle of the eyes, line from eye to eye,
distance of the outer corners of the eyes as the unit. So size, place and tilt of the head in
the picture tell nothing, and what is left is what the face does.
"""

import numpy as np

CURVES = (
    "opening",  # of the lips, inside, in the middle
    "opening_beside",  # inside, left and right of it
    "height",  # of the mouth, outside
    "width",  # of the mouth, inside
    "width_outside",
    "jaw",  # from the nose to the chin
    "upper_lip",  # below the tip of the nose
    "lower_lip",
    "corners",  # below the tip of the nose, their mean
    "skew",  # of the mouth: how far its middle is beside the nose
    "brow",  # above the eyes
    "lids",  # how far the eyes are open
    "nose_across",  # place of the nose beside the line through the eyes' middle: turning
    "nose_down",  # nodding
)
"""Names of the curves, in their order."""

EYES = (33, 263)
"""Outer corners."""


def curves(meshes: np.ndarray) -> np.ndarray:
    """Curves of a face over time.

    Args:
        meshes: float32 (frames, 468, 2), from `clarity.faces.mesh`.

    Returns:
        float32 (frames, len(CURVES)).
    """
    own = _own_frame(meshes.astype(np.float64))
    x, y = own[..., 0], own[..., 1]

    def apart(one: int, other: int) -> np.ndarray:
        return np.linalg.norm(own[:, one] - own[:, other], axis=1)

    told = [
        apart(13, 14),
        (apart(82, 87) + apart(312, 317)) / 2,
        apart(0, 17),
        apart(78, 308),
        apart(61, 291),
        apart(1, 152),
        y[:, 13] - y[:, 1],
        y[:, 14] - y[:, 1],
        (y[:, 61] + y[:, 291]) / 2 - y[:, 1],
        (x[:, 61] + x[:, 291]) / 2 - x[:, 1],
        -(y[:, 105] + y[:, 334]) / 2,
        (apart(159, 145) + apart(386, 374)) / 2,
        x[:, 1],
        y[:, 1],
    ]
    return np.stack(told, 1).astype(np.float32)


def _own_frame(meshes: np.ndarray) -> np.ndarray:
    right, left = meshes[:, EYES[0]], meshes[:, EYES[1]]
    across = left - right
    unit = np.maximum(np.linalg.norm(across, axis=1), 1e-6)[:, None]
    along = across / unit
    down = np.stack([-along[:, 1], along[:, 0]], 1)
    turned = np.stack([along, down], 1)
    centred = meshes - ((right + left) / 2)[:, None]
    return np.einsum("tpc,tdc->tpd", centred, turned) / unit[:, :, None]
