"""Mouths that say something else: moved, replaced, or driven by a sound's envelope.

What lip-sync tools leave: a lower face of low resolution pasted into a sharp frame (Wav2Lip
makes 96 px, arXiv 2008.10010) and a mouth that moves alone. The self-blended mouth of SAVe
(arXiv 2603.25140) is `self_blend.mouth_blend`.
"""

from collections.abc import Sequence

import numpy as np

from clarity.forgery import anatomy, blending, masks
from clarity.forgery.contract import Clip, Forgery, Parameters, RealFace
from clarity.forgery.degrade import rescale
from clarity.forgery.face_swap import hang_mesh, recolour, turned_alike
from clarity.forgery.mouth import mouth_frame, opened
from clarity.forgery.resynthesis import regenerate

GENERATED_FACES = (72, 160)
"""Sides, in pixels, of the whole faces that lip-sync networks make."""


def mouth_move(face: RealFace, rng: np.random.Generator) -> Forgery:
    """Open or press the mouth and let the lower face come out of a small network."""
    opening = float(rng.uniform(0.15, 0.75) if rng.random() < 0.75 else rng.uniform(-0.3, -0.1))
    mask, hull = _lower_mask(face, rng)
    drawn = int(rng.integers(2**32))
    made, traces = _spoken(face, opening, mask, drawn)
    return Forgery(made, mask, {"opening": opening, **hull, **traces}, face.pixels)


def mouth_swap(face: RealFace, other: RealFace, rng: np.random.Generator) -> Forgery:
    """The mouth of another person or another moment in place of this one."""
    hung = hang_mesh(turned_alike(other, face), face, rng)
    mask, hull = _lower_mask(face, rng, hull=str(rng.choice(["mouth", "lower"])))
    hung, colours = recolour(hung, face, mask > 0.5, rng)
    hung, traces = _generated(hung, face, rng)
    way = blending.draw_way(rng)
    parameters: Parameters = {**hull, **colours, **traces, "blending": way}
    return Forgery(blending.blend(hung, face.pixels, mask, way), mask, parameters, face.pixels)


def dub(clip: Clip, envelope: Sequence[float], rng: np.random.Generator) -> list[Forgery]:
    """Let the mouth follow a sound.

    Args:
        clip: frames of one person.
        envelope: loudness at each frame, in [0, 1]; as many as frames.
        rng: the only source of chance.
    """
    loudness = np.clip(np.asarray(envelope, np.float32), 0, 1)
    reach, rest = float(rng.uniform(0.3, 0.7)), float(rng.uniform(-0.15, 0.0))
    _, hull = _lower_mask(clip[0], rng)
    drawn, outline = int(rng.integers(2**32)), int(rng.integers(2**32))
    frames = []
    for face, loud in zip(clip, loudness, strict=True):
        # the outline is drawn alike in every frame: a tool keeps its mask over a clip
        mask, _ = _lower_mask(face, np.random.default_rng(outline), hull=str(hull["hull"]))
        opening = rest + (reach - rest) * float(loud) ** 0.7
        made, traces = _spoken(face, opening, mask, drawn)
        parameters: Parameters = {"opening": opening, **hull, **traces}
        frames.append(Forgery(made, mask, parameters, face.pixels))
    return frames


def _spoken(
    face: RealFace, opening: float, mask: np.ndarray, drawn: int
) -> tuple[np.ndarray, Parameters]:
    """The face with its mouth at an opening, regenerated inside the mask."""
    moved = opened(face.pixels, mouth_frame(face), opening)
    made, traces = _generated(moved, face, np.random.default_rng(drawn))
    return blending.alpha(made, face.pixels, mask), traces


def _generated(
    picture: np.ndarray, face: RealFace, rng: np.random.Generator
) -> tuple[np.ndarray, Parameters]:
    """As a lip-sync network would make it: few pixels a face, now and then its traces too."""
    side = int(rng.integers(*GENERATED_FACES))
    factor = min(1.0, side / (2.9 * anatomy.span(face.landmarks)))
    made, parameters = rescale(picture, factor), {"side": side}
    if rng.random() < 0.4:
        made, traces = regenerate(made, rng, ways=("upsampling", "autoencoder"))
        return made, {**parameters, **traces}
    return made, {**parameters, "generator": "small"}


def _lower_mask(
    face: RealFace, rng: np.random.Generator, *, hull: str = ""
) -> tuple[np.ndarray, Parameters]:
    """Soft mask of what is pasted: the mouth, the lower face, or a box as Wav2Lip does."""
    hull = hull or str(rng.choice(["mouth", "lower", "lower_box"], p=[0.3, 0.4, 0.3]))
    hard = masks.hull(face.shape, face.landmarks, hull, rng)
    softness = float(rng.uniform(0.02, 0.06) if hull == "lower_box" else rng.uniform(0.05, 0.15))
    mask = masks.soften(hard, softness * anatomy.span(face.landmarks))
    return mask, {"hull": hull, "softness": softness}
