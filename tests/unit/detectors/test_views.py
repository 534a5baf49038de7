import numpy as np
import pytest

from clarity.detectors import artefact, registry
from clarity.detectors.contract import Prediction
from clarity.detectors.views import Views, framed, in_place, views
from tests.releases import write_release


def seen(release, **changes):
    """A released detector once, and the same in several views."""
    once = registry.load_folder(release("fp32"), runtime="openvino")
    spec = once.card.input.model_copy(update=changes)
    several = registry.load_folder(release("fp32"), runtime="openvino")
    several.card = several.card.model_copy(update={"input": spec})
    return once, Views(several)


def test_a_crop_and_its_mirror_image_get_the_same_answer(release, crops):
    _, twice = seen(release, mirrored=True, framings=(1.0, 0.8))
    said, mirrored = twice.predict(crops), twice.predict(crops[:, :, ::-1])
    np.testing.assert_allclose(said.logits, mirrored.logits, atol=1e-6)
    np.testing.assert_allclose(said.maps, mirrored.maps[:, :, ::-1], atol=1e-6)


def test_the_answer_is_the_mean_of_all_views(release, crops):
    once, often = seen(release, mirrored=True, framings=(1.0, 0.75))
    tight = crops[:, 28:196, 28:196]
    looks = [crops, crops[:, :, ::-1], tight, tight[:, :, ::-1]]
    logits = [once.predict(look).logits for look in looks]
    assert np.std(logits, axis=0).max() > 1e-3, "the network does not see the difference"
    np.testing.assert_allclose(often.predict(crops).logits, np.mean(logits, axis=0), rtol=1e-5)
    same = list(views(crops, often.card.input))
    assert len(same) == len(looks)
    assert all((one == other).all() for one, other in zip(same, looks, strict=True))


def test_the_same_crop_gives_the_same_bits_in_any_batch(release, crops):
    _, often = seen(release, mirrored=True, framings=(1.0, 0.83))
    together, alone = often.predict(crops), often.predict(crops[1:2])
    assert alone.logits[0] == together.logits[1]
    assert (alone.maps[0] == together.maps[1]).all()


@pytest.mark.parametrize("side", [224, 97])
def test_a_framing_is_the_middle(side):
    crops = np.arange(side * side * 3).reshape(1, side, side, 3).astype(np.uint8)
    assert framed(crops, 1.0).shape == crops.shape
    rim = round(side / 4)
    assert (framed(crops, 0.5) == crops[:, rim : side - rim, rim : side - rim]).all()


def test_maps_of_a_tight_view_lie_where_it_was_cut():
    """A view of the middle half: its left edge is a quarter into the crop."""
    maps = np.zeros((1, 8, 8), np.float32)
    maps[0, :, :4] = 1.0
    placed = in_place(maps, 0.5)
    assert (placed[0, :, :3] == 1.0).all()  # beyond the view its rim goes on
    assert (placed[0, :, 5:] == 0.0).all()
    np.testing.assert_allclose(placed[0, 0, 3:5], [1.0, 0.0])
    maps = np.random.default_rng(0).normal(size=(2, 6, 6)).astype(np.float32)
    assert in_place(maps, 1.0) is maps
    np.testing.assert_allclose(
        in_place(maps[:, ::-1], 0.83), in_place(maps, 0.83)[:, ::-1], atol=1e-6
    )


class Elsewhere:
    """Took a second in another process for every call."""

    def __init__(self, card):
        self.card = card

    def predict(self, crops):
        return Prediction(np.zeros(len(crops)), np.zeros((len(crops), 2, 2)), elsewhere=1.0)


def test_the_work_of_every_view_is_counted(release, crops):
    _, often = seen(release, mirrored=True, framings=(1.0, 0.9, 0.8))
    assert Views(Elsewhere(often.card)).predict(crops).elsewhere == 3.0


@pytest.mark.parametrize("changes", [{"mirrored": True}, {"framings": (1.0, 0.8)}])
def test_the_card_says_whether_a_release_looks_more_than_once(tmp_path, changes):
    card = write_release(tmp_path, "once", deploy=True)
    assert not isinstance(registry.load("xception", root=tmp_path), Views)
    folder = tmp_path / "xception" / "once"
    spec = card.input.model_copy(update=changes)
    artefact.read(folder).card.model_copy(update={"input": spec}).write(folder)
    assert isinstance(registry.load("xception", root=tmp_path), Views)
