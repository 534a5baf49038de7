"""Formulas, tables and meter of energy and emissions."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.carbon import rapl
from clarity.carbon.footprint import emissions_tonnes, energy_kwh
from clarity.carbon.meter import Meter
from clarity.carbon.places import ANYWHERE, UnknownPlace, names, place
from clarity.carbon.processors import (
    PROCESSORS,
    UnknownProcessor,
    these_accelerators,
    this_processor,
)

hours = st.floats(0, 1e4)
ZURICH = place("europe-west6")


def kwh(hours, processors=3, watts=4.0, pue=1.1):
    return energy_kwh(hours=hours, processors=processors, watts=watts, pue=pue)


def test_the_formulas_on_paper():
    # 100 hours of 8 processors of 250 W at PUE 1.1, on Zurich's grid
    energy = energy_kwh(hours=100, processors=8, watts=250, pue=1.1)
    assert energy == pytest.approx(220)
    assert emissions_tonnes(energy, kg_per_kwh=0.086) == pytest.approx(0.01892)


@given(hours, st.floats(0, 100))
def test_energy_is_linear_in_time(hours, factor):
    assert kwh(hours * factor) == pytest.approx(kwh(hours) * factor, rel=1e-9, abs=1e-9)


@given(hours, hours)
def test_two_pieces_of_work_take_what_they_take_together(first, second):
    assert kwh(first) + kwh(second) == pytest.approx(kwh(first + second), rel=1e-9, abs=1e-12)


@given(hours, st.floats(0, 500), st.floats(0, 500))
def test_more_watts_never_take_less(hours, low, high):
    low, high = sorted((low, high))
    assert kwh(hours, watts=low) <= kwh(hours, watts=high)


@pytest.mark.parametrize("wrong", [{"hours": -1}, {"watts": -1}, {"pue": 0.9}])
def test_quantities_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="hours"):
        kwh(**{"hours": 1, **wrong})


def test_zurich_is_what_google_publishes_and_an_unknown_place_is_told():
    assert (ZURICH.carbon_free, ZURICH.kg_per_kwh) == (0.85, 0.086)
    assert place("") is ANYWHERE
    assert "not known" in ANYWHERE.where
    with pytest.raises(UnknownPlace, match="europe-west66"):
        place("europe-west66")


def test_every_place_and_every_processor_is_plausible():
    for one in map(place, names()):
        assert one.carbon_free is None or 0 <= one.carbon_free <= 1
        assert 0 <= one.kg_per_kwh < 1
    assert all(0 < one.watts <= 1000 and one.source for one in PROCESSORS.values())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("model name\t: AMD EPYC 7B12\n", "epyc-2"),
        ("model name\t: AMD EPYC 9B14 96-Core\n", "epyc-4"),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\n", "ice-lake"),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 999\n", "vcpu"),
        ("", "vcpu"),
    ],
)
def test_the_processor_is_recognised_or_the_highest_is_taken(tmp_path, text, name):
    (tmp_path / "cpuinfo").write_text(text)
    assert this_processor(tmp_path / "cpuinfo").name == name
    assert PROCESSORS["vcpu"].watts == max(
        one.watts for one in PROCESSORS.values() if "vCPU" in one.title
    )


def test_gpus_are_those_of_the_driver_that_may_be_used(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert these_accelerators(tmp_path) == {}
    for number in (0, 1):
        (tmp_path / f"0000:0{number}:00.0").mkdir()
        information = tmp_path / f"0000:0{number}:00.0" / "information"
        information.write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 16\n")
    assert these_accelerators(tmp_path) == {"h100": 2}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert these_accelerators(tmp_path) == {"h100": 1}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    information.write_text("Model: Tesla V100-SXM2-16GB\n")
    assert these_accelerators(tmp_path) == {"h100": 1, "v100": 1}
    information.write_text("Model: NVIDIA Abacus 9\n")
    assert these_accelerators(tmp_path) == {"h100": 1, "gpu": 1}


SPIN = "import time\nwhile time.process_time() < 0.3: pass"


def metered(folder, **arguments):
    return Meter(ZURICH, powercap=folder, cpu=PROCESSORS["epyc-3"], **arguments)


def test_the_meter_counts_children_that_ran_and_not_time_asleep(tmp_path):
    with metered(tmp_path) as asleep:
        time.sleep(0.1)
    with metered(tmp_path) as working:
        subprocess.run([sys.executable, "-c", SPIN], check=True)
    seconds = working.footprint().kwh * 3.6e6 / (PROCESSORS["epyc-3"].watts * ZURICH.pue)
    assert 0.25 < seconds < 3
    assert asleep.footprint().kwh < working.footprint().kwh / 3
    assert asleep.footprint().seconds >= 0.1


def test_a_child_that_still_runs_counts_too(tmp_path):
    script = SPIN + "\nprint(flush=True)\ninput()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with metered(tmp_path) as meter:
        child = subprocess.Popen([sys.executable, "-c", script], **pipes)
        child.stdout.readline()
    child.communicate(b"\n")
    assert meter.footprint().kwh * 3.6e6 / (1.83 * ZURICH.pue) > 0.25


def test_work_elsewhere_and_accelerators_are_added(tmp_path):
    with metered(tmp_path, accelerators={"a100": 2}) as meter:
        meter.add(3600.0)
    taken = meter.footprint()
    expected = 1.83 * ZURICH.pue / 1000 + taken.seconds / 3600 * 2 * 400 * ZURICH.pue / 1000
    assert taken.kwh == pytest.approx(expected, rel=0.05)
    assert taken.gco2e == pytest.approx(taken.kwh * 86)
    assert "2 NVIDIA A100" in taken.basis
    with pytest.raises(UnknownProcessor):
        metered(tmp_path, accelerators={"abacus": 1})


def write_counter(folder, name, energy, span=10_000_000):
    zone = folder / name
    zone.mkdir(exist_ok=True)
    (zone / "energy_uj").write_text(f"{energy}\n")
    (zone / "max_energy_range_uj").write_text(f"{span}\n")


def test_energy_counters_are_read_once_a_package_and_may_wrap(tmp_path):
    write_counter(tmp_path, "intel-rapl:0", 9_000_000)
    write_counter(tmp_path, "intel-rapl:0:0", 5_000_000)
    before = rapl.counters(tmp_path)
    write_counter(tmp_path, "intel-rapl:0", 2_600_000)
    after = rapl.counters(tmp_path)
    assert list(before) == ["intel-rapl:0"]
    assert rapl.kwh_between(before, after) == pytest.approx(3.6 / 3.6e6)


def test_a_machine_with_counters_is_measured_by_its_share(tmp_path):
    write_counter(tmp_path, "intel-rapl:0", 0)
    with metered(tmp_path) as meter:
        subprocess.run([sys.executable, "-c", SPIN], check=True)
        write_counter(tmp_path, "intel-rapl:0", 3_600_000)
    taken = meter.footprint()
    assert "energy counter" in taken.basis
    assert 0 < taken.kwh <= 1e-6 * ZURICH.pue


def test_a_cleaner_grid_changes_emissions_and_not_energy(tmp_path):
    clean = replace(ZURICH, kg_per_kwh=0.0)
    with Meter(clean, powercap=tmp_path) as meter:
        meter.add(10.0)
    assert meter.footprint().gco2e == 0
    assert meter.footprint().kwh > 0
