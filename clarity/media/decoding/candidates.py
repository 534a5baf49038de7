"""Frames held while a video is decoded, until it is known which of them are looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from clarity.media.decoding.wire import Picture
from clarity.media.sampling import choose, is_cut, keep_every, signature

THUMBNAIL = (64, 36)
"""Width and height at which the colours of a frame are compared."""

EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""The same pixels on every processor, at a little more cost."""

PLAUSIBLE_ASPECT = (0.25, 4.0)
"""Aspect ratios of a pixel that are believed; others are taken for square."""


def pixel_aspect(stream: VideoStream) -> float:
    """The width of a film's pixels over their height, as it is believed."""
    aspect = float(stream.codec_context.sample_aspect_ratio or 1)
    low, high = PLAUSIBLE_ASPECT
    return aspect if low <= aspect <= high else 1.0


class Shots:
    """Numbers the shots of the frames shown to it, in order."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._before: np.ndarray | None = None
        self._shot = 0

    def number(self, frame: VideoFrame) -> int:
        """The shot of the next frame: 0 first, one more after every cut."""
        thumbnail = self._reformatter.reformat(
            frame, *THUMBNAIL, "rgb24", interpolation=Interpolation.POINT, threads=1
        )
        now = signature(thumbnail.to_ndarray())
        if self._before is not None and is_cut(self._before, now):
            self._shot += 1
        self._before = now
        return self._shot


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that may be looked at; `index`, `seconds` and `shot` as in `Frame`."""

    index: int
    seconds: float
    shot: int
    frame: VideoFrame

    def picture(self, aspect: float, longest: int) -> Picture:
        """Upright RGB with square pixels, the longer side at most `longest`."""
        width, height = self.frame.width * aspect, self.frame.height
        scale = min(1.0, longest / max(width, height))
        rgb = self.frame.reformat(
            max(1, round(width * scale)),
            max(1, round(height * scale)),
            "rgb24",
            interpolation=EXACT,
            threads=1,
        ).to_ndarray()
        pixels = np.rot90(rgb, _quarter_turns(self.frame))
        return Picture(
            index=self.index,
            seconds=self.seconds,
            shot=self.shot,
            width=pixels.shape[1],
            height=pixels.shape[0],
            rgb=np.ascontiguousarray(pixels).tobytes(),
        )


class Candidates:
    """At most `capacity` frames, spread over all that were offered.

    Args:
        capacity: frames held at most.
        aspect: width of a pixel divided by its height.
        longest: longer side kept, in pixels.
    """

    def __init__(self, capacity: int, *, aspect: float, longest: int) -> None:
        self._aspect = aspect
        self._capacity = capacity
        self._longest = longest
        self._held: list[tuple[int, Candidate | Picture]] = []
        self._offered = 0
        self.size = (0, 0)
        """Width and height of the upright picture, in pixels, once a frame was offered."""

    def offer(self, candidate: Candidate) -> None:
        """Take the frame if it belongs to the even spread; let others go that no longer do."""
        if self._offered == 0:
            self.size = self._upright_size(candidate.frame)
        position = self._offered
        self._offered += 1
        stride = keep_every(self._offered, self._capacity)
        if position % stride:
            return
        self._held = [held for held in self._held if held[0] % stride == 0]
        # A large frame is reduced at once, so that few of them cannot fill the memory.
        large = max(candidate.frame.width, candidate.frame.height) > self._longest
        self._held.append((position, self._picture(candidate) if large else candidate))

    def __len__(self) -> int:
        return len(self._held)

    def chosen(self, count: int) -> Iterator[Picture]:
        """The frames to look at, in time order."""
        shots = [candidate.shot for _, candidate in self._held]
        for position in choose(shots, count):
            candidate = self._held[position][1]
            yield candidate if isinstance(candidate, Picture) else self._picture(candidate)

    def _picture(self, candidate: Candidate) -> Picture:
        return candidate.picture(self._aspect, self._longest)

    def _upright_size(self, frame: VideoFrame) -> tuple[int, int]:
        width, height = max(1, round(frame.width * self._aspect)), frame.height
        return (height, width) if _quarter_turns(frame) % 2 else (width, height)


def _quarter_turns(frame: VideoFrame) -> int:
    """Counter-clockwise, as the display matrix asks."""
    return round(frame.rotation / 90) % 4
