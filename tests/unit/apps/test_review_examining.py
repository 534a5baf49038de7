"""Frames, spectrum, error level and close-up against pictures whose answer is known."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from apps.review import examining
from apps.review.examining import Unreadable

CLIP = Path("apps/scanner/examples/clip.mp4").read_bytes()


def encoded(image, kind="PNG", **more):
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def test_every_frame_of_a_clip_has_its_time_and_is_the_decoded_one():
    times = examining.frame_times(CLIP)
    with av.open(io.BytesIO(CLIP)) as clip:
        frames = [frame.to_image() for frame in clip.decode(video=0)]
    assert len(times) == len(frames)
    assert times[0] == 0
    for number in (0, 1, 17, len(frames) - 1):
        shown = examining.frame_at(CLIP, times[number])
        assert np.array_equal(np.asarray(shown), np.asarray(frames[number])), number


def test_between_two_frames_the_earlier_one_is_seen():
    times = examining.frame_times(CLIP)
    between = examining.frame_at(CLIP, (times[5] + times[6]) / 2)
    assert between.tobytes() == examining.frame_at(CLIP, times[5]).tobytes()


@pytest.mark.parametrize("content", [b"", b"words", CLIP[:200]])
def test_what_is_no_clip_is_said_to_be_none(content):
    with pytest.raises(Unreadable):
        examining.frame_times(content)
    with pytest.raises(Unreadable):
        examining.frame_at(content, 0)
    with pytest.raises(Unreadable):
        examining.picture(content)


def test_a_picture_is_shown_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    assert examining.picture(turned).size == (20, 40)


def test_a_picture_too_large_is_not_opened(monkeypatch):
    monkeypatch.setattr(examining, "LARGEST", 99)
    with pytest.raises(Unreadable, match="too large"):
        examining.picture(encoded(Image.new("RGB", (10, 10))))


def test_a_grid_shows_as_two_points_in_the_spectrum():
    x = np.arange(128)
    wave = 128 + 80 * np.sin(2 * np.pi * x / 8)
    image = Image.fromarray(np.tile(wave, (128, 1)).astype(np.uint8))
    found = np.asarray(examining.spectrum(image.convert("RGB")), int)
    rows, columns = np.where(found == 255)
    assert set(rows) <= {63, 64, 65}
    # A period of 8 pixels is the 16th of 128 frequencies, to both sides of the middle.
    assert {64 - 16, 64 + 16} <= set(columns)
    assert found[64, 64] < 255


def test_an_even_picture_has_a_black_spectrum_and_no_error():
    even = Image.new("RGB", (64, 64), (90, 90, 90))
    assert np.asarray(examining.spectrum(even)).max() == 0
    assert np.asarray(examining.error_level(even)).shape == (64, 64, 3)


def test_a_part_that_was_pasted_in_stands_out_in_the_error_level():
    noise = np.random.default_rng(3)
    smooth = Image.fromarray(noise.integers(0, 255, (128, 128, 3), np.uint8))
    again = Image.open(io.BytesIO(encoded(smooth, "JPEG", quality=90))).convert("RGB")
    again.paste(smooth.crop((32, 32, 96, 96)), (32, 32))
    change = np.asarray(examining.error_level(again), int)
    inside = change[40:88, 40:88].mean()
    assert inside > 2 * change[:24].mean()


def test_a_close_up_keeps_the_pixels_and_stays_inside():
    image = Image.fromarray(np.arange(100, dtype=np.uint8).reshape(10, 10)).convert("RGB")
    corner = examining.close_up(image, 0, 1, 5)
    assert corner.size == (10, 10)
    assert set(np.asarray(corner)[..., 0].ravel()) == {80, 81, 90, 91}
    whole = examining.close_up(image, 0.5, 0.5, 1)
    assert whole.tobytes() == image.tobytes()
