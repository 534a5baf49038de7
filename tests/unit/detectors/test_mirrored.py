import numpy as np

from clarity.detectors import artefact, registry
from clarity.detectors.mirrored import Mirrored
from tests.releases import write_release


def test_a_crop_and_its_mirror_image_get_the_same_answer(release, crops):
    twice = Mirrored(registry.load_folder(release("fp32"), runtime="openvino"))
    said, mirrored = twice.predict(crops), twice.predict(crops[:, :, ::-1])
    np.testing.assert_allclose(said.logits, mirrored.logits, atol=1e-6)
    np.testing.assert_allclose(said.maps, mirrored.maps[:, :, ::-1], atol=1e-6)


def test_the_answer_is_the_mean_of_both_views(release, crops):
    once = registry.load_folder(release("fp32"), runtime="openvino")
    views = once.predict(crops).logits, once.predict(crops[:, :, ::-1]).logits
    assert np.abs(views[0] - views[1]).max() > 1e-3, "the network does not see the difference"
    np.testing.assert_array_equal(Mirrored(once).predict(crops).logits, (views[0] + views[1]) / 2)


def test_the_card_says_whether_a_release_looks_twice(tmp_path):
    card = write_release(tmp_path, "once", deploy=True)
    assert not isinstance(registry.load("xception", root=tmp_path), Mirrored)
    folder = tmp_path / "xception" / "once"
    seeing_double = card.input.model_copy(update={"mirrored": True})
    artefact.read(folder).card.model_copy(update={"input": seeing_double}).write(folder)
    assert isinstance(registry.load("xception", root=tmp_path), Mirrored)
