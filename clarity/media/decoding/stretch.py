"""The stretch of a film that detectors of time look at: consecutive frames and their sound."""

from collections.abc import Iterable
from itertools import groupby, islice

import numpy as np

from clarity.media.decoding.errors import DAMAGE
from clarity.media.decoding.runs import decode_sound, frames_from
from clarity.media.decoding.videos import Survey, open_film, survey_film
from clarity.media.frames import Frame, Run
from clarity.media.limits import Limits
from clarity.media.sampling import evenly
from clarity.media.sound import SAMPLE_RATE, liveliness

RATE = 25.0
"""Frames a second that a run comes near to by leaving frames out."""

SHORTEST = 25
"""Frames below which a run is of no use."""

PLACES = 8
"""Places of a film that are weighed against each other by their sound."""

LACKING = 0.5
"""Seconds of sound that may lack at the end of a film."""

TRIES = 3
"""Places of which the pictures are decoded, until one has no cut in it."""


def liveliest_run(path: str, mime: str, limits: Limits) -> Run | None:
    """The run where the sound is liveliest, cut to one shot; None where there is none to have.

    A film too short, of too few frames a second, or of too many pixels a second has none.

    Args:
        path: the file.
        mime: what its content was recognised as.
        limits: `run_frames` at most, each `run_side` pixels on its longer side at most; not
            more than `decoded_pixels` in all are decoded for a try.

    Raises:
        ClarityError: as `decode_video`.
        OSError, ValueError: FFmpeg's errors on content that cannot be decoded.
    """
    with open_film(path, mime, limits) as (container, stream):
        survey = survey_film(container, stream, limits)
        pixels = stream.width * stream.height
    native = len(survey.stamps) / survey.end
    step = max(1, round(native / RATE))
    count = min(limits.run_frames, (len(survey.stamps) - 1) // step + 1)
    span = (count - 1) * step + 1
    if count < SHORTEST or span * pixels > limits.decoded_pixels:
        return None
    sound = _sound(path, mime, limits, survey)
    best: tuple[Frame, ...] = ()
    for start in _ranked(survey, span, sound)[:TRIES]:
        with open_film(path, mime, limits) as (container, stream):
            found = frames_from(
                container, stream, survey, start=start, step=step, longest=limits.run_side
            )
            one_shot = _longest_shot(islice(found, count))
        if len(one_shot) > len(best):
            best = one_shot
        if len(best) == count:
            break
    if len(best) < SHORTEST:
        return None
    return Run(best, native / step, _beside(best, native / step, sound))


def _sound(path: str, mime: str, limits: Limits, survey: Survey) -> np.ndarray:
    """Sound that cannot be decoded is no sound: the pictures can be judged without it."""
    try:
        return decode_sound(path, mime, limits, survey=survey)
    except DAMAGE:
        return np.zeros(0, np.float32)


def _ranked(survey: Survey, span: int, sound: np.ndarray) -> list[int]:
    """Frames to begin at, the liveliest sound first; without sound in the order of time."""
    starts = evenly(len(survey.stamps) - span + 1, PLACES)
    if not len(sound):
        return starts
    seconds = [
        (survey.seconds(survey.stamps[i]), survey.seconds(survey.stamps[i + span - 1]))
        for i in starts
    ]
    lively = [
        liveliness(sound[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)])
        for begin, end in seconds
    ]
    return [starts[place] for place in np.argsort(-np.array(lively), kind="stable")]


def _longest_shot(frames: Iterable[Frame]) -> tuple[Frame, ...]:
    shots = (tuple(shot) for _, shot in groupby(frames, key=lambda frame: frame.shot))
    return max(shots, key=len, default=())


def _beside(frames: tuple[Frame, ...], rate: float, sound: np.ndarray) -> np.ndarray:
    begin = round(frames[0].seconds * SAMPLE_RATE)
    length = round(len(frames) / rate * SAMPLE_RATE)
    cut = sound[begin : begin + length]
    if length - len(cut) > LACKING * SAMPLE_RATE:
        return np.zeros(0, np.float32)
    return np.pad(cut, (0, length - len(cut)))
