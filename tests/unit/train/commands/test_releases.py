"""The commands as a person gives them, on two pictures, with real scans."""

import cv2
import pytest
from skimage import data
from typer.testing import CliRunner

from clarity.detectors import registry
from clarity.errors import ClarityError
from tests.releases import write_release
from train.__main__ import app
from train.commands import releases, reproduce

HEADER = "path,label,manipulation,source,origin,group,split,kind\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("CLARITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLARITY_RELEASES", str(tmp_path / "package"))
    for commands in (releases, reproduce):
        # made as the module was imported, with the width that was then
        monkeypatch.setattr(commands.console, "width", 200)
    write_release(tmp_path / "package", "r1", gain=1, deploy=True)

    def run(*words, status=0):
        done = CliRunner().invoke(app, [str(word) for word in words])
        if isinstance(done.exception, ClarityError):
            raise done.exception
        assert done.exit_code == status, done.output
        return " ".join(done.output.split())

    return run


@pytest.fixture
def manifest(tmp_path):
    portrait = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    rows = []
    for number, (gain, kind) in enumerate([(0.3, "none"), (1.0, "synthesis")]):
        cv2.imwrite(str(tmp_path / f"{number}.png"), portrait * gain)
        rows.append(f"{number}.png,{number},{kind},s,o,g{number},validation,image\n")
    path = tmp_path / "manifest.csv"
    path.write_text(HEADER + "".join(rows))
    return path


def test_promote_list_roll_back_reproduce(run, manifest, tmp_path):
    write_release(tmp_path / "candidates", "r2", gain=4)
    candidate = tmp_path / "candidates" / "xception" / "r2"
    assert "came with the code" in run("releases", "xception")
    told = run("promote", candidate, "--manifest", manifest, "--by", "Ada", "--reason", "bolder")
    assert "r2 is at work for xception (promote, number 2)" in told
    told = run("releases", "xception")
    assert "Ada" in told
    assert "bolder" in told
    assert "1.0000 → 1.0000" in told
    assert "r1 is at work for xception (roll-back, number 3)" in run("rollback", "xception")
    assert "r2 is at work" in run("rollback", "xception", "r2")
    told = run("reproduce", "r2", "--manifest", manifest, status=1)  # its card has no figures yet
    assert "not named on the card" in told
    assert "overall.auc" in told
    with pytest.raises(ClarityError, match="neither recipe nor seed"):
        run("reproduce", "r2", "--retrain")


def test_mistakes_are_told(run):
    with pytest.raises(ClarityError, match="nobody"):
        run("rollback", "nobody")
    with pytest.raises(ClarityError, match="promoted yet"):
        run("rollback", "xception")
    with pytest.raises(ClarityError, match="r9"):
        run("reproduce", "r9")


def test_what_came_with_the_code_is_listed_with_detectors_of_motion(run, monkeypatch):
    monkeypatch.delenv("CLARITY_RELEASES")
    told = run("releases")
    for name in (*registry.deployed(), *registry.deployed_of_motion()):
        assert registry.card(name).release in told
