"""What a file is, by its content."""

import io
from pathlib import Path

import pytest
from PIL import Image

from clarity.media.frames import MediaKind
from clarity.media.sniff import HEAD_BYTES, EmptyFile, UnsupportedMedia, sniff
from tests.unit.media.making import portrait, write_video


@pytest.mark.parametrize(
    ("name", "mime", "extension"),
    [
        ("JPEG", "image/jpeg", ".jpg"),
        ("PNG", "image/png", ".png"),
        ("WEBP", "image/webp", ".webp"),
        ("GIF", "image/gif", ".gif"),
        ("BMP", "image/bmp", ".bmp"),
        ("TIFF", "image/tiff", ".tif"),
        ("AVIF", "image/avif", ".avif"),
    ],
)
def test_real_images_are_recognised(name: str, mime: str, extension: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(portrait()).save(buffer, name)

    found = sniff(buffer.getvalue()[:HEAD_BYTES])

    assert (found.kind, found.mime, found.extension) == (MediaKind.IMAGE, mime, extension)


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("mov", "libx264", "video/quicktime"),
        ("webm", "libvpx", "video/webm"),
        ("matroska", "libx264", "video/x-matroska"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("mpegts", "libx264", "video/mp2t"),
    ],
)
def test_real_videos_are_recognised(tmp_path: Path, container: str, codec: str, mime: str) -> None:
    path = write_video(tmp_path / "clip.jpg", 12, codec=codec, container_format=container)

    found = sniff(path.read_bytes()[:HEAD_BYTES])

    assert (found.kind, found.mime) == (MediaKind.VIDEO, mime)


@pytest.mark.parametrize(
    ("brands", "mime"),
    [
        (b"heic\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1avif", "image/avif"),
        (b"isom\0\0\2\0isomiso2avc1mp41", "video/mp4"),
        (b"3gp5\0\0\0\0", "video/mp4"),
        (b"qt  \0\0\0\0", "video/quicktime"),
    ],
)
def test_the_brands_of_a_box_file_decide(brands: bytes, mime: str) -> None:
    head = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + b"\0\0\0\x08free"

    assert sniff(head).mime == mime


def test_an_empty_file_is_its_own_error() -> None:
    with pytest.raises(EmptyFile) as caught:
        sniff(b"")

    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"Dear editor,\nplease find attached", "text"),
        ("Grüße, 日本".encode() * 40, "text"),
        ("Notes in UTF-16".encode("utf-16"), "text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"ID3\x04\x00", "sound"),
        (b"\xff\xfb\x90\x44", "sound"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "sound"),
        (b"\x00\x00\x00\x1cftypM4A \0\0\0\0", "sound"),
        (b"OggS\x00\x02", "Ogg"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "unknown"),
        (b"GG" + bytes(700), "unknown"),
    ],
)
def test_anything_else_is_refused_by_its_name(head: bytes, named: str) -> None:
    with pytest.raises(UnsupportedMedia, match=named) as caught:
        sniff(head)

    assert caught.value.status == 415
    assert "JPEG" in caught.value.hint
