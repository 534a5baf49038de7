"""From a run to a served release, with the real recipe and two steps of training."""

import json
from dataclasses import replace

import numpy as np
import pytest

from clarity.detectors import registry
from clarity.detectors.contract import CROP_SIZE
from train.loop import Schedule
from train.provenance import note_session
from train.recipe import run
from train.recipes import efficientnet_lite0 as recipe
from train.release import finish, make_release, point_at
from train.sources import POOL

SIZE = 64


@pytest.mark.slow
def test_a_run_becomes_a_release_that_serves_and_says_what_made_it(portrait_crops, tmp_path):
    phase = replace(
        recipe.PHASES[0],
        input_size=SIZE,
        batches=replace(recipe.PHASES[0].batches, size=4, input_size=SIZE),
        schedule=Schedule(steps=2, peak_rate=1e-4, warmup=1, save_every=2),
    )
    network = replace(recipe.NETWORK, start=lambda model, folder: None)
    note_session(tmp_path / "run", "efficientnet_lite0", seed=1, held_out=(), imagenet=False)
    parameters = run(network, [phase], portrait_crops, folder=tmp_path / "run", seed=1)
    root = tmp_path / "releases"
    folder = make_release(
        recipe.DESCRIPTION,
        network,
        [phase],
        parameters,
        portrait_crops,
        sources=POOL,
        root=root,
        release="r1",
    )
    with pytest.raises(Exception, match="No detector is deployed"):
        registry.deployed(root)
    finish(folder, {"overall.auc": 0.5}, items="1" * 64)
    point_at(folder)
    assert json.loads((root / "deployed.json").read_text()) == {"efficientnet_lite0": "r1"}
    detector = registry.load("efficientnet_lite0", root=root)
    card = detector.card
    assert card.precision in ("fp32", "bf16", "int8")
    assert card.figures["overall.auc"] == 0.5
    assert card.digests["data"] == portrait_crops.digest
    assert card.digests["validation"] == "1" * 64
    assert {"code", "settings", "environment"} <= set(card.digests)
    assert (card.made_by.recipe, card.made_by.seed) == ("efficientnet_lite0", 1)
    assert card.figures["training.kwh"] > 0
    assert np.shape(card.usual_map) == detector.predict(portrait_crops.pixels[:1]).maps.shape[1:]
    assert card.figures["runtimes.same_label"] == 1.0
    assert 0 <= card.figures["precision.same_label"] <= 1
    logits = detector.predict(np.zeros((1, CROP_SIZE, CROP_SIZE, 3), np.uint8)).logits
    assert np.isfinite(logits).all()
