"""The sound of clips that are made here: known tones at known times, none, silence."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

from apps.review import hearing
from apps.review.examining import Unreadable

RATE = 44100


def clip(samples=None, *, layout="mono", late=0.0):
    """Two seconds of grey pictures, with sound or without.

    Args:
        samples: float (channels, n) in [-1, 1] at `RATE`.
        layout: of the channels.
        late: seconds by which the sound begins after the first picture.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        pictures = out.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 32, 32, "yuv420p"
        sound = None
        if samples is not None:
            sound = out.add_stream("pcm_s16le", rate=RATE, layout=layout)
        for _ in range(20):
            grey = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 128, np.uint8))
            out.mux(pictures.encode(grey))
        out.mux(pictures.encode(None))
        if sound is not None:
            packed = (samples.T * 32767).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
            frame.sample_rate, frame.pts = RATE, round(late * RATE)
            out.mux(sound.encode(frame))
            out.mux(sound.encode(None))
    return buffer.getvalue()


def tone(begin, end, *, seconds=2.0, loud=0.5):
    at = np.arange(round(seconds * RATE)) / RATE
    return (loud * np.sin(2 * np.pi * 200 * at) * ((at >= begin) & (at < end)))[None]


def loud_at(sound):
    """First and last second at which something is heard."""
    heard = sound.seconds[np.maximum(-sound.low, sound.high) > 0.1]
    return heard.min(), heard.max()


def test_a_tone_stands_where_and_as_loud_as_it_sounds():
    sound = hearing.listen(clip(tone(0.5, 1.25)))
    assert loud_at(sound) == (pytest.approx(0.5, abs=0.03), pytest.approx(1.25, abs=0.03))
    assert sound.high.max() == pytest.approx(0.5, abs=0.03)
    assert sound.low.min() == pytest.approx(-0.5, abs=0.03)
    assert not sound.silent


def test_sound_that_begins_late_stands_late():
    sound = hearing.listen(clip(tone(0, 0.5, seconds=1.0), late=0.75))
    assert loud_at(sound) == (pytest.approx(0.75, abs=0.03), pytest.approx(1.25, abs=0.03))


def test_what_sounds_in_one_channel_alone_is_seen():
    left = np.concatenate([tone(1, 1.5), np.zeros((1, 2 * RATE))])
    assert loud_at(hearing.listen(clip(left, layout="stereo")))[0] == pytest.approx(1, abs=0.03)


def test_a_long_clip_keeps_its_one_click_and_few_points():
    click = np.zeros((1, 60 * RATE))
    click[0, 47 * RATE : 47 * RATE + 200] = 0.8
    sound = hearing.listen(clip(click))
    assert len(sound.seconds) <= hearing.POINTS
    assert loud_at(sound)[0] == pytest.approx(47, abs=0.1)


def test_no_track_and_silence_are_told_apart():
    assert hearing.listen(clip()) is None
    assert hearing.listen(clip(np.zeros((1, RATE)))).silent
    assert hearing.listen(Path("apps/scanner/examples/clip.mp4").read_bytes()) is None


@pytest.mark.parametrize("content", [b"", b"words"])
def test_what_is_no_clip_is_said_to_be_none(content):
    with pytest.raises(Unreadable):
        hearing.listen(content)


def test_the_line_marks_the_frame_that_is_shown():
    told = hearing.line(hearing.listen(clip(tone(0, 1))), 0.3).to_dict()
    marked = [layer for layer in told["layer"] if layer["mark"]["type"] == "rule"]
    (rule,) = marked
    assert rule["data"]["values"][0]["seconds"] == 0.3
