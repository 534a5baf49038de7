"""The detector deployment without Ray: batching, release changes, refusals."""

import asyncio
import math
import time

import numpy as np
import pytest

from clarity.detectors import registry
from clarity.detectors.artefact import ReleaseMissing
from clarity.detectors.self_test import SelfTestFailed, self_test
from clarity.settings import Settings
from deployments.application import prepare_databases
from deployments.detectors import DetectorReplica, ReleaseChanged, predict_each, predict_together
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


def test_each_caller_is_judged_by_the_release_it_names(root):
    one, other = (registry.load("xception", release=release, root=root) for release in ("r1", "r2"))
    asked = [(crops(2, 1), one), (crops(1, 2), other), (crops(1, 2), one)]
    for (faces, detector), answer in zip(asked, predict_each(asked), strict=True):
        np.testing.assert_array_equal(answer.logits, detector.predict(faces).logits)


def test_a_replica_follows_by_itself_and_says_what_it_cannot_have(root, tmp_path):
    settings = Settings(
        releases=root,
        home=tmp_path / "home",
        log_folder=tmp_path / "logs",
        release_watch_seconds=0.05,
    )
    prepare_databases(settings)
    replica = DetectorReplica("xception", settings)
    assert replica.card()["release"] == "r1"
    replica.check_health()
    for bad in ("broken", "missing"):
        with pytest.raises(ReleaseChanged):
            asyncio.run(replica.predict(crops(1), bad))
    (root / "deployed.json").write_text('{"xception": "r2"}')
    until = time.monotonic() + 20
    while replica.card()["release"] != "r2":
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_first_release_that_is_bad_stops_the_replica(root, tmp_path):
    (root / "deployed.json").write_text('{"xception": "broken"}')
    settings = Settings(releases=root, home=tmp_path / "home", log_folder=tmp_path)
    prepare_databases(settings)
    with pytest.raises(ReleaseMissing, match="can be loaded"):
        DetectorReplica("xception", settings)
    assert "finite" in (tmp_path / "detector-xception.jsonl").read_text()
