"""The stretch of consecutive frames that goes through the decoding process."""

import numpy as np
import pytest

from clarity.media.decode import decode
from clarity.media.limits import Limits
from clarity.media.sound import SAMPLE_RATE, liveliness
from tests.unit.media.making import coded, number, portrait, write_video
from tests.unit.media.test_runs import write_tone

WANTED = Limits(run_frames=30)


def test_consecutive_frames_come_beside_the_sampled_ones(tmp_path):
    path = write_video(tmp_path / "a.mp4", 100, rate=25)
    run = decode(path, WANTED).run
    numbers = [number(frame.pixels) for frame in run.frames]
    assert numbers == list(range(numbers[0], numbers[0] + 30))
    assert run.rate == 25
    assert decode(path).run is None


def test_the_sampled_frames_are_the_same_with_and_without_a_run(tmp_path):
    path = write_video(tmp_path / "a.mp4", 60, rate=25)
    one, other = decode(path), decode(path, WANTED)
    assert all((a.pixels == b.pixels).all() for a, b in zip(one.frames, other.frames, strict=True))


def test_a_run_never_crosses_a_cut(tmp_path):
    red, blue = (np.full((64, 96, 3), colour, np.uint8) for colour in ((220, 0, 0), (0, 0, 220)))
    path = write_video(tmp_path / "a.mp4", 80, lambda i: red if i < 50 else blue, rate=25)
    run = decode(path, Limits(run_frames=70)).run
    assert len(run.frames) in range(45, 51)
    assert np.ptp([frame.pixels.mean() for frame in run.frames]) < 2


def test_sound_beside_a_run_begins_with_it(tmp_path):
    path = write_tone(tmp_path / "a.mp4", begins=0.4)
    run = decode(path, Limits(run_frames=25)).run
    assert len(run.sound) == pytest.approx(25 / run.rate * SAMPLE_RATE, abs=1)
    onset = np.flatnonzero(np.abs(run.sound) > 0.2)[0] / SAMPLE_RATE
    assert onset == pytest.approx(0.4 - run.frames[0].seconds, abs=0.03)


@pytest.mark.parametrize(("count", "rate"), [(10, 25), (24, 25)])
def test_a_short_film_has_none(tmp_path, count, rate):
    assert decode(write_video(tmp_path / "a.mp4", count, rate=rate), WANTED).run is None


def test_too_many_pixels_a_second_and_pictures_have_none(tmp_path):
    path = write_video(tmp_path / "a.mp4", 60, rate=25)
    assert decode(path, Limits(run_frames=30, decoded_pixels=30 * 64 * 96 - 1)).run is None
    from PIL import Image

    Image.fromarray(portrait(200)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png", WANTED).run is None


def test_frames_of_a_run_are_reduced(tmp_path):
    def paint(index):
        return np.repeat(np.repeat(coded(index), 4, 0), 4, 1)

    path = write_video(tmp_path / "a.mp4", 40, paint, rate=25)
    run = decode(path, Limits(run_frames=30, run_side=96)).run
    assert run.frames[0].pixels.shape == (64, 96, 3)


def test_speech_is_livelier_than_a_hum():
    times = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    hum = 0.3 * np.sin(2 * np.pi * 100 * times)
    assert liveliness(hum) < 0.1 < 1 < liveliness(hum * (np.sin(2 * np.pi * 3 * times) > 0))
    assert liveliness(hum[:100]) == 0
