"""The detector deployment without Ray: batching, release changes, refusals."""

import asyncio
import math

import numpy as np
import pytest

from clarity.detectors import registry
from clarity.detectors.self_test import SelfTestFailed, self_test
from clarity.settings import Settings
from deployments.detectors import DetectorReplica, predict_together
from tests.releases import write_release


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "releases"
    write_release(root, "r1", gain=1, deploy=True)
    write_release(root, "r2", gain=2)
    write_release(root, "broken", gain=math.nan)
    return root


def crops(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 224, 224, 3), dtype=np.uint8)


def test_callers_share_a_batch_and_get_their_own_bits(root):
    detector = registry.load("xception", root=root)
    requests = [crops(3, 1), crops(1, 2), crops(2, 3)]
    together = predict_together(detector, requests)
    for request, answer in zip(requests, together, strict=True):
        alone = detector.predict(request)
        np.testing.assert_array_equal(answer.logits, alone.logits)
        np.testing.assert_array_equal(answer.maps, alone.maps)
    # the processor time of the batch is shared out by crops
    assert together[0].elsewhere == pytest.approx(3 * together[1].elsewhere)
    assert together[1].elsewhere > 0


def test_self_test_passes_the_good_and_refuses_the_broken(root):
    self_test(registry.load("xception", root=root))
    with pytest.raises(SelfTestFailed, match="finite"):
        self_test(registry.load("xception", release="broken", root=root))


def test_a_release_is_changed_in_place_and_a_bad_one_refused(root, tmp_path):
    replica = DetectorReplica("xception", Settings(releases=root, log_folder=tmp_path / "logs"))
    assert replica.card()["release"] == "r1"
    for wanted, at_work in (
        (None, "r1"),
        ("r2", "r2"),
        ("broken", "r2"),
        ("missing", "r2"),
        ("r1", "r1"),
        ("r2", "r2"),
        (None, "r1"),
    ):
        asyncio.run(replica.reconfigure({"release": wanted}))
        assert replica.card()["release"] == at_work, wanted
    log = (tmp_path / "logs" / "detector-xception.jsonl").read_text()
    assert log.count("release-refused") == 2


def test_a_first_release_that_is_bad_stops_the_replica(root, tmp_path):
    (root / "deployed.json").write_text('{"xception": "broken"}')
    with pytest.raises(SelfTestFailed):
        DetectorReplica("xception", Settings(releases=root, log_folder=tmp_path))
