"""What is kept of a search, without Ray; `tests/integration/test_search.py` runs one."""

import json

import numpy as np
import pytest

from clarity.detectors import parameters as flat
from train.job import Job
from train.recipes import efficientnet_lite0 as recipe
from train.tune import BEST, SearchFailed, Trial, kept


def job(tmp_path):
    return Job(
        recipe="efficientnet_lite0", crops=tmp_path, runs=tmp_path, name="search", engine="jax"
    )


def trial(tmp_path, auc, reports, *, ended=True):
    path = tmp_path / f"{auc}.safetensors"
    flat.write({"w": np.float32([auc])}, path)
    return Trial({"schedule.peak_rate": auc}, auc, reports, path if ended else None)


def test_the_best_that_came_to_its_end_is_kept_for_a_release(tmp_path):
    trials = [
        trial(tmp_path, 0.6, 4),
        trial(tmp_path, 0.9, 2, ended=False),
        trial(tmp_path, 0.7, 4),
    ]
    (tmp_path / "search").mkdir()
    found = kept(job(tmp_path), trials, reports=4)
    assert found.best is trials[2]
    where = tmp_path / "search" / f"{recipe.PHASES[-1].name}.safetensors"
    assert flat.read(where)["w"] == np.float32(0.7)
    lines = json.loads((tmp_path / "search" / BEST).read_text())
    assert [line["best"] for line in lines] == [False, False, True]


def test_a_search_without_an_end_is_told(tmp_path):
    with pytest.raises(SearchFailed, match="None of 1"):
        kept(job(tmp_path), [trial(tmp_path, 0.9, 2, ended=False)], reports=4)
