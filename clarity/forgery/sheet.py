"""A contact sheet of every manipulation with its mask, for the eyes of an expert."""

from collections.abc import Sequence

import cv2
import numpy as np

from clarity.forgery import anatomy, registry
from clarity.forgery.contract import Clip, Forgery, RealFace
from clarity.forgery.face_swap import mirrored
from clarity.forgery.warping import displace, hang, tremble

COLUMNS = 4
"""Stills side by side, each with its mask."""

CLIP_FRAMES = 16
SHOWN_FRAMES = COLUMNS
LABEL = 16
GAP = 4
PAPER = 215


def contact_sheet(
    face: RealFace, *, other: RealFace | None = None, seed: int = 0, tile: int = 128
) -> np.ndarray:
    """One picture of each forged still with its mask, four frames of each forged clip.

    Args:
        face: what is forged.
        other: the second person; by default one made of the first.
        seed: of every forgery.
        tile: side of a picture, pixels.

    Returns:
        uint8 RGB.
    """
    other = other or second_person(face)
    stills = [_labelled("real face", [face.pixels, other.pixels], tile)]
    for kind in registry.kinds():
        fake = registry.forge(kind, np.random.default_rng(seed), face=face, other=other)
        stills.append(_labelled(f"{_of(kind)}: {kind}", _shown(fake), tile))
    rows = [np.hstack(stills[start : start + COLUMNS]) for start in range(0, len(stills), COLUMNS)]
    clip = nodding(face, np.random.default_rng(seed))
    for kind in registry.kinds(None, "clip", "envelope"):
        fakes = registry.forge_clip(
            kind, np.random.default_rng(seed), clip=clip, envelope=speech(len(clip))
        )
        rows.append(_labelled(f"{_of(kind)}, clip: {kind}", _spread(fakes), tile))
    width = max(row.shape[1] for row in rows)
    return np.vstack([_widened(row, width) for row in rows])


def second_person(face: RealFace) -> RealFace:
    """Somebody else, made of a real face: mirrored, other proportions, other skin and hair.

    For sheets and tests, where a second face that may be shown is not at hand; it shows how a
    swap is put together, not how a stranger's face looks.
    """
    donor = mirrored(face)
    places = anatomy.MESH.copy()
    places[:, 0] *= np.where(np.abs(places[:, 0]) < 0.35, 1.25, 1.1)
    places[:, 1] *= np.where(places[:, 1] > 0.8, 0.95, 1.0)
    sources = anatomy.points(donor.landmarks, anatomy.MESH)
    moved = hang(donor.pixels, sources, anatomy.points(donor.landmarks, places), face.shape)
    lab = cv2.cvtColor(moved, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = lab * np.array([0.72, 1, 1], np.float32) + np.array([0, 4, 8], np.float32)
    pixels = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    return RealFace(pixels, donor.landmarks)


def nodding(face: RealFace, rng: np.random.Generator, *, frames: int = CLIP_FRAMES) -> Clip:
    """A clip made of a still: it sways by a few pixels, as a head that is held still does."""
    field = tremble(face.shape, rng, most=0.03 * face.shape[0], cells=3)
    phases = np.sin(np.linspace(0, 2 * np.pi, frames, endpoint=False))
    return [
        RealFace(displace(face.pixels, (phase * field).astype(np.float32)), face.landmarks)
        for phase in phases
    ]


def speech(frames: int) -> list[float]:
    """An envelope like that of syllables, in [0, 1]."""
    beats = np.abs(np.sin(np.arange(frames) * 0.55)) * (0.6 + 0.4 * np.cos(np.arange(frames) / 5))
    return beats.tolist()


def _of(kind: str) -> str:
    return registry.entry(kind).manipulation.replace("_", " ")


def _spread(fakes: Sequence[Forgery]) -> list[np.ndarray]:
    chosen = fakes[:: max(1, len(fakes) // SHOWN_FRAMES)][:SHOWN_FRAMES]
    return [picture for fake in chosen for picture in _shown(fake)]


def _shown(fake: Forgery) -> list[np.ndarray]:
    mask = np.round(fake.mask * 255).astype(np.uint8)
    return [fake.pixels, np.repeat(mask[..., None], 3, 2)]


def _labelled(label: str, pictures: Sequence[np.ndarray], tile: int) -> np.ndarray:
    """Pictures side by side under a line of text."""
    shown = np.hstack(
        [cv2.resize(picture, (tile, tile), interpolation=cv2.INTER_AREA) for picture in pictures]
    )
    strip: np.ndarray = np.full((LABEL, shown.shape[1], 3), PAPER, np.uint8)
    cv2.putText(strip, label, (2, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return _widened(np.vstack([strip, shown]), shown.shape[1] + GAP)


def _widened(picture: np.ndarray, width: int) -> np.ndarray:
    """Paper below and on the right, up to a width."""
    missing = width - picture.shape[1]
    return cv2.copyMakeBorder(
        picture, 0, GAP, 0, missing, cv2.BORDER_CONSTANT, value=(PAPER, PAPER, PAPER)
    )
