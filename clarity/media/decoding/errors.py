"""What may be wrong with a file that looked like an image or a video."""

import struct
from typing import ClassVar

from clarity.errors import ClarityError


class MediaDamaged(ClarityError):
    """The content breaks off or cannot be decoded."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "media-damaged"
    hint = "Check that the file opens on your side, then send the original again."


class MediaTooLarge(ClarityError):
    """More bytes, pixels or memory than allowed."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "media-too-large"
    hint = "Send a smaller copy: fewer pixels for a picture, a shorter part of a video."


class VideoTooLong(ClarityError):
    """A video or an animation over the allowed length."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "video-too-long"
    hint = "Cut out the part that shows the person, at most ten minutes, and send that."


class NoPicture(ClarityError):
    """A container without a video stream, such as sound alone."""

    status: ClassVar[int] = 415
    code: ClassVar[str] = "no-picture"
    hint = "Send a file with a picture in it; sound alone is not examined."


class DecodeTimeout(ClarityError):
    """Decoding took longer than allowed."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "decode-timeout"
    hint = "Send a shorter or a smaller copy, for instance an MP4 at 1080p."


class DecoderFailed(ClarityError):
    """The decoding process broke down for a reason that is not the file's."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "decoder-failed"


REPORTED: dict[str, type[ClarityError]] = {
    error.code: error for error in (MediaDamaged, MediaTooLarge, VideoTooLong, NoPicture)
}
"""The errors that the decoding process finds, by the code it sends for them."""

DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, struct.error)
"""What the parsers raise on broken content; Pillow's PNG reader raises `SyntaxError`, and
PyAV's errors are `OSError` or `ValueError`."""
