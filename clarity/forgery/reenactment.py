"""Expressions and poses that another face dictates, and motion that does not belong together.

Reenactment moves a mesh and renders it anew (Face2Face, arXiv 2007.14808; first-order motion,
arXiv 2003.00196): here the mesh is moved by smooth fields and the moved region passes one of
the generators of `resynthesis`. In clips the parts of a forged face move without each other:
breaking their co-movement in real clips teaches exactly that (arXiv 2512.04175).
"""

import numpy as np

from clarity.faces.align import transform
from clarity.forgery import anatomy, blending, masks
from clarity.forgery.contract import Clip, Forgery, Parameters, RealFace
from clarity.forgery.resynthesis import regenerate
from clarity.forgery.warping import Field, displace, pull, similarity

BROWS = np.array([[-0.75, -0.3, 0], [-0.5, -0.36, 0], [-0.2, -0.28, 0]], np.float32)
LIDS = np.array([[-0.5, -0.1, 0], [-0.5, 0.1, 0]], np.float32)
CORNERS = np.array([[-0.42, 1.0, 0]], np.float32)
LIPS = np.array([[0, 0.92, 0.2], [0, 1.14, 0.2]], np.float32)
CHIN = np.array([[-0.3, 1.5, 0.1], [0, 1.6, 0.2], [0.3, 1.5, 0.1]], np.float32)
STILL = np.array([[0, 0.45, 0.8], [-0.9, 0.5, -0.5], [0.9, 0.5, -0.5], [0, -0.9, 0]], np.float32)
"""Places that an expression leaves where they are."""

PARTS = {"brows": "upper", "eyes": "eyes", "mouth": "mouth", "lower": "lower"}
"""Parts that move by themselves in a broken clip, and the hulls that hold them."""


def expression(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Another expression: smile, jaw, brows and lids moved, the face rendered anew."""
    drawn: Parameters = {
        "smile": float(rng.uniform(-0.09, 0.14)),
        "jaw": float(rng.uniform(-0.04, 0.12)),
        "brows": float(rng.uniform(-0.06, 0.08)),
        "lids": float(rng.uniform(-0.05, 0.05)),
    }
    field = _face_field(face, *_expression_moves(drawn))
    return _performed(face, field, drawn, outline=rng, render=rng)


def head_turn(face: RealFace, rng: np.random.Generator) -> Forgery:
    """The head turned a little: what is nearer to the camera moves further."""
    yaw, pitch = float(rng.uniform(-0.16, 0.16)), float(rng.uniform(-0.1, 0.1))
    depth = masks.ellipse(face.shape, face.landmarks, (0.0, 0.45), (1.35, 1.75))
    depth += 0.5 * masks.ellipse(face.shape, face.landmarks, (0.0, 0.6), (0.45, 0.6))
    _, across, down = anatomy.axes(face.landmarks)
    field = (-depth[..., None] * (yaw * across + pitch * down)).astype(np.float32)
    return _performed(face, field, {"yaw": yaw, "pitch": pitch}, outline=rng, render=rng)


def expression_transfer(clip: Clip, rng: np.random.Generator) -> list[Forgery]:
    """The expressions of another moment of the clip, and a performance of its own.

    What the landmarks do at one time is transferred to another time; brows, lids and jaw, which
    five landmarks do not tell, follow drawn curves.
    """
    performance = {name: _curve(len(clip), rng) for name in ("smile", "jaw", "brows", "lids")}
    reach = {"smile": 0.1, "jaw": 0.1, "brows": 0.08, "lids": 0.05}
    own, delay = _deviations(clip), int(rng.integers(1, max(2, len(clip))))
    render, outline = int(rng.integers(2**32)), int(rng.integers(2**32))
    frames = []
    for number, face in enumerate(clip):
        drawn: Parameters = {n: float(reach[n] * curve[number]) for n, curve in performance.items()}
        other_moment = own[(number + delay) % len(clip)] - own[number]
        field = _face_field(face, *_expression_moves(drawn)) + _landmark_field(face, other_moment)
        # one network and one mask over the whole clip
        same = {"outline": np.random.default_rng(outline), "render": np.random.default_rng(render)}
        frames.append(_performed(face, field, {**drawn, "delay": delay}, **same))
    return frames


def broken_motion(clip: Clip, rng: np.random.Generator) -> list[Forgery]:
    """A real clip in which one part of the face moves on its own; no other trace is left."""
    part = str(rng.choice(list(PARTS)))
    reach = float(rng.uniform(0.03, 0.09))
    sideways, along = _curve(len(clip), rng), _curve(len(clip), rng)
    outline = int(rng.integers(2**32))
    frames = []
    for face, dx, dy in zip(clip, sideways, along, strict=True):
        part_mask = masks.hull(
            face.shape, face.landmarks, PARTS[part], np.random.default_rng(outline)
        )
        weight = masks.soften(part_mask, 0.15 * anatomy.span(face.landmarks))
        _, across, down = anatomy.axes(face.landmarks)
        move = reach * (float(dx) * across + float(dy) * down)
        warped, moved = _warped(face, (-weight[..., None] * move).astype(np.float32))
        drawn: Parameters = {"part": part, "dx": float(dx), "dy": float(dy), "reach": reach}
        frames.append(Forgery(warped, moved, drawn, face.pixels))
    return frames


def _expression_moves(drawn: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Places and how far each moves, both in units of `anatomy` (u, v), float32."""
    smile, jaw, brows, lids = (float(drawn[name]) for name in ("smile", "jaw", "brows", "lids"))
    right = [
        (BROWS, (0.0, -brows)),
        (LIDS[:1], (0.0, -lids)),
        (LIDS[1:], (0.0, lids / 2)),
        (CORNERS, (-smile, -0.6 * smile)),
    ]
    left = [(part * (-1, 1, 1), (-u, v)) for part, (u, v) in right]
    middle = [(LIPS[:1], (0.0, -0.2 * jaw)), (LIPS[1:], (0.0, jaw)), (CHIN, (0.0, jaw))]
    moved = [*right, *left, *middle, (STILL, (0.0, 0.0))]
    places = [part for part, _ in moved]
    moves = [np.tile(np.array(move, np.float32), (len(part), 1)) for part, move in moved]
    return np.concatenate(places).astype(np.float32), np.concatenate(moves)


def _face_field(face: RealFace, places: np.ndarray, moves: np.ndarray) -> Field:
    _, across, down = anatomy.axes(face.landmarks)
    shifts = moves[:, :1] * across + moves[:, 1:] * down
    anchors = anatomy.points(face.landmarks, places) + shifts
    field = pull(face.shape, anchors, shifts, reach=0.28 * anatomy.span(face.landmarks))
    # the head itself stays: what the points do to each other outside the face is not meant
    face_only = masks.ellipse(face.shape, face.landmarks, (0.0, 0.5), (1.2, 1.55))
    return field * np.minimum(3 * face_only, 1)[..., None]


def _deviations(clip: Clip) -> np.ndarray:
    """How each frame's landmarks differ from the clip's mean face once position, size and tilt
    are taken away, float32 (frames, 5, 2), in spans of the face."""
    first = clip[0].landmarks
    aligned = np.stack([transform(f.landmarks, similarity(f.landmarks, first)) for f in clip])
    deviations: np.ndarray = (aligned - aligned.mean(0)) / anatomy.span(first)
    return deviations


def _landmark_field(face: RealFace, moves: np.ndarray) -> Field:
    """A field that moves the five landmarks by (5, 2) spans of the face."""
    span = anatomy.span(face.landmarks)
    shifts = moves * span
    return pull(face.shape, face.landmarks + shifts, shifts, reach=0.28 * span)


def _performed(
    face: RealFace,
    field: Field,
    drawn: Parameters,
    *,
    outline: np.random.Generator,
    render: np.random.Generator,
) -> Forgery:
    """The face moved by a field, and inside a hull rendered anew, seven times in ten."""
    warped, moved = _warped(face, field)
    if render.random() < 0.3:
        return Forgery(warped, moved, {**drawn, "generator": "none"}, face.pixels)
    name = str(outline.choice(["to_brows", "face", "inner"], p=[0.4, 0.35, 0.25]))
    softness = float(outline.uniform(0.05, 0.18))
    hard = masks.hull(face.shape, face.landmarks, name, outline)
    mask = masks.soften(hard, softness * anatomy.span(face.landmarks))
    made, traces = regenerate(warped, render, ways=("upsampling", "autoencoder", "denoising"))
    parameters: Parameters = {**drawn, "hull": name, "softness": softness, **traces}
    pixels = blending.alpha(made, warped, mask)
    return Forgery(pixels, np.maximum(mask, moved), parameters, face.pixels)


def _warped(face: RealFace, field: Field) -> tuple[np.ndarray, np.ndarray]:
    """The picture under a field, and where it moved: 1 from a pixel on."""
    distance = np.sqrt((field**2).sum(2))
    # what moves by less than a sample of the interpolation stays to the bit
    field[distance < 1 / 32] = 0
    moved = np.where(distance < 1 / 32, 0, np.minimum(distance, 1))
    return displace(face.pixels, field), moved.astype(np.float32)


def _curve(count: int, rng: np.random.Generator) -> np.ndarray:
    """A walk over `count` frames in [-1, 1], float64."""
    knots = rng.uniform(-1, 1, max(4, count // 4 + 2))
    curve: np.ndarray = np.interp(np.linspace(0, len(knots) - 1, count), range(len(knots)), knots)
    return curve
