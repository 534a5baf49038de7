"""Pictures of every kind, decoded in the process apart."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clarity.errors import ClarityError
from clarity.media.decode import decode
from clarity.media.decoding.errors import MediaDamaged, MediaTooLarge, VideoTooLong
from clarity.media.decoding.images import decode_image
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from clarity.media.sniff import EmptyFile, UnsupportedMedia, sniff
from tests.unit.media.making import coded, number, portrait


def pixels_of(path: Path) -> np.ndarray:
    """Decoded in this process, which is quicker; the other tests go through `decode`."""
    decoded = decode_image(str(path), sniff(path.read_bytes()).mime, Limits())
    (picture,) = decoded.pictures
    shape = (picture.height, picture.width, 3)
    return np.frombuffer(picture.rgb, np.uint8).reshape(shape)


def test_a_png_comes_back_as_it_was(tmp_path: Path) -> None:
    Image.fromarray(portrait()).save(tmp_path / "a.png")

    media = decode(tmp_path / "a.png")

    assert (media.kind, media.mime, media.duration) == (MediaKind.IMAGE, "image/png", 0.0)
    assert (media.width, media.height, media.has_sound) == (96, 96, False)
    assert (media.frames[0].pixels == portrait()).all()
    assert media.frames[0].pixels.flags.writeable


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("WEBP", {"quality": 95}),
        ("AVIF", {"quality": 95}),
        ("HEIF", {"quality": 95}),
        ("BMP", {}),
        ("TIFF", {}),
        ("GIF", {}),
    ],
)
def test_every_format_gives_the_picture_whatever_its_name(
    tmp_path: Path, name: str, options: dict[str, int]
) -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    Image.fromarray(portrait()).save(tmp_path / "a.txt", name, **options)

    difference = pixels_of(tmp_path / "a.txt").astype(int) - portrait()

    assert np.abs(difference).mean() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_obeyed(tmp_path: Path, orientation: int) -> None:
    upright = portrait()[:64]
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: np.rot90(upright.swapaxes(0, 1), 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.png", exif=exif)

    assert (pixels_of(tmp_path / "a.png") == upright).all()


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[0] = (255, 0, 0, 255)
    rgba[1] = (0, 0, 0, 128)
    Image.fromarray(rgba).save(tmp_path / "a.png")

    pixels = pixels_of(tmp_path / "a.png")

    assert pixels[:3, 0].tolist() == [[255, 0, 0], [127, 127, 127], [255, 255, 255]]


@pytest.mark.parametrize("mode", ["P", "LA", "1", "L", "CMYK", "YCbCr", "PA"])
def test_other_colour_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGB", (16, 16), (255, 255, 255))
    image.paste((0, 0, 0), (0, 0, 16, 8))
    as_mode = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    as_mode.save(tmp_path / "a.tif")

    pixels = pixels_of(tmp_path / "a.tif")

    assert pixels.shape == (16, 16, 3)
    assert pixels[2, 2].max() <= 2
    assert pixels[12, 12].min() >= 253


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    deep = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    Image.fromarray(deep).save(tmp_path / f"a{suffix}")

    grey = pixels_of(tmp_path / f"a{suffix}")[..., 1]

    assert (grey == np.arange(256).reshape(16, 16)).all()


def test_floating_point_pictures_are_scaled(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(tmp_path / "a.tif")

    assert set(np.unique(pixels_of(tmp_path / "a.tif"))) == {128}


def test_a_large_picture_is_reduced_and_its_size_kept(tmp_path: Path) -> None:
    Image.fromarray(portrait(400)[:200]).save(tmp_path / "a.png")

    media = decode(tmp_path / "a.png", Limits(max_image_side=100))

    assert (media.width, media.height) == (400, 200)
    assert media.frames[0].pixels.shape == (50, 100, 3)


def bomb(side: int) -> bytes:
    """The header of a PNG of `side` x `side` pixels, with next to no data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")


def test_a_pixel_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(bomb(50_000))

    # Decoding it would need 7.5 GB; half of one is enough to read the header.
    with pytest.raises(MediaTooLarge, match="50000 x 50000") as caught:
        decode(tmp_path / "a.png", Limits(memory_bytes=512 * 1024**2))

    assert caught.value.status == 413


def test_too_little_memory_is_a_clear_error(tmp_path: Path) -> None:
    Image.new("RGB", (9000, 9000)).save(tmp_path / "a.png")

    with pytest.raises(MediaTooLarge, match="memory"):
        decode(tmp_path / "a.png", Limits(memory_bytes=400 * 1024**2))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"])
def test_a_truncated_picture_is_damaged(tmp_path: Path, name: str) -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    path = tmp_path / "a"
    noise = np.random.default_rng(3).integers(0, 256, (128, 128, 3), np.uint8)
    Image.fromarray(noise).save(path, name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.7)])

    with pytest.raises(MediaDamaged) as caught:
        decode(path)

    assert caught.value.status == 422
    assert "send the original" in caught.value.hint


def test_bytes_that_only_begin_like_a_picture_are_damaged(tmp_path: Path) -> None:
    for head in (b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\x00", b"\x89PNG\r\n\x1a\n"):
        (tmp_path / "a").write_bytes(head + b"nothing of the kind" * 40)
        with pytest.raises(MediaDamaged):
            decode(tmp_path / "a")


def test_wrong_files_are_refused_without_a_process(tmp_path: Path) -> None:
    cases: list[tuple[bytes, type[ClarityError]]] = [
        (b"", EmptyFile),
        (b"Dear editor", UnsupportedMedia),
        (bomb(10) + bytes(2000), MediaTooLarge),
    ]
    for content, error in cases:
        (tmp_path / "a.jpg").write_bytes(content)
        with pytest.raises(error):
            decode(tmp_path / "a.jpg", Limits(max_bytes=1000))


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_is_a_video_sampled_to_its_end(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(coded(index * 16)) for index in range(20)]
    frames[0].save(
        tmp_path / "a", name, save_all=True, append_images=frames[1:], duration=200, quality=95
    )

    media = decode(tmp_path / "a", Limits(max_frames=5))

    assert media.kind is MediaKind.VIDEO
    assert media.duration == pytest.approx(4.0)
    assert len(media.frames) == 5
    assert all(number(frame.pixels) // 16 == frame.index for frame in media.frames)
    assert [frame.seconds for frame in media.frames] == pytest.approx(
        [frame.index / 5 for frame in media.frames]
    )
    assert media.frames[-1].index >= 16


def test_an_endless_animation_is_too_long(tmp_path: Path) -> None:
    frames = [Image.fromarray(coded(index * 16)) for index in range(3)]
    frames[0].save(tmp_path / "a", "GIF", save_all=True, append_images=frames[1:], duration=300_000)

    with pytest.raises(VideoTooLong, match="10 minutes"):
        decode(tmp_path / "a")
