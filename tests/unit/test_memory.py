"""Freed memory stays with the process; tried in one of its own, which the setting ends with."""

import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from clarity import memory
{first}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        np.ones(64 * 2**20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


def faults(first):
    """Page faults of four arrays of 64 MiB, after four others were freed."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(first=first)], capture_output=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc")
def test_arrays_are_not_faulted_in_again():
    assert faults("memory.keep_freed()") < 64 < faults("")
