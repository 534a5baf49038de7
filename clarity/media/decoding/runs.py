"""Runs of consecutive frames and the sound beside them, for networks that look at time."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.video.stream import VideoStream

from clarity.media.decoding.candidates import Candidate, Shots, pixel_aspect
from clarity.media.decoding.videos import Survey, decoded_from, open_film, survey_film
from clarity.media.frames import Frame, Run
from clarity.media.limits import Limits
from clarity.media.sampling import evenly
from clarity.media.sound import SAMPLE_RATE

SILENCE = 1e-4
"""Loudest sample, in [0, 1], of a sound track that counts as none."""


@dataclass(frozen=True, slots=True)
class RunShape:
    """Frames of a run, and how many a second."""

    frames: int
    rate: float


def decode_runs(
    path: str, mime: str, limits: Limits, *, starts: Sequence[int], most: int, wanted: RunShape
) -> Iterator[Run]:
    """At most `most` runs, spread evenly over the starts that leave room for a whole one.

    Args:
        path: a trusted file: it is decoded in this process.
        mime: what its content was recognised as.
        limits: `max_seconds`, `max_frame_pixels` and `max_frame_side` are kept.
        starts: numbers of frames in the container, as `Frame.index`, ascending.
        wanted: length, and the rate to come near to by leaving frames out.

    Raises:
        ClarityError: as `decode_video`.
        OSError, ValueError: FFmpeg's errors on content that cannot be decoded.
    """
    with open_film(path, mime, limits) as (container, stream):
        survey = survey_film(container, stream, limits)
    native = len(survey.stamps) / survey.end
    step = max(1, round(native / wanted.rate))
    span = (wanted.frames - 1) * step + 1
    fitting = [start for start in starts if start + span <= len(survey.stamps)]
    with open_film(path, mime, limits) as (container, stream):
        for position in evenly(len(fitting), most):
            found = _candidates(container, stream, survey, start=fitting[position])
            chosen = list(islice(found, 0, span, step))
            if len(chosen) == wanted.frames and chosen[0].index == fitting[position]:
                yield Run(_frames(chosen, stream, limits), native / step)


def _candidates(
    container: InputContainer, stream: VideoStream, survey: Survey, *, start: int
) -> Iterator[Candidate]:
    """Every frame from number `start` on; its first shot counts as shot 0."""
    stamp, shots = survey.stamps[start], Shots()
    container.seek(stamp, stream=stream)
    for frame in decoded_from(container, stream, stamp, only_first=False):
        now = frame.pts if frame.pts is not None else stamp
        index = bisect_left(survey.stamps, now)
        yield Candidate(index, survey.seconds(now), shots.number(frame), frame)


def frames_from(
    container: InputContainer,
    stream: VideoStream,
    survey: Survey,
    *,
    start: int,
    step: int,
    longest: int,
) -> Iterator[Frame]:
    """Every `step`-th frame from number `start` on, reduced to `longest` pixels as it comes."""
    aspect = pixel_aspect(stream)
    for position, candidate in enumerate(_candidates(container, stream, survey, start=start)):
        if position % step == 0:
            yield candidate.picture(aspect, longest).frame()


def _frames(
    candidates: Sequence[Candidate], stream: VideoStream, limits: Limits
) -> tuple[Frame, ...]:
    aspect = pixel_aspect(stream)
    return tuple(c.picture(aspect, limits.max_frame_side).frame() for c in candidates)


def decode_sound(
    path: str, mime: str, limits: Limits, *, survey: Survey | None = None
) -> np.ndarray:
    """The sound of a film, from its first picture on.

    Args:
        path, mime, limits: as of `decode_runs`.
        survey: of the film, where somebody has read its packets already.

    Returns:
        float32 (n,), mono, in [-1, 1], at `SAMPLE_RATE`; empty where there is none or silence.

    Raises:
        as `decode_runs`.
    """
    with open_film(path, mime, limits) as (container, stream):
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        survey = survey or survey_film(container, stream, limits)
    with open_film(path, mime, limits) as (container, _):
        samples = _samples(container, survey)
    loud = len(samples) and np.abs(samples).max() > SILENCE
    return samples if loud else np.zeros(0, np.float32)


def _samples(container: InputContainer, survey: Survey) -> np.ndarray:
    """Padded or cut in front, so that sample 0 sounds with the first picture."""
    resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    pieces: list[np.ndarray] = []
    lead = 0
    for frame in container.decode(audio=0):
        if not pieces and frame.time is not None:
            lead = round((frame.time - survey.stamps[0] * survey.unit) * SAMPLE_RATE)
        pieces += [piece.to_ndarray().ravel() for piece in resampler.resample(frame)]
    pieces += [piece.to_ndarray().ravel() for piece in resampler.resample(None)]
    samples = np.concatenate(pieces or [np.zeros(0, np.float32)])
    padding = np.zeros(max(lead, 0), np.float32)
    return np.concatenate([padding, samples[max(-lead, 0) :]]).astype(np.float32)
