"""Follow people through a video by the overlap of their boxes, shot by shot.

Sampled frames lie far apart, so a face of the next sample continues a track when it is
near in position and size; a shot cut ends every track. Nobody is recognised: the same
person in two shots is two tracks unless both shots show exactly one face.
"""

import math
from collections.abc import Sequence

from clarity.faces.geometry import Face, Sighting, Track
from clarity.media.frames import Frame

MAX_JUMP = 0.8
"""Farthest move between two samples, in face sizes."""

MAX_GROWTH = 1.6
"""Largest ratio of face sizes between two samples."""


def track(frames: Sequence[Frame], faces: Sequence[Sequence[Face]]) -> list[Track]:
    """Join the faces of each frame (same length as `frames`) into one track per person.

    Returns:
        Tracks numbered from 0, the one with the largest total face area first.
    """
    chains: list[list[Sighting]] = []
    for number, (frame, found) in enumerate(zip(frames, faces, strict=True)):
        open_chains = [c for c in chains if frames[c[-1].frame].shot == frame.shot]
        for face, chain in _match(open_chains, found):
            if chain is None:
                chains.append([Sighting(number, face)])
            else:
                chain.append(Sighting(number, face))
    chains = _join_single_face_shots(chains, faces)
    chains.sort(key=lambda chain: sum(s.face.size**2 for s in chain), reverse=True)
    return [Track(person, tuple(chain)) for person, chain in enumerate(chains)]


def _match(
    chains: list[list[Sighting]], faces: Sequence[Face]
) -> list[tuple[Face, list[Sighting] | None]]:
    """Nearest pairs first; a face without a chain starts one (None)."""
    pairs = sorted(
        (_distance(chain[-1].face, face), i, j)
        for i, chain in enumerate(chains)
        for j, face in enumerate(faces)
    )
    taken: dict[int, int] = {}
    for distance, i, j in pairs:
        if distance <= MAX_JUMP and i not in taken.values() and j not in taken:
            taken[j] = i
    return [(face, chains[taken[j]] if j in taken else None) for j, face in enumerate(faces)]


def _distance(before: Face, after: Face) -> float:
    """Distance of centres in face sizes; infinite when the sizes do not fit."""
    ratio = before.size / after.size
    if not 1 / MAX_GROWTH <= ratio <= MAX_GROWTH:
        return math.inf
    (ax, ay), (bx, by) = _centre(before), _centre(after)
    return math.hypot(ax - bx, ay - by) / max(before.size, after.size)


def _centre(face: Face) -> tuple[float, float]:
    x, y, width, height = face.box
    return x + width / 2, y + height / 2


def _join_single_face_shots(
    chains: list[list[Sighting]], faces: Sequence[Sequence[Face]]
) -> list[list[Sighting]]:
    """If no frame shows two faces, the video shows one person: join all chains."""
    if chains and all(len(found) <= 1 for found in faces):
        return [[sighting for chain in chains for sighting in chain]]
    return chains
