import numpy as np
import pytest

from data.preparation import plainly, prepare
from data.shards import SetMissing
from data.stages import Settings
from tests.unit.data.making import film, picture
from tests.unit.data.sets import png, row, write_set
from train.crops import CACHE, load_crops


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (256, 256, 3), dtype=np.uint8)


def test_the_set_as_training_reads_it(tmp_path):
    write_set(tmp_path, [row("a", noise(1)), row("b", noise(2), fake=True, split="validation")])
    found = load_crops(tmp_path)
    assert [one.key for one in found.rows] == ["a", "b"]
    assert found.fake.tolist() == [False, True]
    assert found.of_split("validation").tolist() == [1]
    assert np.array_equal(found.pixels, [noise(1), noise(2)])
    assert found.landmarks.shape == (2, 5, 2)
    assert not found.pixels.flags.writeable


def test_shards_are_decoded_once_and_again_when_the_set_is_another(tmp_path):
    write_set(tmp_path, [row("a", noise(1))])
    first = load_crops(tmp_path)
    (cached,) = (tmp_path / CACHE).iterdir()
    made = cached.stat().st_mtime_ns
    assert load_crops(tmp_path).digest == first.digest
    assert cached.stat().st_mtime_ns == made
    write_set(tmp_path, [row("a", noise(2))])
    assert np.array_equal(load_crops(tmp_path).pixels[0], noise(2))
    assert len(list((tmp_path / CACHE).iterdir())) == 1


def test_the_digest_is_that_of_keys_and_pixels(tmp_path):
    import hashlib

    write_set(tmp_path, [row("a", noise(1)), row("b", noise(2))])
    expected = hashlib.sha256(b"a\nb" + noise(1).tobytes() + noise(2).tobytes()).hexdigest()
    assert load_crops(tmp_path).digest == expected


def test_a_prepared_set_is_a_training_set(tmp_path):
    items = [picture(tmp_path / "a.jpg"), film(tmp_path / "b.mp4")]
    prepare(items, tmp_path / "set", run=plainly, settings=Settings(frames=3, clips=0))
    assert [one.key for one in load_crops(tmp_path / "set").rows] == ["a.jpg", *["b.mp4"] * 3]


def test_nothing_prepared(tmp_path):
    with pytest.raises(SetMissing):
        load_crops(tmp_path)


def test_a_damaged_crop_is_said(tmp_path):
    from data.reading import ShardDamaged

    write_set(tmp_path, [row("a", crop=png(noise(1))[:100])])
    with pytest.raises(ShardDamaged):
        load_crops(tmp_path)
