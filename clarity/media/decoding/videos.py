"""Videos, through PyAV (FFmpeg's libraries).

A video is read twice. The survey reads all packets and decodes none: it finds the true length,
whatever the container claims, and the keyframes. Then a short video is decoded frame by frame,
and of a long one only the keyframes spread over its length are, which takes seconds.
"""

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from clarity.media.decoding.candidates import Candidate, Candidates, Shots, pixel_aspect
from clarity.media.decoding.completeness import check_complete
from clarity.media.decoding.errors import MediaDamaged, MediaTooLarge, NoPicture, VideoTooLong
from clarity.media.decoding.wire import Decoded
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from clarity.media.sampling import nearest_keyframes
from clarity.media.sniff import AVI, MATROSKA, MOV, MP4, MPEG_TS, WEBM

DEMUXERS = {
    MP4.mime: "mov",
    MOV.mime: "mov",
    WEBM.mime: "matroska",
    MATROSKA.mime: "matroska",
    AVI.mime: "avi",
    MPEG_TS.mime: "mpegts",
}
"""FFmpeg's demuxer of each type; it is named, so that content cannot choose another."""

FEWEST_KEYFRAMES = 8
"""With fewer, parts around them would leave out too much: the video is decoded as a whole."""

LENGTH_TOLERANCE = 0.5
"""Seconds over the allowed length that are rounding: a last frame, padding of the sound."""

DAMAGED_SHARE = 0.1
"""Share of packets that may fail to decode before the video counts as damaged."""

THREADS = 2


@dataclass(frozen=True, slots=True)
class Survey:
    """What the packets say.

    Attributes:
        stamps: presentation stamp of every picture in units of the stream, ascending.
        keyframes: those of the keyframes, ascending.
        unit: seconds of one stamp.
        end: when the last picture ends, in seconds after the first one starts.
    """

    stamps: list[int]
    keyframes: list[int]
    unit: float
    end: float

    def seconds(self, stamp: int) -> float:
        return (stamp - self.stamps[0]) * self.unit


def decode_video(path: str, mime: str, limits: Limits) -> Decoded:
    """Sample a video over its whole length.

    Raises:
        NoPicture: no video stream.
        MediaTooLarge: frames with more pixels than allowed.
        VideoTooLong: longer than allowed, as the container says or as its packets show.
        MediaDamaged: it breaks off or cannot be decoded.
    """
    check_complete(path, mime)
    try:
        with open_film(path, mime, limits) as (container, stream):
            _check_claims(container, stream, limits)
            survey = survey_film(container, stream, limits)
            has_sound = bool(container.streams.audio)
        candidates = _candidates(path, mime, limits, survey)
    except FFmpegError as error:
        raise MediaDamaged("The video is damaged: its content cannot be decoded.") from error
    width, height = candidates.size
    return Decoded(
        kind=MediaKind.VIDEO,
        width=width,
        height=height,
        duration=survey.end,
        has_sound=has_sound,
        pictures=candidates.chosen(limits.max_frames),
    )


@contextmanager
def open_film(path: str, mime: str, limits: Limits) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its film, which is never a cover picture.

    The protocols are restricted, so a crafted file cannot make FFmpeg open another one.
    """
    options = {"protocol_whitelist": "file", "max_pixels": str(limits.max_frame_pixels)}
    with av.open(f"file:{path}", format=DEMUXERS[mime], options=options) as container:
        films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not films:
            raise NoPicture("The file holds no video, only sound or data.")
        stream = films[0]
        if stream.codec_context is None:
            raise MediaDamaged("The video is in a coding that cannot be read.")
        stream.codec_context.thread_count = THREADS
        stream.codec_context.thread_type = "AUTO"
        yield container, stream


def _check_claims(container: InputContainer, stream: VideoStream, limits: Limits) -> None:
    """Refuse by the header, before anything is read or decoded."""
    if stream.width * stream.height > limits.max_frame_pixels:
        raise MediaTooLarge(
            f"The video has {stream.width} x {stream.height} pixels a frame; "
            f"at most {limits.max_frame_pixels / 1e6:.0f} million are read."
        )
    if stream.duration is not None and stream.time_base is not None:
        _check_length(float(stream.duration * stream.time_base), limits)
    elif container.duration is not None:
        _check_length(container.duration / av.time_base, limits)


def _check_length(seconds: float, limits: Limits) -> None:
    if seconds > limits.max_seconds + LENGTH_TOLERANCE:
        raise VideoTooLong(
            f"The video is longer than {limits.max_seconds / 60:g} minutes "
            f"({seconds / 60:.1f} minutes or more)."
        )


def survey_film(container: InputContainer, stream: VideoStream, limits: Limits) -> Survey:
    """Read all packets of the film; stop as soon as they run past the allowed length."""
    unit = float(stream.time_base or 1 / av.time_base)
    stamps, keyframes, longest = [], [], 0
    first: int | None = None
    for packet in container.demux(stream):
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.size == 0:
            continue
        first = stamp if first is None else min(first, stamp)
        _check_length((stamp - first) * unit, limits)
        stamps.append(stamp)
        longest = max(longest, packet.duration or 0)
        if packet.is_keyframe and not packet.is_corrupt:
            keyframes.append(stamp)
    if not stamps:
        raise MediaDamaged("The video is damaged: it holds no picture.")
    stamps.sort()
    last = longest * unit or 1 / float(stream.average_rate or 25)
    return Survey(stamps, sorted(keyframes), unit, (stamps[-1] - stamps[0]) * unit + last)


def _candidates(path: str, mime: str, limits: Limits, survey: Survey) -> Candidates:
    with open_film(path, mime, limits) as (container, stream):
        if len(survey.stamps) * stream.width * stream.height > limits.decoded_pixels:
            found = _by_keyframes(container, stream, limits, survey=survey)
            if found is not None:
                return found
    with open_film(path, mime, limits) as (container, stream):  # from the start, however it seeks
        return _by_frames(container, stream, limits, survey=survey)


def _by_frames(
    container: InputContainer, stream: VideoStream, limits: Limits, *, survey: Survey
) -> Candidates:
    """Decode every frame."""
    candidates = _empty(2 * limits.max_frames, stream, limits)
    shots, failed = Shots(), 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except InvalidDataError:
            failed += 1
            continue
        for frame in frames:
            candidates.offer(_candidate(frame, shots.number(frame), survey))
    if not len(candidates) or failed > DAMAGED_SHARE * len(survey.stamps):
        raise MediaDamaged("The video is damaged: too little of it can be decoded.")
    return candidates


def _by_keyframes(
    container: InputContainer, stream: VideoStream, limits: Limits, *, survey: Survey
) -> Candidates | None:
    """Decode around keyframes spread over the length; None where they are too few to do so.

    With fewer keyframes than frames wanted, some frames after each are decoded as well: as
    many as `decoded_pixels` allows in all.
    """
    capacity = 2 * limits.max_frames
    times = [survey.seconds(stamp) for stamp in survey.keyframes]
    starts = [survey.keyframes[i] for i in nearest_keyframes(times, survey.end, capacity)]
    if len(starts) < FEWEST_KEYFRAMES:
        return None
    each = -(-capacity // len(starts))
    step = max(1, limits.decoded_pixels // (stream.width * stream.height * each * len(starts)))
    candidates, shots = _empty(each * len(starts), stream, limits), Shots()
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        container.seek(start, stream=stream)
        stretch = decoded_from(container, stream, start, only_first=each == 1)
        for position, frame in enumerate(islice(stretch, (each - 1) * step + 1)):
            if following is not None and (frame.pts or 0) >= following:
                break
            shot = shots.number(frame)
            if position % step == 0:
                candidates.offer(_candidate(frame, shot, survey))
    return candidates if len(candidates) >= FEWEST_KEYFRAMES else None


def decoded_from(
    container: InputContainer, stream: VideoStream, start: int, *, only_first: bool
) -> Iterator[VideoFrame]:
    """Frames from the stamp `start` on; leading pictures of an open group are left out."""
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
            if only_first and not frames:
                frames = stream.codec_context.decode(None)
        except InvalidDataError:
            return
        yield from (frame for frame in frames if frame.pts is not None and frame.pts >= start)
        if only_first:
            return


def _empty(capacity: int, stream: VideoStream, limits: Limits) -> Candidates:
    return Candidates(capacity, aspect=pixel_aspect(stream), longest=limits.max_frame_side)


def _candidate(frame: VideoFrame, shot: int, survey: Survey) -> Candidate:
    stamp = frame.pts if frame.pts is not None else survey.stamps[0]
    index = bisect_left(survey.stamps, stamp)
    return Candidate(index, max(0.0, survey.seconds(stamp)), shot, frame)
