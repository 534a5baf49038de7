"""Short clips of one person with the sound beside them, for detectors that look at time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from clarity.faces.align import align, alignment, transform
from clarity.faces.detect import FaceDetector
from clarity.faces.geometry import Face
from clarity.faces.track import track
from clarity.media.decoding.runs import RunShape, decode_runs, decode_sound
from clarity.media.decoding.videos import DEMUXERS
from clarity.media.frames import DecodedMedia, Frame, Run
from clarity.media.limits import Limits
from clarity.media.sound import BANDS, HOP, SAMPLE_RATE, log_mel
from data.crops import encoded
from data.items import Item
from data.subjects import Subject

SHAPE = RunShape(frames=16, rate=25.0)
"""Of every clip; the rate is aimed at, and each clip states its own."""

CLIP_SIZE = 224
"""Side of a face crop in pixels, at the margin that serving uses."""

MOUTH_SIZE = 96
MOUTH_SIDE = 0.5
"""Side of the mouth crop over the longer side of the face box."""

STEADY = 2
"""Frames on each side over which box and landmarks are averaged: a detector's jitter from
frame to frame must not look like motion."""

SPECTRA_A_FRAME = 4
"""Log-mel spectra of a frame, 10 ms apart from its own time on: 40 ms at 25 a second."""


def clips_of(
    item: Item,
    media: DecodedMedia,
    subjects: Sequence[Subject],
    *,
    detector: FaceDetector,
    most: int,
) -> list[dict[str, Any]]:
    """At most `most` clips spread over a film, as columns of `clips/`; none of a picture.

    A clip begins at a sampled frame and follows the face seen there; one that is lost before
    the clip ends, in a cut or by the detector, gives none.

    Raises:
        ClarityError, OSError, ValueError: the film cannot be decoded.
    """
    if media.mime not in DEMUXERS or not most:
        return []
    path, limits = str(item.path), Limits()
    starting = {subject.frame.index: subject for subject in subjects}
    runs = decode_runs(path, media.mime, limits, starts=sorted(starting), most=most, wanted=SHAPE)
    followed = [
        (starting[run.frames[0].index], run, faces)
        for run in runs
        if (faces := follow(starting[run.frames[0].index].face, run.frames, detector))
    ]
    sound = decode_sound(path, media.mime, limits) if followed else np.zeros(0, np.float32)
    return [
        {"person": subject.person, **_clip(run, steadied(faces), sound)}
        for subject, run, faces in followed
    ]


def follow(first: Face, frames: Sequence[Frame], detector: FaceDetector) -> list[Face] | None:
    """The face of each frame on the track that begins with `first`; None where it is lost."""
    faces = [[first], *(detector.detect(frame.pixels) for frame in frames[1:])]
    for found in track(frames, faces):
        if found.sightings[0].face is first and len(found.sightings) == len(frames):
            return [sighting.face for sighting in found.sightings]
    return None


def steadied(faces: Sequence[Face]) -> list[Face]:
    """Boxes and landmarks averaged over `STEADY` frames to each side."""
    boxes = np.array([face.box for face in faces])
    points = np.array([face.landmarks for face in faces])
    around = [slice(max(0, i - STEADY), i + STEADY + 1) for i in range(len(faces))]
    return [
        Face(tuple(boxes[near].mean(0)), points[near].mean(0), face.confidence)
        for near, face in zip(around, faces, strict=True)
    ]


def mouth_of(face: Face) -> Face:
    """A box around the mouth as a face of its own, so that it is cut like one."""
    x, y = face.landmarks[3:].mean(0)
    side = MOUTH_SIDE * face.size
    return Face((x - side / 2, y - side / 2, side, side), face.landmarks, face.confidence)


def sound_of(run: Run, samples: np.ndarray) -> np.ndarray:
    """Log-mel energies, float32 (frames, SPECTRA_A_FRAME, bands); empty without sound."""
    if not len(samples):
        return np.zeros((0, SPECTRA_A_FRAME, BANDS), np.float32)
    begins = np.array([round(frame.seconds * SAMPLE_RATE) for frame in run.frames])
    starts = begins[:, None] + HOP * np.arange(SPECTRA_A_FRAME)
    return log_mel(samples, starts.ravel()).reshape(len(begins), SPECTRA_A_FRAME, BANDS)


def _clip(run: Run, faces: Sequence[Face], sound: np.ndarray) -> dict[str, Any]:
    pairs = list(zip([frame.pixels for frame in run.frames], faces, strict=True))
    points = [transform(f.landmarks, alignment(f, size=CLIP_SIZE)) for f in faces]
    return {
        "frame": run.frames[0].index,
        "seconds": run.frames[0].seconds,
        "rate": run.rate,
        "crops": [encoded(align(pixels, face, size=CLIP_SIZE)) for pixels, face in pairs],
        "mouths": [
            encoded(align(pixels, mouth_of(face), size=MOUTH_SIZE, margin=1.0))
            for pixels, face in pairs
        ],
        "landmarks": np.concatenate(points).ravel(),
        "sound": sound_of(run, sound).ravel(),
    }
