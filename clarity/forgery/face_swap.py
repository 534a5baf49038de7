"""Another person's face hung onto this one: warped by landmarks, coloured, blended.

The steps that open swapping tools share (DeepFaceLab, arXiv 2005.05535; FaceForensics++,
arXiv 1901.08971, section 3): the face is fitted to a mesh, comes out of a decoder of limited
resolution, takes over the colours of the scene and is blended through a hull.
"""

import cv2
import numpy as np

from clarity.forgery import anatomy, blending, masks
from clarity.forgery.colour import match_histogram, match_moments
from clarity.forgery.contract import Forgery, Parameters, RealFace
from clarity.forgery.degrade import rescale
from clarity.forgery.resynthesis import regenerate
from clarity.forgery.warping import hang, similarity

HULLS = ("to_brows", "face", "inner", "centre")
COLOURS = {"moments": match_moments, "histogram": match_histogram}


def face_swap(face: RealFace, other: RealFace, rng: np.random.Generator) -> Forgery:
    """The face of `other` in place of `face`; both real, of any sizes."""
    donor = turned_alike(other, face)
    fit = str(rng.choice(["mesh", "similarity"], p=[0.7, 0.3]))
    hung = hang_mesh(donor, face, rng) if fit == "mesh" else _laid(donor, face)
    hull = str(rng.choice(HULLS, p=[0.4, 0.2, 0.25, 0.15]))
    span = anatomy.span(face.landmarks)
    hard = masks.bend(masks.hull(face.shape, face.landmarks, hull, rng), rng, most=0.05 * span)
    hung, colours = recolour(hung, face, hard > 0, rng)
    hung, decoder = decoded(hung, rng)
    softness = rng.uniform(0.04, 0.16)
    # the soft edge lies inside the hull: what is outside the face stays the scene's
    brush = np.ones((3, 3), np.uint8)
    inside = cv2.erode(hard, brush, iterations=round(softness * span / 2))
    mask = masks.soften(inside, softness * span)
    way = blending.draw_way(rng)
    parameters: Parameters = {
        "fit": fit,
        "hull": hull,
        "softness": float(softness),
        "blending": way,
        **colours,
        **decoder,
    }
    return Forgery(blending.blend(hung, face.pixels, mask, way), mask, parameters, face.pixels)


def hang_mesh(donor: RealFace, face: RealFace, rng: np.random.Generator) -> np.ndarray:
    """The donor's picture warped so that its mesh lies on that of `face`, fitted with error."""
    wanted = anatomy.points(face.landmarks, anatomy.MESH)
    wanted += rng.normal(0, 0.015, wanted.shape) * anatomy.span(face.landmarks)
    sources = np.concatenate([anatomy.points(donor.landmarks, anatomy.MESH), donor.landmarks])
    targets = np.concatenate([wanted, face.landmarks]).astype(np.float32)
    return hang(donor.pixels, sources, targets, face.shape)


def recolour(
    picture: np.ndarray, face: RealFace, where: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, Parameters]:
    """Colours of `face` inside the bool mask `where`; one tool in ten forgets it."""
    if rng.random() < 0.1 or not where.any():
        return picture, {"colours": "kept"}
    name = str(rng.choice(list(COLOURS)))
    return COLOURS[name](picture, face.pixels, where=where, there=where), {"colours": name}


def decoded(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """What the decoder's resolution leaves: less detail, or the traces of an up-sampler."""
    chance = rng.random()
    if chance < 0.4:
        factor = rng.uniform(0.3, 0.8)
        return rescale(picture, factor), {"decoder": "soft", "detail": float(factor)}
    if chance < 0.7:
        made, parameters = regenerate(picture, rng, ways=("upsampling", "autoencoder"))
        return made, {"decoder": "network", **parameters}
    return picture, {"decoder": "none"}


def turned_alike(other: RealFace, face: RealFace) -> RealFace:
    """The donor, mirrored where it looks to the other side."""
    _, across, _ = anatomy.axes(face.landmarks)
    _, theirs, _ = anatomy.axes(other.landmarks)
    if (anatomy.turn(face.landmarks) @ across) * (anatomy.turn(other.landmarks) @ theirs) >= 0:
        return other
    return mirrored(other)


def mirrored(face: RealFace) -> RealFace:
    """The face in a mirror; its left side becomes its right."""
    points = face.landmarks[[1, 0, 2, 4, 3]] * np.array([-1, 1], np.float32)
    points[:, 0] += face.shape[1] - 1
    return RealFace(np.ascontiguousarray(face.pixels[:, ::-1]), points)


def _laid(donor: RealFace, face: RealFace) -> np.ndarray:
    """The donor's picture moved, turned and scaled so that the five landmarks meet best."""
    matrix = similarity(donor.landmarks, face.landmarks)
    return cv2.warpAffine(
        donor.pixels,
        matrix,
        face.shape[::-1],
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
