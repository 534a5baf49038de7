"""Energy of a run over stops and phases."""

import json

import pytest

from train.energy import FILE, EnergyAccount, run_figures


def spin():
    return sum(i * i for i in range(300_000))


def test_a_resumed_phase_goes_on_counting(tmp_path):
    account = EnergyAccount(tmp_path / "phase")
    spin()
    first = account.figures()
    spin()
    second = account.figures()
    assert 0 < first["kwh"] < second["kwh"]
    resumed = EnergyAccount(tmp_path / "phase")
    spin()
    assert resumed.figures()["kwh"] > second["kwh"]


def test_a_run_is_the_sum_of_its_phases_and_nothing_counted_is_no_figure(tmp_path):
    assert run_figures(tmp_path) == {}
    for name, kwh in (("low", 0.25), ("high", 0.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(json.dumps({"kwh": kwh, "gco2e": kwh * 86}))
    assert run_figures(tmp_path) == {
        "training.kwh": 0.75,
        "training.gco2e": pytest.approx(64.5),
    }
