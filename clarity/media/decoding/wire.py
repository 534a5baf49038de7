"""What the calling process and the decoding process say to each other.

The request travels as one argument. The pixels come back through an anonymous file that both
have open, one frame after another, then those of the run and its sound, and the facts about
them as one line of JSON on the pipe. What the file says of itself follows on a second line: if
that breaks down, the first stands.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from clarity.media.frames import Frame, MediaKind, Run
from clarity.media.limits import Limits


@dataclass(frozen=True, slots=True)
class Request:
    """What to decode.

    Attributes:
        path: the file, absolute.
        mime: what its content was recognised as.
        pixels_fd: descriptor of the file that takes the pixels.
        limits: the bounds to keep.
        anchors: file of certificates of the signers to trust, absolute; None trusts nobody.
    """

    path: str
    mime: str
    pixels_fd: int
    limits: Limits
    anchors: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Request":
        fields = json.loads(text)
        return cls(**fields | {"limits": Limits(**fields["limits"])})


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded frame, before it is sent.

    Attributes:
        index, seconds, shot: as in `clarity.media.frames.Frame`.
        width, height: in pixels.
        rgb: width * height * 3 bytes, row by row, upright.
    """

    index: int
    seconds: float
    shot: int
    width: int
    height: int
    rgb: bytes

    def frame(self) -> Frame:
        """The same as a frame; its pixels are read-only."""
        pixels = np.frombuffer(self.rgb, np.uint8).reshape(self.height, self.width, 3)
        return Frame(self.index, self.seconds, self.shot, pixels)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The facts of `clarity.media.frames.DecodedMedia`, with frames that come one at a time."""

    kind: MediaKind
    width: int
    height: int
    duration: float
    has_sound: bool
    pictures: Iterator[Picture]
    run: Run | None = None


def facts(
    decoded: Decoded, frames: list[dict[str, float]], run: dict[str, object] | None
) -> dict[str, object]:
    """The JSON object that describes a success."""
    return {
        "kind": decoded.kind.value,
        "width": decoded.width,
        "height": decoded.height,
        "duration": decoded.duration,
        "has_sound": decoded.has_sound,
        "frames": frames,
        "run": run,
    }
