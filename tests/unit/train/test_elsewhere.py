"""Training elsewhere, on a "machine" that is a folder: the shell that reaches it stays here."""

import os
import shutil
import stat
import sys

import pytest

from train import elsewhere
from train.elsewhere import ElsewhereFailed, Machine, Order

pytestmark = pytest.mark.skipif(not shutil.which("rsync"), reason="needs rsync")

SHELL = """#!/bin/sh
# what ssh does: the first word is the machine, the rest is for the shell there
cd "{home}" && shift && exec sh -c "$*"
"""

PYTHON = """#!/bin/sh
# stands for the installed interpreter: says what it was asked, and leaves a result
echo "$@" >>asked
run=var/runs/$(echo "$@" | sed 's/.*--name \\([^ ]*\\).*/\\1/')
echo "step 1 of 2"; {more}
echo weights >$run/128-start.safetensors; echo "parameters: there"
"""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home there"
    (folder / "clarity-training/.venv").mkdir(parents=True)
    # newer than the lock file that comes: make has nothing to install
    os.utime((folder / "clarity-training/.venv").joinpath(".installed").open("w").name, (2e9, 2e9))
    return folder


@pytest.fixture
def machine(tmp_path, home):
    shell = executable(tmp_path / "shell", SHELL.format(home=home))
    return Machine("somewhere", (str(shell),))


@pytest.fixture
def order(tmp_path):
    crops, runs = tmp_path / "set", tmp_path / "runs"
    for folder in (crops / "shards", crops / "cache", runs / "weights", runs / "teacher"):
        folder.mkdir(parents=True)
        (folder / "file").write_text(folder.name)
    return Order("efficientnet_lite0", "far run", crops, runs, ("teacher",), ("--seed", "1"))


def interpreter(home, more=":"):
    return executable(home / "clarity-training/.venv/bin/python", PYTHON.format(more=more))


def test_what_is_needed_is_there_and_nothing_else(machine, order, home):
    elsewhere.prepare(machine, order)
    there = home / "clarity-training"
    assert (there / "train/recipes/efficientnet_lite0.py").is_file()
    assert (there / "requirements.lock").is_file()
    assert not (there / "tests").exists()
    assert not list(there.rglob("__pycache__"))
    assert (there / "var/prepared/set/shards/file").read_text() == "shards"
    assert not (there / "var/prepared/set/cache").exists()
    assert (there / "var/runs/weights/file").is_file()
    assert (there / "var/runs/teacher/file").is_file()


def test_the_run_comes_back(machine, order, home):
    elsewhere.prepare(machine, order)
    interpreter(home)
    order = Order(order.recipe, "far", order.crops, order.runs, options=("--seed", "1"))
    told = []
    run = elsewhere.train_there(machine, order, every=0.2, say=told.append)
    assert run == order.runs / "far"
    assert (run / "128-start.safetensors").read_text() == "weights\n"
    assert told[-1] == "parameters: there"
    asked = (home / "clarity-training/asked").read_text()
    assert asked == (
        "-m train fit efficientnet_lite0 --name far --engine jax "
        "--crops var/prepared/set --seed 1\n"
    )


def test_a_run_that_goes_on_is_not_started_twice(machine, order, home):
    elsewhere.prepare(machine, order)
    interpreter(home, more="sleep 1.5")
    order = Order(order.recipe, "far", order.crops, order.runs)
    elsewhere.begin(machine, order)
    elsewhere.train_there(machine, order, every=0.2)
    assert len((home / "clarity-training/asked").read_text().splitlines()) == 1


def test_a_failed_run_says_so_and_its_log_is_here(machine, order, home):
    elsewhere.prepare(machine, order)
    interpreter(home, more="echo no such phase; exit 3")
    order = Order(order.recipe, "far", order.crops, order.runs)
    with pytest.raises(ElsewhereFailed, match="status 3"):
        elsewhere.train_there(machine, order, every=0.2)
    assert "no such phase" in (order.runs / "far/log").read_text()


def test_a_machine_that_cannot_be_reached_is_told(order, tmp_path):
    shell = executable(tmp_path / "shell", "#!/bin/sh\necho Connection refused >&2; exit 255\n")
    with pytest.raises(ElsewhereFailed, match="Connection refused"):
        elsewhere.prepare(Machine("nowhere", (str(shell),)), order)
    with pytest.raises(ElsewhereFailed, match="not installed"):
        elsewhere.prepare(Machine("nowhere", ("no-such-shell",)), order)


def test_the_real_command_trains_there(machine, order, home):
    """The installed interpreter itself, asked for help: the words that are sent are its own."""
    elsewhere.prepare(machine, order)
    executable(
        home / "clarity-training/.venv/bin/python",
        f'#!/bin/sh\nshift 3; exec {sys.executable} -m train fit "$@" --help\n',
    )
    order = Order(order.recipe, "far", order.crops, order.runs, options=("--steps", "2"))
    run = elsewhere.train_there(machine, order, every=1)
    assert "Train a recipe in this process" in (run / "log").read_text()
