"""What files say of themselves: read where they are decoded, checked, never believed."""

import io
import signal
import struct

import numpy as np
import pytest
from PIL import Image

from clarity.media.decode import decode
from clarity.media.provenance import NOTHING_SAID

from .credentials import Newsroom
from .making import write_video


@pytest.fixture(scope="module")
def newsroom():
    return Newsroom()


def jpeg(exif=None):
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    extra = {} if exif is None else {"exif": exif}
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90, **extra)
    return buffer.getvalue()


def credentials_of(content):
    """The segments of a JPEG that carry credentials (APP11)."""
    found, place = b"", 2
    while content[place + 1] != 0xDA:
        length = 2 + struct.unpack_from(">H", content, place + 2)[0]
        if content[place + 1] == 0xEB:
            found += content[place : place + length]
        place += length
    return found


def read(tmp_path, content, **options):
    path = tmp_path / "picture"
    path.write_bytes(content)
    return decode(path, **options)


def test_a_seal_of_a_known_signer_is_trusted(newsroom, tmp_path):
    anchors = tmp_path / "anchors.pem"
    anchors.write_text(newsroom.root)
    content = newsroom.sign(jpeg(), "image/jpeg", source="trainedAlgorithmicMedia")
    told = read(tmp_path, content, anchors=anchors).provenance.credentials
    assert (told.state, told.faults) == ("trusted", ())
    assert told.signer == "Test Camera, Test Newsroom"
    assert told.software == "Test App 1.0"
    assert told.actions == ("c2pa.created",)
    assert told.source_type == "trainedAlgorithmicMedia"


def test_a_seal_of_an_unknown_signer_is_valid_and_no_more(newsroom, tmp_path):
    told = read(tmp_path, newsroom.sign(jpeg(), "image/jpeg")).provenance.credentials
    assert (told.state, told.faults) == ("valid", ())


def test_a_changed_pixel_breaks_the_seal(newsroom, tmp_path):
    content = bytearray(newsroom.sign(jpeg(), "image/jpeg"))
    content[-30] ^= 1
    told = read(tmp_path, bytes(content)).provenance.credentials
    assert told.state == "invalid"
    assert told.faults == ("assertion.dataHash.mismatch",)


def test_credentials_of_another_file_do_not_hold(newsroom, tmp_path):
    sealed = newsroom.sign(jpeg(), "image/jpeg")
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 20, 30)).save(buffer, "JPEG")
    other = buffer.getvalue()
    told = read(tmp_path, other[:2] + credentials_of(sealed) + other[2:]).provenance.credentials
    assert told.state == "invalid"


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_damaged_credentials_never_refuse_a_picture(newsroom, tmp_path, place):
    plain = jpeg()
    content = bytearray(newsroom.sign(plain, "image/jpeg"))
    start = content.index(b"jumb")
    spot = start + int((content.rindex(b"c2pa") - start) * place)
    content[spot : spot + 40] = bytes(40)
    decoded = read(tmp_path, bytes(content))
    assert decoded.provenance.credentials.state in ("invalid", "unreadable")
    assert (decoded.frames[0].pixels == read(tmp_path, plain).frames[0].pixels).all()


def test_thirteen_bytes_in_a_comment_are_nothing(tmp_path):
    content = jpeg()
    comment = b"\xff\xfe" + struct.pack(">H", 15) + b"c2pa.manifest"
    decoded = read(tmp_path, content[:2] + comment + content[2:])
    assert decoded.provenance == NOTHING_SAID
    assert (decoded.frames[0].pixels == read(tmp_path, content).frames[0].pixels).all()


def test_no_credentials_no_entries_is_nothing_said(tmp_path):
    assert read(tmp_path, jpeg()).provenance == NOTHING_SAID


def test_entries_are_told_and_the_place_is_not(tmp_path):
    exif = Image.Exif()
    exif[271], exif[272], exif[305] = "Maker", "Maker X1", "Editor\n\x07 9\u202e" + "9" * 500
    exif.get_ifd(0x8769)[36867] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[2] = (33.0, 55.0, 31.0)
    said = read(tmp_path, jpeg(exif)).provenance.entries
    assert said["Camera"] == "Maker Maker X1"
    assert said["Taken"] == "2026:01:02 03:04:05"
    assert said["Software"].startswith("Editor")
    assert len(said["Software"]) <= 120
    assert all(character.isprintable() for character in said["Software"])
    assert said["Place"] == "a place is noted in the file; it is not shown"
    assert "33" not in str(said)


def test_a_film_is_sealed_and_says_something_too(newsroom, tmp_path):
    film = write_video(tmp_path / "film.mp4", 4).read_bytes()
    told = read(tmp_path, newsroom.sign(film, "video/mp4")).provenance
    assert told.credentials.state == "valid"
    assert "Lavf" in told.entries["Software"]


def test_a_breakdown_while_reading_them_takes_nothing_back(tmp_path, monkeypatch):
    """The decoding process dies after it has sent the pixels: killed here, by a parser there."""
    package = tmp_path / "c2pa.py"
    package.write_text(f"import os\nos.kill(os.getpid(), {int(signal.SIGSEGV)})\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"c2pa"
    content = jpeg()
    decoded = read(tmp_path, content[:2] + comment + content[2:])
    assert decoded.provenance.credentials.state == "unreadable"
    assert decoded.frames[0].pixels.shape == (48, 64, 3)
