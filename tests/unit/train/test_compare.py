"""Networks side by side: what each says, and what they say together."""

from types import SimpleNamespace

import numpy as np
import pytest

from clarity.errors import ClarityError
from train import compare
from train.compare import Trained
from train.recipes import efficientnet_lite0, face_swap

LOGITS = {"a": [-3.0, 3.0, -2.0, 0.5, -3.0, 2.0, -1.0, 0.6], "b": [-1.0, 1.0, -2.0, 2.0, 0.5] * 2}


@pytest.fixture
def networks(monkeypatch, portrait_crops):
    def judged(plan, crops, chosen, parameters, *, size, every_view=False):
        return np.array(LOGITS[parameters][: len(chosen)])

    monkeypatch.setattr(compare, "judged", judged)
    plan = SimpleNamespace()
    phase = efficientnet_lite0.PHASES[0]
    return [Trained(name, plan, phase, name) for name in LOGITS]


def test_alone_and_together(networks, portrait_crops):
    a, b, highest, mean = compare.compare(networks, portrait_crops)
    assert [row.name for row in (a, b)] == ["a", "b"]
    assert (highest.name, mean.name) == ("highest of a, b", "mean of a, b")
    assert a.auc == 1.0
    assert a.manipulation == {"face_swap": 1.0}
    assert b.auc < 1.0
    assert highest.missed <= min(a.missed, b.missed)
    assert highest.real_suspicious + highest.real_fake >= b.real_suspicious + b.real_fake


def test_a_run_is_named_by_recipe_run_and_phase(tmp_path):
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "160.safetensors").touch()
    found = Trained.named("efficientnet_lite0=third:160", tmp_path)
    assert (found.plan, found.phase.input_size) == (efficientnet_lite0, 160)
    (tmp_path / "face_swap").mkdir()
    (tmp_path / "face_swap" / f"{face_swap.PHASES[-1].name}.safetensors").touch()
    assert Trained.named("face_swap", tmp_path).phase is face_swap.PHASES[-1]


@pytest.mark.parametrize("name", ["efficientnet_lite0=third:160", "face_swap=run:nothing"])
def test_what_is_not_finished_is_told_with_the_phases(tmp_path, name):
    with pytest.raises(ClarityError, match="nothing at") as told:
        Trained.named(name, tmp_path)
    assert "Phases: " in told.value.hint
