"""Videos of every kind, decoded in the process apart."""

import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from clarity.media.decode import decode
from clarity.media.decoding.errors import (
    DecodeTimeout,
    MediaDamaged,
    MediaTooLarge,
    NoPicture,
    VideoTooLong,
)
from clarity.media.frames import DecodedMedia, MediaKind
from clarity.media.limits import Limits
from tests.unit.media.making import coded, number, write_sound, write_video


def assert_spread(media: DecodedMedia, count: int) -> None:
    """The frames are what their numbers say, and lie over the whole length."""
    indices = [frame.index for frame in media.frames]
    assert [number(frame.pixels) for frame in media.frames] == indices
    widest = max(after - before for before, after in pairwise([0, *indices, count]))
    assert widest <= 3 * count / len(indices) + 1


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("mov", "mjpeg", "video/quicktime"),
        ("webm", "libvpx", "video/webm"),
        ("matroska", "libx264", "video/x-matroska"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("mpegts", "libx264", "video/mp2t"),
    ],
)
def test_every_container_is_sampled_over_its_length(
    tmp_path: Path, container: str, codec: str, mime: str
) -> None:
    path = write_video(tmp_path / "clip.txt", 150, codec=codec, container_format=container)

    media = decode(path, Limits(max_frames=8))

    assert (media.kind, media.mime, media.has_sound) == (MediaKind.VIDEO, mime, False)
    assert (media.width, media.height) == (96, 64)
    assert media.duration == pytest.approx(15.0, abs=0.25)
    assert len(media.frames) == 8
    assert_spread(media, 150)
    seconds = [frame.seconds for frame in media.frames]
    assert seconds == pytest.approx([frame.index / 10 for frame in media.frames], abs=0.01)


def test_sound_is_noticed_and_a_short_clip_given_whole(tmp_path: Path) -> None:
    media = decode(write_video(tmp_path / "a.mp4", 7, sound=True))

    assert media.has_sound
    assert [frame.index for frame in media.frames] == list(range(7))


def test_the_same_file_gives_the_same_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (30, 64, 96, 3), np.uint8)
    path = write_video(tmp_path / "a.mp4", 30, lambda index: noise[index])

    first, second = decode(path), decode(path)

    for one, other in zip(first.frames, second.frames, strict=True):
        assert (one.index, one.seconds, one.shot) == (other.index, other.seconds, other.shot)
        assert (one.pixels == other.pixels).all()


def test_cuts_are_found_and_every_shot_is_sampled(tmp_path: Path) -> None:
    colours = {range(60): (200, 30, 30), range(60, 66): (30, 200, 30), range(66, 120): (20, 20, 90)}

    def paint(index: int) -> np.ndarray:
        colour = next(colour for part, colour in colours.items() if index in part)
        return np.full((64, 96, 3), colour, np.uint8)

    media = decode(write_video(tmp_path / "a.mp4", 120, paint), Limits(max_frames=8))

    found = {frame.index: frame.shot for frame in media.frames}
    assert set(found.values()) == {0, 1, 2}
    assert all(shot == (index >= 60) + (index >= 66) for index, shot in found.items())


def turned(path: Path, matrix: tuple[int, ...]) -> Path:
    """Write a display matrix into the track header, as telephones do."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    content[at : at + 24] = struct.pack(">6i", *(value << 16 for value in matrix))
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("matrix", "quarter_turns"),
    [((0, 1, 0, -1, 0, 0), -1), ((-1, 0, 0, 0, -1, 0), 2), ((0, -1, 0, 1, 0, 0), 1)],
)
def test_a_turned_telephone_is_obeyed(
    tmp_path: Path, matrix: tuple[int, ...], quarter_turns: int
) -> None:
    path = turned(write_video(tmp_path / "a.mp4", 5), matrix)

    media = decode(path)

    expected = np.rot90(coded(3), quarter_turns)
    assert (media.height, media.width) == expected.shape[:2]
    assert np.abs(media.frames[3].pixels.astype(int) - expected).mean() < 6


def test_pixels_become_square(tmp_path: Path) -> None:
    media = decode(write_video(tmp_path / "a.mp4", 3, aspect=Fraction(4, 3)))

    assert (media.width, media.height) == (128, 64)
    assert media.frames[0].pixels.shape == (64, 128, 3)


def test_large_frames_are_reduced(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 40, lambda index: coded(index, (128, 192)))

    media = decode(path, Limits(max_frame_side=96, max_frames=8))

    assert (media.width, media.height) == (192, 128)
    assert media.frames[0].pixels.shape == (64, 96, 3)
    assert_spread(media, 40)


def test_ten_minutes_exactly_are_allowed_and_sampled_by_keyframes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 1200, rate=2, gop=6)

    media = decode(path, Limits(decoded_pixels=0))

    assert media.duration == pytest.approx(600.0)
    assert len(media.frames) == 32
    assert all(frame.index % 6 == 0 for frame in media.frames)
    assert_spread(media, 1200)


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_few_keyframes_are_decoded_onwards(tmp_path: Path, container: str) -> None:
    path = write_video(tmp_path / "a", 600, gop=50, container_format=container)

    media = decode(path, Limits(decoded_pixels=300 * 64 * 96))

    assert len(media.frames) == 32
    assert any(frame.index % 50 for frame in media.frames)
    assert_spread(media, 600)


def test_too_few_keyframes_are_not_relied_on(tmp_path: Path) -> None:
    media = decode(write_video(tmp_path / "a.mp4", 300, gop=1000), Limits(decoded_pixels=0))

    assert len(media.frames) == 32
    assert_spread(media, 300)


def test_eleven_minutes_are_refused_by_the_container(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 660, rate=1)

    with pytest.raises(VideoTooLong, match=r"11\.0 minutes") as caught:
        decode(path)

    assert caught.value.status == 422


@pytest.mark.parametrize("container", ["matroska", "mp4"])
def test_a_container_that_lies_about_its_length_is_found_out(
    tmp_path: Path, container: str
) -> None:
    path = write_video(tmp_path / "a", 660, rate=1, container_format=container)
    content = path.read_bytes()
    if container == "matroska":
        at = content.index(b"\x44\x89\x88") + 3  # Duration, eight bytes, in milliseconds
        content = content[:at] + struct.pack(">d", 9000.0) + content[at + 8 :]
    else:
        at = content.index(b"mdhd") + 4 + 12  # time scale, then duration
        scale = struct.unpack_from(">I", content, at)[0]
        content = content[: at + 4] + struct.pack(">I", 9 * scale) + content[at + 8 :]
    path.write_bytes(content)

    with pytest.raises(VideoTooLong, match=r"10\.0 minutes or more"):
        decode(path)


@pytest.mark.parametrize("faststart", [False, True])
@pytest.mark.parametrize("kept", [0.3, 0.95])
def test_a_truncated_mp4_is_damaged(tmp_path: Path, faststart: bool, kept: float) -> None:
    options = {"movflags": "faststart"} if faststart else {}
    path = write_video(tmp_path / "a.mp4", 60, options=options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(MediaDamaged, match="damaged") as caught:
        decode(path)

    assert caught.value.status == 422


def test_rubbish_inside_is_damaged(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 60)
    content = bytearray(path.read_bytes())
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[start:end] = np.random.default_rng(2).bytes(end - start)
    path.write_bytes(content)

    with pytest.raises(MediaDamaged):
        decode(path)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPicture) as caught:
        decode(write_sound(tmp_path / "a.mp4"))

    assert caught.value.status == 415


def test_frames_over_the_pixel_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaTooLarge, match="96 x 64"):
        decode(write_video(tmp_path / "a.mp4", 3), Limits(max_frame_pixels=96 * 64 - 1))


def test_too_slow_is_stopped(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 3)

    with pytest.raises(DecodeTimeout, match=r"0\.05 seconds"):
        decode(path, Limits(decode_seconds=0.05))
