"""What Ray Train is asked for; nothing is started."""

import pytest

from train.job import Job
from train.launch import LaunchUnfit, Workers, launch, scaling


def test_workers_on_cpus_take_one_each():
    asked = scaling(Workers(2))
    assert (asked.num_workers, asked.use_gpu, asked.use_tpu) == (2, False, False)


def test_a_gpu_worker_takes_all_gpus_of_its_machine():
    asked = scaling(Workers(2, "gpu", each=8, kind="A100"))
    assert asked.use_gpu
    assert asked.total_resources["GPU"] == 16
    assert asked.accelerator_type == "A100"


def test_a_tpu_slice_has_a_worker_a_host():
    asked = scaling(Workers(4, "tpu", kind="TPU-V6E", topology="4x4"))
    assert asked.use_tpu
    assert asked.total_resources["TPU"] == 16
    with pytest.raises(ValueError, match="topology"):
        scaling(Workers(4, "tpu"))


def test_the_keras_engine_is_not_spread(tmp_path):
    job = Job("efficientnet_lite0", tmp_path, tmp_path, "run", "keras")
    with pytest.raises(LaunchUnfit):
        launch(job, Workers(2))
    with pytest.raises(LaunchUnfit):
        launch(job, Workers(1, "gpu"))
