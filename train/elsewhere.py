"""Training on a machine that ssh reaches: what it needs goes there, its weights come back.

    python -m train on user@host efficientnet_lite0

For a rented GPU, which may be taken away at any moment: the run's folder comes back every few
minutes, and the same call goes on from there, on that machine or on another. Both sides need
rsync; the machine needs Python 3.11 and make.
"""

import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clarity.errors import ClarityError

ROOT = Path(__file__).parents[1]
CODE = ("Makefile", "README.md", "pyproject.toml", "requirements.lock")
PACKAGES = ("clarity", "deployments", "train", "data", "apps")
SET = "var/prepared/set"
"""Where the prepared set lies there; what preparing it needed beside its rows stays here."""
INITIAL_WEIGHTS = "weights"
"""Folder below the runs where initial weights are kept: there may be no internet there."""

PREPARE = """
make --silent .venv/.installed
if command -v nvidia-smi >/dev/null; then
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes \
    --requirement deployments/gpu.lock
fi
"""

RSYNC = ("rsync", "--archive", "--compress", "--partial")


class ElsewhereFailed(ClarityError):
    code = "training-elsewhere-failed"
    hint = (
        "The same command goes on where it was. Try `ssh HOST` by hand; rsync, make and Python "
        "3.11 must be there."
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """Another machine, by a shell that reaches it.

    Attributes:
        host: as the shell takes it, such as user@host.
        shell: the command that reaches it, such as ("ssh", "-p", "2222").
        folder: of ours, below the home folder there.
    """

    host: str
    shell: tuple[str, ...] = ("ssh",)
    folder: str = "clarity-training"

    def run(self, script: str) -> str:
        """Run a shell script in our folder there; its output.

        Raises:
            ElsewhereFailed: it cannot be reached, or the script fails.
        """
        inside = f"mkdir -p {self.folder} && cd {self.folder} && set -e\n{script}"
        return _run([*self.shell, self.host, inside])

    def send(self, *sources: str, target: str = ".", options: Sequence[str] = ()) -> None:
        """Copy what has changed from here (a source ends with "/" for a folder's contents)."""
        _run([*RSYNC, *self._by_shell, *options, *sources, f"{self._there}/{target}/"])

    def fetch(self, source: str, target: Path) -> None:
        """Copy what has changed in a folder there into one here."""
        target.mkdir(parents=True, exist_ok=True)
        _run([*RSYNC, *self._by_shell, f"{self._there}/{source}/", f"{target}/"])

    @property
    def _by_shell(self) -> tuple[str, str]:
        return "--rsh", shlex.join(self.shell)

    @property
    def _there(self) -> str:
        return f"{self.host}:{self.folder}"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained.

    Attributes:
        recipe: a module of train/recipes.
        name: of the run.
        crops: the prepared set here.
        runs: folder of runs here.
        starts: names of other runs that the recipe begins with, such as its teacher's.
        options: further ones of `train fit`.
    """

    recipe: str
    name: str
    crops: Path
    runs: Path
    starts: Sequence[str] = ()
    options: Sequence[str] = ()


def prepare(
    machine: Machine, order: Order, *, say: Callable[[str], None] = lambda line: None
) -> None:
    """Carry code, data and earlier runs there, and install; what is there already costs little.

    Raises:
        ElsewhereFailed: it cannot be reached, or something is missing there.
    """
    say("carrying code, data and earlier runs")
    _carry(machine, order)
    say("installing")
    machine.run(PREPARE)


def train_there(
    machine: Machine,
    order: Order,
    *,
    every: float = 300,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Train on a prepared machine and bring the run back, as often as every so many seconds.

    Args:
        machine: where.
        order: what.
        every: seconds between two visits.
        say: told of the last line that the run printed.

    Returns:
        The run's folder here.

    Raises:
        ElsewhereFailed: the machine is gone, or the training ended with an error.
    """
    here, there = order.runs / order.name, _folder(order)
    begin(machine, order)
    status = ""
    while not status:
        time.sleep(every)
        status = machine.run(f"cat {shlex.quote(there)}/status 2>/dev/null || true").strip()
        machine.fetch(there, here)
        say(_last_line(here / "log"))
    if status != "0":
        raise ElsewhereFailed(f"Training there ended with status {status}: see {here / 'log'}.")
    return here


def begin(machine: Machine, order: Order) -> None:
    """Start the run there, unless it runs already; it outlives the connection.

    Raises:
        ElsewhereFailed: the machine cannot be reached.
    """
    there = shlex.quote(_folder(order))
    words = ["fit", order.recipe, "--name", order.name, "--engine", "jax", "--crops", SET]
    fit = shlex.join([".venv/bin/python", "-m", "train", *words, *order.options])
    whole = shlex.quote(f"{fit}; echo $? >{there}/status")
    machine.run(f"""
mkdir -p {there}
kill -0 "$(cat {there}/pid 2>/dev/null)" 2>/dev/null && exit 0
rm -f {there}/status
setsid nohup sh -c {whole} >{there}/log 2>&1 </dev/null &
echo $! >{there}/pid
""")


def time_steps(machine: Machine, *, size: int = 224, batch: int = 256) -> str:
    """Images a second of every network's training step there, a line of JSON each."""
    return machine.run(f".venv/bin/python -m train throughput --size {size} --batch {batch}")


def _carry(machine: Machine, order: Order) -> None:
    machine.run(f"mkdir -p {SET} var/runs")
    root = f"{ROOT}/./"  # rsync keeps what follows the dot as the path there
    machine.send(
        *(root + name for name in (*PACKAGES, *CODE)),
        options=("--relative", "--exclude=__pycache__", "--delete"),
    )
    machine.send(f"{order.crops}/", target=SET, options=("--exclude=cache", "--exclude=work"))
    names = (INITIAL_WEIGHTS, *order.starts, order.name)
    if earlier := [str(order.runs / name) for name in names if (order.runs / name).is_dir()]:
        machine.send(*earlier, target="var/runs")


def _folder(order: Order) -> str:
    return f"var/runs/{order.name}"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.is_file() else []
    return next((line for line in reversed(lines) if line.strip()), "nothing printed yet")


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ElsewhereFailed(f"{command[0]} is not installed here.") from error
    if done.returncode:
        raise ElsewhereFailed(f"{command[0]} failed there or on the way: {done.stderr[-800:]}")
    return done.stdout
