"""cluster.yaml, checked offline: Ray's own schema, and what Ray is known not to check."""

import copy
from pathlib import Path

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "cluster.yaml").read_text())


def nodes(config):
    return config["available_node_types"]


def test_ray_accepts_it(config):
    validate_config(prepare_config(copy.deepcopy(config)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda config: config.update(surprise=1),
        lambda config: config.update(head_node_type="nobody"),
        lambda config: nodes(config)["cpu"].update(min_worker=1),
        lambda config: nodes(config)["gpu"]["resources"].update(GPU=0.5),
    ],
)
def test_ray_would_notice_a_slip(config, spoil):
    """Keeps the test above honest: the same call refuses broken files."""
    spoil(config)
    with pytest.raises(Exception):  # noqa: B017, PT011 - jsonschema's or Ray's, by the slip
        validate_config(prepare_config(copy.deepcopy(config)))


def test_it_runs_in_zurich_and_scales_to_zero(config):
    provider = config["provider"]
    assert provider["region"] == "europe-west6"
    assert provider["availability_zone"].startswith("europe-west6-")
    assert provider["project_id"]
    workers = {name: node for name, node in nodes(config).items() if name != "head"}
    assert set(workers) == {"cpu", "gpu", "tpu"}
    for name, node in workers.items():
        assert node["min_workers"] == 0, name
        assert node["max_workers"] >= 1, name
    assert config["idle_timeout_minutes"] <= 10


def test_every_node_names_what_ray_does_not_check(config):
    known = {
        "machineType",
        "disks",
        "serviceAccounts",
        "scheduling",
        "guestAccelerators",
        "metadata",
        "acceleratorType",
        "runtimeVersion",
        "schedulingConfig",
    }
    for name, node in nodes(config).items():
        machine = node["node_config"]
        assert set(machine) <= known, name
        if name == "tpu":
            assert machine["runtimeVersion"]
            assert "machineType" not in machine
            assert node["resources"]["TPU"] == int(machine["acceleratorType"].rpartition("-")[2])
        else:
            assert machine["machineType"]
    gpu = nodes(config)["gpu"]
    (accelerator,) = gpu["node_config"]["guestAccelerators"]
    assert accelerator["acceleratorCount"] == gpu["resources"]["GPU"]
    assert {"onHostMaintenance": "TERMINATE"} in gpu["node_config"]["scheduling"]


@pytest.mark.parametrize("accelerator", ["gpu", "tpu"])
def test_jax_of_an_accelerator_is_that_of_the_lock_file(config, accelerator):
    lock = f"deployments/{accelerator}.lock"
    assert any(lock in command for command in config["setup_commands"])
    versions = {
        line.split(" ")[0]
        for line in (ROOT / lock).read_text().splitlines()
        if line.startswith(("jax==", "jaxlib==", "numpy==", "scipy=="))
    }
    everywhere = (ROOT / "requirements.lock").read_text().splitlines()
    assert versions <= {line.split(" ")[0] for line in everywhere}
    assert len(versions) == 4


def test_no_secret_is_written_down():
    for name in ("cluster.yaml", "deployments/serve.yaml"):
        text = (ROOT / name).read_text()
        assert "SECRET_KEY=" not in text
        assert "://" not in text.replace("https://", "")
