"""Training as a person starts it, on made crops, from random parameters, all numbers shrunk."""

import os
import sys
from pathlib import Path

from flax import nnx

from clarity.detectors import parameters as flat
from clarity.detectors import registry
from clarity.detectors.architectures import flax_parameters
from tests.prepared import write_set


def environment(folder: Path) -> dict[str, str]:
    """Without a cluster that the tester may have set; compiled programs are kept in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    # it compiles longer than it runs
    compiling = {
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
    }
    return kept | compiling


def prepare(folder: Path) -> flat.Parameters:
    """Write the crops and the parameters that `command` names; gives the parameters."""
    write_set(folder / "made")
    network = registry.network("efficientnet_lite0")
    initial = flax_parameters.parameters(network(rngs=nnx.Rngs(0)))
    flat.write(initial, folder / "start.safetensors")
    return initial


def command(folder: Path, words: str) -> list[str]:
    """`python -m train WORDS` with the folders of `prepare`; runs go into `runs` beside them."""
    return (
        f"{sys.executable} -m train {words} --runs {folder / 'runs'} "
        f"--crops {folder / 'made' / 'set'} --start {folder / 'start.safetensors'}"
    ).split()
