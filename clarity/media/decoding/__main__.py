"""Decode one file under limits and send its frames back."""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict, replace
from typing import BinaryIO

from clarity.errors import ClarityError
from clarity.media.decoding.errors import DAMAGE, MediaDamaged, MediaTooLarge
from clarity.media.decoding.wire import Decoded, Picture, Request, facts
from clarity.media.frames import Frame, MediaKind, Run
from clarity.media.limits import Limits

GRACE_SECONDS = 5
"""The caller ends an overdue process first; this alarm is for one whose caller is gone."""

PROVENANCE_SECONDS = 5
"""Longest time that reading credentials and entries may take."""

CPU_FACTOR = 4
"""Processor seconds allowed per second of wall-clock time: several decoding threads."""

SOUND_BYTES = 16_000
"""Largest share of a frame of a run in the sound beside it: a quarter of a second."""


def main() -> None:
    request = Request.from_json(sys.argv[1])
    _restrict(request.limits)
    try:
        reply = _send(_decode(request), request.pixels_fd)
    except ClarityError as error:
        reply = {"error": error.code, "message": error.message}
    except MemoryError:
        reply = {"error": MediaTooLarge.code, "message": "Decoding it takes too much memory."}
    except DAMAGE as error:
        reply = {
            "error": MediaDamaged.code,
            "message": "The file is damaged: its content cannot be decoded.",
            "cause": repr(error),
        }
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
    if "error" not in reply:
        sys.stdout.write(_provenance(request) + "\n")


def _provenance(request: Request) -> str:
    """The second line; nothing that happens here takes back the first."""
    from clarity.media.decoding.provenance import read_provenance

    signal.alarm(PROVENANCE_SECONDS)
    return json.dumps(asdict(read_provenance(request.path, request.mime, request.anchors)))


def _restrict(limits: Limits) -> None:
    seconds = int(limits.decode_seconds) + GRACE_SECONDS
    signal.alarm(seconds)
    film = limits.max_frames * limits.max_frame_side**2 + limits.run_frames * limits.run_side**2
    largest = max(limits.max_image_side**2, film) * 3 + SOUND_BYTES * limits.run_frames
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    _lower(resource.RLIMIT_CPU, seconds * CPU_FACTOR)
    _lower(resource.RLIMIT_FSIZE, largest)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, value: int) -> None:
    """Set a limit without asking for more than the process was given."""
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or hard > value:
        # One above: at the soft limit of processor time the signal says what happened.
        resource.setrlimit(kind, (value, value + 1))


def _decode(request: Request) -> Decoded:
    """Imports inside: a picture needs no PyAV, a video no Pillow, and start-up counts."""
    if request.mime.startswith(MediaKind.IMAGE.value):
        from clarity.media.decoding.images import decode_image

        return decode_image(request.path, request.mime, request.limits)
    from clarity.media.decoding.videos import decode_video

    film = decode_video(request.path, request.mime, request.limits)
    return replace(film, run=_run(request)) if request.limits.run_frames else film


def _run(request: Request) -> Run | None:
    """A film of which no run can be had was decoded all the same."""
    from clarity.media.decoding.stretch import liveliest_run

    try:
        return liveliest_run(request.path, request.mime, request.limits)
    except (ClarityError, *DAMAGE):
        return None


def _send(decoded: Decoded, pixels_fd: int) -> dict[str, object]:
    frames, run = [], None
    with os.fdopen(pixels_fd, "wb") as file:
        for picture in decoded.pictures:
            file.write(picture.rgb)
            frames.append(_described(picture, picture.width, picture.height))
        if decoded.run is not None:
            run = _send_run(decoded.run, file)
    return facts(decoded, frames, run)


def _send_run(run: Run, file: BinaryIO) -> dict[str, object]:
    for frame in run.frames:
        file.write(frame.pixels.tobytes())
    file.write(run.sound.tobytes())
    described = [
        _described(frame, frame.pixels.shape[1], frame.pixels.shape[0]) for frame in run.frames
    ]
    return {"frames": described, "rate": run.rate, "samples": len(run.sound)}


def _described(one: Picture | Frame, width: int, height: int) -> dict[str, float]:
    return {
        "index": one.index,
        "seconds": one.seconds,
        "shot": one.shot,
        "width": width,
        "height": height,
    }


if __name__ == "__main__":
    main()
