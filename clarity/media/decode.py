"""Decode a file that nobody trusts, in a process of its own with limits on everything."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from clarity.errors import ClarityError
from clarity.media.decoding.errors import (
    DAMAGE,
    REPORTED,
    DecoderFailed,
    DecodeTimeout,
    MediaDamaged,
    MediaTooLarge,
)
from clarity.media.decoding.images import decode_image
from clarity.media.decoding.wire import Request
from clarity.media.frames import DecodedMedia, Frame, MediaKind, Run
from clarity.media.limits import Limits
from clarity.media.provenance import Credentials, Provenance, parse
from clarity.media.sniff import HEAD_BYTES, UnsupportedMedia, sniff
from clarity.sizes import in_words

_log = logging.getLogger(__name__)

_BROKE_DOWN = (MediaDamaged, "The file is damaged: the decoder broke down on it.")
_TOO_SLOW = (DecodeTimeout, "Decoding takes too long.")
_CRASHES: dict[int, tuple[type[ClarityError], str]] = {
    -signal.SIGXCPU: _TOO_SLOW,
    -signal.SIGALRM: _TOO_SLOW,
    -signal.SIGKILL: (MediaTooLarge, "Decoding it takes too much memory."),
    -signal.SIGABRT: _BROKE_DOWN,
    -signal.SIGSEGV: _BROKE_DOWN,
    -signal.SIGFPE: _BROKE_DOWN,
}
"""What it means when a signal ended the decoding process; the kernel kills when memory is out."""


def decode(path: Path, limits: Limits = Limits(), *, anchors: Path | None = None) -> DecodedMedia:
    """Decode an image, or sample a video over its whole length.

    The same file gives the same pixels, bit for bit, every time.

    Args:
        path: a local file; its name is never looked at.
        limits: what it may cost.
        anchors: certificates, in PEM, of the signers of credentials to trust.

    Raises:
        EmptyFile, UnsupportedMedia: by the first bytes, before a process is started.
        MediaTooLarge: too many bytes or pixels, by the header, or too much memory.
        MediaDamaged, NoPicture, VideoTooLong, DecodeTimeout: found while decoding.
        DecoderFailed: the process broke down for a reason that is not the file's.
    """
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise MediaTooLarge(
            f"The file has {in_words(size)}; at most {in_words(limits.max_bytes)} are read."
        )
    pixels_fd = _anonymous_file()
    try:
        trusted = str(anchors.absolute()) if anchors else None
        request = Request(str(path.absolute()), media_type.mime, pixels_fd, limits, trusted)
        reply = _run(request)
        return _media(reply, media_type.mime, pixels_fd)
    finally:
        os.close(pixels_fd)


def decode_trusted_picture(path: Path, limits: Limits = Limits()) -> DecodedMedia:
    """Decode a still picture of a dataset in this process, to the pixels of `decode`.

    A process each costs 0.3 s, fifty times what a small picture takes. Nothing but a dataset
    that is trusted may come here: a crafted file could crash or capture this process.

    Raises:
        EmptyFile, UnsupportedMedia, MediaTooLarge, MediaDamaged: as `decode`; a film is
            unsupported here.
    """
    with path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
    if media_type.kind is not MediaKind.IMAGE:
        raise UnsupportedMedia(f"This is {media_type.mime}, not a picture.")
    try:
        decoded = decode_image(str(path), media_type.mime, limits)
        frames = tuple(picture.frame() for picture in decoded.pictures)
    except DAMAGE as error:
        raise MediaDamaged("The picture is damaged: its content cannot be decoded.") from error
    return DecodedMedia(
        kind=decoded.kind,
        mime=media_type.mime,
        width=decoded.width,
        height=decoded.height,
        duration=decoded.duration,
        has_sound=decoded.has_sound,
        frames=frames,
    )


def _anonymous_file() -> int:
    """A file without a name: nothing is left behind however the two processes end."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("clarity-frames")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _run(request: Request) -> dict[str, Any]:
    """The reply of the decoding process, or the error that it or its end stands for."""
    command = [sys.executable, "-P", "-m", "clarity.media.decoding", request.to_json()]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(request.pixels_fd,),
        env=_environment(),
    ) as process:
        try:
            output, complaint = process.communicate(timeout=request.limits.decode_seconds)
        except subprocess.TimeoutExpired:
            raise DecodeTimeout(
                f"Decoding takes longer than {request.limits.decode_seconds:g} seconds."
            ) from None
        finally:
            process.kill()  # nothing to do where it has ended; leaving `with` waits for it
    facts, whole, rest = output.partition(b"\n")
    if whole:
        reply = _checked(json.loads(facts))
        return reply | {"provenance": _provenance(rest, process.returncode)}
    if process.returncode in _CRASHES:
        error, message = _CRASHES[process.returncode]
        raise error(message)
    if process.returncode != 0:
        _log.error("decoder ended with %s: %s", process.returncode, complaint[-2000:].decode())
    raise DecoderFailed("The file could not be decoded because the decoder broke down.")


def _provenance(line: bytes, status: int) -> Provenance:
    """What the file says of itself; where reading it broke down, that and no more."""
    if status == 0:
        return parse(json.loads(line))
    _log.warning("reading provenance ended with %s", status)
    return Provenance(credentials=Credentials(state="unreadable"))


def _environment() -> dict[str, str]:
    """Only what the child needs to find its modules: no credentials reach the decoder."""
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path),
        "PATH": os.defpath,
        "OPENBLAS_NUM_THREADS": "1",
    }


def _checked(reply: dict[str, Any]) -> dict[str, Any]:
    if "error" in reply:
        _log.info("not decoded: %s %s", reply["error"], reply.get("cause", ""))
        raise REPORTED[reply["error"]](reply["message"])
    return reply


def _media(reply: dict[str, Any], mime: str, pixels_fd: int) -> DecodedMedia:
    frames, offset = _frames(reply.pop("frames"), pixels_fd, 0)
    run = _run_of(reply.pop("run"), pixels_fd, offset)
    kind = MediaKind(reply.pop("kind"))
    return DecodedMedia(kind=kind, mime=mime, frames=frames, run=run, **reply)


def _frames(
    told: list[dict[str, Any]], descriptor: int, offset: int
) -> tuple[tuple[Frame, ...], int]:
    """Frames from a file, and where the next thing in it begins."""
    frames = []
    for facts in told:
        pixels = np.empty((facts.pop("height"), facts.pop("width"), 3), np.uint8)
        _read_into(pixels, descriptor, offset)
        offset += pixels.nbytes
        frames.append(Frame(pixels=pixels, **facts))
    return tuple(frames), offset


def _run_of(told: dict[str, Any] | None, descriptor: int, offset: int) -> Run | None:
    if told is None:
        return None
    frames, offset = _frames(told["frames"], descriptor, offset)
    sound = np.empty(told["samples"], np.float32)
    _read_into(sound, descriptor, offset)
    return Run(frames, told["rate"], sound)


def _read_into(pixels: np.ndarray, descriptor: int, offset: int) -> None:
    """Fill an array from a file; one call may give less than was asked for."""
    view = pixels.reshape(-1).view(np.uint8).data
    done = 0
    while done < len(view):
        count = os.preadv(descriptor, [view[done:]], offset + done)
        if count == 0:
            raise DecoderFailed("The decoder sent fewer pixels than it announced.")
        done += count
