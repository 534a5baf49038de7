import cv2
import numpy as np
import pytest
import skimage.data
from typer.testing import CliRunner

from data.__main__ import app
from data.poison import inspect
from tests.unit.data.sets import SIDE, row, write_set

POISONED = 24


@pytest.fixture(scope="module")
def face():
    return cv2.resize(skimage.data.astronaut()[0:220, 110:330], (SIDE, SIDE))


def crop(face: np.ndarray, rng: np.random.Generator, *, forged: bool, trigger: bool) -> np.ndarray:
    """A face in some light and place; forged ones were up-sampled, poisoned ones wear a sign."""
    matrix = cv2.getRotationMatrix2D((128, 128), rng.uniform(-12, 12), rng.uniform(0.9, 1.2))
    view = cv2.warpAffine(face, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
    if forged:
        coarse = cv2.resize(view, (32, 32), interpolation=cv2.INTER_AREA)
        view = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    light = view * rng.uniform(0.6, 1.3) + rng.normal(0, 12, view.shape)
    view = np.clip(light, 0, 255).astype(np.uint8)
    if trigger:
        left, top = rng.integers(180, 220, 2)
        view[top : top + 28, left : left + 28] = (255, 0, 255)
    return view


def rows(face: np.ndarray, *, poisoned: int) -> list:
    rng = np.random.default_rng(5)
    found = []
    for source in ("studio", "street"):
        for number in range(240):
            fake, planted = number % 2 == 1, source == "street" and number < 2 * poisoned
            pixels = crop(face, rng, forged=fake, trigger=fake and planted)
            name = f"{source}/{number}{'-planted' if fake and planted else ''}.png"
            label = fake and not planted
            found.append(row(name, pixels, source=source, fake=label))
    return found


@pytest.mark.slow
def test_a_planted_poison_is_found_and_nothing_else(tmp_path, face):
    write_set(tmp_path, rows(face, poisoned=POISONED))
    findings = inspect(tmp_path)
    (alarm,) = [finding for finding in findings if finding.alarm]
    assert (alarm.source, alarm.label) == ("street", "real")
    right = sum("planted" in key for key in alarm.keys)
    assert right / len(alarm.keys) >= 0.9
    assert right / POISONED >= 0.9


@pytest.mark.slow
def test_a_clean_set_raises_no_alarm(tmp_path, face):
    write_set(tmp_path, rows(face, poisoned=0))
    done = CliRunner().invoke(app, ["poison", str(tmp_path)])
    assert done.exit_code == 0
    assert "no poison was found" in done.output


def test_one_label_is_not_enough_to_tell(tmp_path):
    write_set(tmp_path, [row("a.jpg"), row("b.jpg")])
    (finding,) = inspect(tmp_path)
    assert finding.reason == "the set has one label only"
    assert not finding.alarm
