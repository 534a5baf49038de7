"""Whether a video file has all the bytes that it announces.

FFmpeg plays what is there and keeps silent about a missing rest; a verdict on half a video
would pass for one on the whole.
"""

import os
from pathlib import Path
from typing import BinaryIO

from clarity.media.decoding.errors import MediaDamaged
from clarity.media.sniff import AVI, MOV, MP4

_CONTENT_BOXES = {b"mdat", b"moov", b"moof"}
"""Boxes that a film needs; anything else at the end of a file may be rubbish and is let be."""


def check_complete(path: str, mime: str) -> None:
    """Raise where a container announces more than the file holds.

    Matroska and MPEG-TS are made to be cut anywhere, and announce nothing that counts.

    Raises:
        MediaDamaged: the file breaks off.
    """
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if mime in (MP4.mime, MOV.mime):
            announced = _end_of_boxes(file, size)
        elif mime == AVI.mime:
            announced = 8 + int.from_bytes(file.read(8)[4:], "little")
        else:
            return
    if announced > size:
        raise MediaDamaged(
            f"The video is damaged: the file breaks off after {size / announced:.0%} of its bytes."
        )


def _end_of_boxes(file: BinaryIO, size: int) -> int:
    """Where the last of the content boxes ends (ISO/IEC 14496-12, 4.2)."""
    at = end = 0
    while at < size:
        file.seek(at)
        header = file.read(16)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:], "big")
        if length < 8:  # 0: up to the end of the file; else not a box
            break
        at += length
        if kind in _CONTENT_BOXES:
            end = at
    return end
