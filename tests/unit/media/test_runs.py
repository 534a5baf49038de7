"""Runs of consecutive frames and sound, decoded for a dataset in this process."""

from fractions import Fraction

import av
import numpy as np
import pytest

from clarity.errors import ClarityError
from clarity.media.decode import decode, decode_trusted_picture
from clarity.media.decoding.errors import MediaDamaged
from clarity.media.decoding.runs import RunShape, decode_runs, decode_sound
from clarity.media.limits import Limits
from clarity.media.sniff import MP4, UnsupportedMedia
from clarity.media.sound import BANDS, FLOOR, SAMPLE_RATE, WINDOW, log_mel
from tests.unit.media.making import number, portrait, write_video


def runs(path, starts, *, most=9, frames=4, rate=25.0):
    wanted = RunShape(frames, rate)
    return list(decode_runs(str(path), MP4.mime, Limits(), starts=starts, most=most, wanted=wanted))


def test_a_run_holds_the_frames_after_its_start_in_order(tmp_path):
    path = write_video(tmp_path / "a.mp4", 40, rate=25, gop=12)
    for start in (0, 5, 12, 30):
        (run,) = runs(path, [start])
        assert [frame.index for frame in run.frames] == list(range(start, start + 4))
        assert [number(frame.pixels) for frame in run.frames] == list(range(start, start + 4))
        assert run.frames[0].seconds == pytest.approx(start / 25)
        assert run.rate == 25


def test_frames_are_left_out_of_a_faster_film(tmp_path):
    path = write_video(tmp_path / "a.mp4", 60, rate=50)
    (run,) = runs(path, [10])
    assert [number(frame.pixels) for frame in run.frames] == [10, 12, 14, 16]
    assert run.rate == 25


def test_starts_without_room_are_passed_over_and_the_others_spread(tmp_path):
    path = write_video(tmp_path / "a.mp4", 40, rate=25)
    assert [run.frames[0].index for run in runs(path, range(40), most=2)] == [9, 27]
    assert runs(path, [37, 38, 39]) == []


def test_frames_are_those_that_serving_sees(tmp_path):
    path = write_video(tmp_path / "a.mp4", 30, rate=25)
    seen = {frame.index: frame for frame in decode(path, Limits(max_frames=30)).frames}
    (run,) = runs(path, [8])
    for frame in run.frames:
        assert (frame.pixels == seen[frame.index].pixels).all()


def write_tone(path, *, begins=0.0, seconds=1.0, hertz=1000.0):
    """A film of a second with a tone that begins later than the picture."""
    with av.open(str(path), "w", format="mp4") as container:
        film = container.add_stream("libx264", rate=25)
        film.width, film.height, film.pix_fmt = 96, 64, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        for index in range(25):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
        times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        tone = (0.5 * np.sin(2 * np.pi * hertz * times) * (times >= begins)).astype(np.float32)
        for place in range(0, len(tone), 1024):
            block = av.AudioFrame.from_ndarray(tone[None, place : place + 1024], "fltp", "mono")
            block.sample_rate, block.pts = SAMPLE_RATE, place
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    return path


def test_sound_begins_with_the_picture(tmp_path):
    path = write_tone(tmp_path / "a.mp4", begins=0.4)
    samples = decode_sound(str(path), MP4.mime, Limits())
    onset = np.flatnonzero(np.abs(samples) > 0.2)[0] / SAMPLE_RATE
    assert onset == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("sound", [True, False])
def test_silence_and_no_sound_are_empty(tmp_path, sound):
    path = write_video(tmp_path / "a.mp4", 10, sound=sound)
    assert decode_sound(str(path), MP4.mime, Limits()).size == 0


def test_a_tone_is_in_the_band_of_its_frequency():
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    loudest = [
        int(
            log_mel(np.sin(2 * np.pi * hertz * times).astype(np.float32), np.array([4000])).argmax()
        )
        for hertz in (200, 1000, 4000)
    ]
    mel = 2595 * np.log10(1 + np.array((55, 200, 1000, 4000, 7600)) / 700)
    expected = (mel[1:4] - mel[0]) / (mel[4] - mel[0]) * (BANDS + 1) - 1
    assert np.abs(loudest - expected).max() <= 1.5


def test_outside_the_sound_is_silence():
    energies = log_mel(np.ones(WINDOW, np.float32), np.array([-WINDOW, 0, 5 * WINDOW]))
    assert energies.shape == (3, BANDS)
    assert np.allclose(energies[[0, 2]], np.log(FLOOR))


def test_a_trusted_picture_has_the_pixels_of_the_decoding_process(tmp_path):
    from PIL import Image

    path = tmp_path / "a.jpg"
    Image.fromarray(portrait(200)).save(path)
    one, other = decode_trusted_picture(path), decode(path)
    assert (one.frames[0].pixels == other.frames[0].pixels).all()
    assert (one.mime, one.width, one.kind) == (other.mime, other.width, other.kind)


def test_a_trusted_picture_may_be_damaged_or_none(tmp_path):
    from PIL import Image

    path = tmp_path / "a.jpg"
    Image.fromarray(portrait(200)).save(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(MediaDamaged):
        decode_trusted_picture(path)
    with pytest.raises(UnsupportedMedia):
        decode_trusted_picture(write_video(tmp_path / "b.jpg", 5, container_format="mp4"))
    (tmp_path / "c.jpg").write_bytes(b"")
    with pytest.raises(ClarityError):
        decode_trusted_picture(tmp_path / "c.jpg")
