import numpy as np
import pytest
from skimage import data

from clarity.media import codecs


@pytest.mark.parametrize("codec", ["jpeg", "webp", "avif"])
def test_a_lower_quality_is_farther_from_the_picture(codec):
    if codec == "avif" and not codecs.has_avif():
        pytest.skip("this Pillow has no AVIF encoder")
    picture = data.astronaut()[:128, 150:301]
    encode = getattr(codecs, codec)
    assert error(encode(picture, 95), picture) < error(encode(picture, 30), picture) < 20


def test_a_higher_crf_is_farther_from_the_clip():
    frames = [np.roll(data.astronaut()[:101, 150:281], n, 1) for n in range(3)]
    fine, coarse = codecs.h264(frames, 18), codecs.h264(frames, 40)
    assert len(fine) == len(coarse) == 3
    for original, near, far in zip(frames, fine, coarse, strict=True):
        assert near.shape == far.shape == original.shape
        assert error(near, original) < error(far, original) < 25


def test_a_clip_is_the_same_with_and_without_the_code_for_this_processor(monkeypatch):
    frames = [np.roll(data.astronaut()[:300, 100:399], 2 * n, 1) for n in range(8)]
    here = codecs.h264(frames, 28)
    parameters = codecs.X264["x264-params"] + ":asm=0"
    monkeypatch.setattr(codecs, "X264", {**codecs.X264, "x264-params": parameters})
    assert np.array_equal(here, codecs.h264(frames, 28))


def error(picture, original):
    return float(np.abs(picture.astype(int) - original).mean())
