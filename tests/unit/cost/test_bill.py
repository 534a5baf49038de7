"""The estimate of a month's bill."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.carbon.places import place
from clarity.cost.bill import Load, monthly_bill, monthly_kwh

ZURICH = place("europe-west6")
scans = st.floats(0, 1e6)
shares = st.floats(0, 1)
loads = st.builds(
    Load,
    scans_a_day=scans,
    video_share=shares,
    retention_days=st.floats(0, 3650),
    gpu=st.booleans(),
    training_gpu_hours=st.floats(0, 1000),
)


def cost(load):
    return sum(line.usd for line in monthly_bill(load))


def test_an_idle_platform_costs_its_standing_parts_only():
    idle = {line.item: line.usd for line in monthly_bill(Load(scans_a_day=0))}
    # 4 vCPU and 16 GB for 730 hours, by hand
    assert idle["head"] + idle["head, memory"] == pytest.approx(198.36, abs=0.01)
    assert idle["CPU workers"] == idle["object storage"] == idle["to the internet"] == 0
    assert sum(idle.values()) == pytest.approx(cost(Load(scans_a_day=0)))


@given(loads, scans)
def test_what_scans_cost_is_linear(load, more):
    nothing = cost(replace(load, scans_a_day=0))
    both = cost(replace(load, scans_a_day=load.scans_a_day + more))
    parts = cost(load) + cost(replace(load, scans_a_day=more))
    assert both == pytest.approx(parts - nothing, rel=1e-9)


@given(loads, shares, st.floats(0, 3650))
def test_more_video_and_longer_retention_never_cost_less(load, share, days):
    heavier = replace(
        load,
        video_share=max(load.video_share, share),
        retention_days=max(load.retention_days, days),
    )
    assert cost(heavier) >= cost(load) * (1 - 1e-12)
    assert monthly_kwh(heavier, ZURICH) >= monthly_kwh(load, ZURICH) * (1 - 1e-12)


@given(loads)
def test_a_gpu_takes_work_off_the_cpu_workers(load):
    on_cpu, on_gpu = replace(load, gpu=False), replace(load, gpu=True)
    assert on_gpu.worker_hours <= on_cpu.worker_hours
    assert "detectors on a GPU" in {line.item for line in monthly_bill(on_gpu)}


@pytest.mark.parametrize("wrong", [{"scans_a_day": -1.0}, {"video_share": 1.5}])
def test_loads_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"at least 0|in \[0, 1\]"):
        Load(**wrong)
