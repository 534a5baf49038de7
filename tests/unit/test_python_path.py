"""Children find this package however their parent was started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clarity import python_path

ROOT = str(Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, ROOT),
        ("", ROOT),
        ("/other", os.pathsep.join([ROOT, "/other"])),
        (os.pathsep.join(["/other", ROOT]), os.pathsep.join(["/other", ROOT])),
    ],
)
def test_the_package_is_on_the_path_once_and_the_rest_stays(monkeypatch, given, told):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if given is not None:
        monkeypatch.setenv("PYTHONPATH", given)
    assert python_path.for_children() == told


def test_a_child_elsewhere_imports_it(monkeypatch, tmp_path):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    where = "import clarity; print(clarity.__path__[0])"
    done = subprocess.run(
        # -S: without site-packages, where an editable install would be found
        [sys.executable, "-S", "-c", where],
        env={"PYTHONPATH": python_path.for_children()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"{ROOT}/clarity"
