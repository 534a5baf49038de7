"""The five specialists: each trained on its own manipulation, from the released generalist."""

from importlib import import_module

import pytest

from clarity.detectors import registry
from clarity.forgery.registry import entry
from clarity.plans.panel import GENERALIST, seats
from train.recipes import efficientnet_lite0

KINDS = [seat.kind for seat in seats((), ()) if seat.kind != GENERALIST]


@pytest.fixture(params=KINDS)
def specialist(request):
    return request.param, import_module(f"train.recipes.{request.param}")


def test_every_seat_but_the_generalists_has_a_recipe_and_a_detector(specialist):
    name, plan = specialist
    assert plan.DESCRIPTION.name == plan.NETWORK.detector == name
    assert registry.DETECTORS[name] == efficientnet_lite0.NETWORK.detector


def test_it_learns_its_own_manipulation_alone(specialist):
    name, plan = specialist
    batches = plan.PHASES[-1].batches
    assert batches.manipulations == (name,)
    assert {entry(kind).manipulation for kind, _ in batches.forged} == {name}
    assert 0.4 <= sum(share for _, share in batches.forged) < 1


def test_it_goes_on_where_the_generalist_ended(specialist):
    _, plan = specialist
    released, own = plan.PHASES
    assert released.name == "released"
    assert own.input_size == released.input_size == efficientnet_lite0.PHASES[-1].input_size
