"""The sound of a clip as a line over time, beside its pictures."""

import io
from dataclasses import dataclass

import altair as alt
import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from apps.review.examining import Unreadable

RATE = 8000
"""Samples a second: enough for a line on a screen."""
GRAIN = 80
"""Samples of which only the lowest and the highest are kept: long clips stay small."""
POINTS = 900
SILENCE = 1e-4
"""Loudest sample that counts as none."""
CLOCK_AXIS = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02.0f')"


@dataclass(frozen=True, slots=True)
class Sound:
    """Attributes:
    seconds: (n,) when every stretch begins, 0 with the first picture.
    low, high: (n,) lowest and highest sample in it, in [-1, 1].
    """

    seconds: NDArray[np.float64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @property
    def silent(self) -> bool:
        return max(-float(self.low.min()), float(self.high.max())) <= SILENCE


def listen(content: bytes) -> Sound | None:
    """The sound of a clip; None where it has no sound track, or an empty one.

    Raises:
        Unreadable: it cannot be opened.
    """
    try:
        with av.open(io.BytesIO(content), "r") as clip:
            if not clip.streams.audio:
                return None
            pictures = clip.streams.video[0]
            first = float((pictures.start_time or 0) * (pictures.time_base or 1))
            begin, low, high = _grains(clip)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise Unreadable("This page cannot open the clip's sound.") from error
    if not len(low):
        return None
    # So many grains a point that the line has at most `POINTS`.
    each = -(-len(low) // POINTS)
    edges = np.arange(0, len(low), each)
    return Sound(
        seconds=begin - first + edges * GRAIN / RATE,
        low=np.minimum.reduceat(low, edges),
        high=np.maximum.reduceat(high, edges),
    )


def line(sound: Sound, at: float) -> alt.LayerChart | alt.FacetChart:
    """Lowest to highest sample over time, with the frame that is looked at marked."""
    told = zip(
        sound.seconds.round(3).tolist(),
        sound.low.round(4).tolist(),
        sound.high.round(4).tolist(),
        strict=True,
    )
    points = [{"seconds": when, "low": low, "high": high} for when, low, high in told]
    most = max(0.05, -float(sound.low.min()), float(sound.high.max()))
    clock = alt.Axis(labelExpr=CLOCK_AXIS, tickMinStep=1, grid=False)
    wave = (
        alt.Chart(alt.Data(values=points))
        .mark_area(color="#1c7fa6", interpolate="step-after")
        .encode(
            x=alt.X("seconds:Q", title=None, axis=clock),
            y=alt.Y("low:Q", title=None, axis=None, scale=alt.Scale(domain=[-most, most])),
            y2="high:Q",
        )
    )
    shown = alt.Data(values=[{"seconds": at, "what": "the frame shown"}])
    rule = (
        alt.Chart(shown)
        .mark_rule(color="#a92620", strokeWidth=1.5)
        .encode(x="seconds:Q", tooltip=[alt.Tooltip("what:N", title="marked")])
    )
    return alt.layer(wave, rule).properties(height=90)


def _grains(
    clip: av.container.InputContainer,
) -> tuple[float, NDArray[np.float32], NDArray[np.float32]]:
    """When the sound begins, and the lowest and the highest sample of every grain."""
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
    begin: float | None = None
    rest = np.zeros(0, np.float32)
    lows: list[NDArray[np.float32]] = []
    highs: list[NDArray[np.float32]] = []

    def take(frames: list[av.AudioFrame]) -> None:
        nonlocal rest
        rest = np.concatenate([rest, *(frame.to_ndarray().ravel() for frame in frames)])
        whole = rest[: len(rest) // GRAIN * GRAIN].reshape(-1, GRAIN)
        lows.append(whole.min(axis=1))
        highs.append(whole.max(axis=1))
        rest = rest[whole.size :]

    for frame in clip.decode(audio=0):
        if begin is None:
            begin = frame.time or 0.0
        take(resampler.resample(frame))
    if begin is not None:
        take(resampler.resample(None))
    empty = np.zeros(0, np.float32)
    return begin or 0.0, np.concatenate([empty, *lows]), np.concatenate([empty, *highs])
