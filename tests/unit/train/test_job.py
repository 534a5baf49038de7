import pytest

from train.job import Budget, Job, PhaseUnknown, RecipeUnknown, phases_of
from train.recipes import efficientnet_lite0 as recipe
from train.search import ChoiceUnknown, chosen, default


def job(tmp_path, **more):
    facts = {"recipe": "efficientnet_lite0", "name": "r", "engine": "jax"}
    return Job(crops=tmp_path, runs=tmp_path, **{**facts, **more})


def test_a_budget_holds_every_number_down(tmp_path):
    phases = phases_of(job(tmp_path, budget=Budget(steps=2, size=64, batch=4)))
    assert [phase.name for phase in phases] == [phase.name for phase in recipe.PHASES]
    for phase in phases:
        assert (phase.schedule.steps, phase.schedule.warmup, phase.schedule.save_every) == (2, 0, 1)
        assert (phase.input_size, phase.batches.input_size, phase.batches.size) == (64, 64, 4)


def test_without_a_budget_the_recipe_is_as_it_stands(tmp_path):
    assert phases_of(job(tmp_path)) == recipe.PHASES
    assert phases_of(job(tmp_path, budget=Budget(steps=10**6, size=999, batch=999))) == (
        recipe.PHASES
    )


def test_what_is_not_there_is_told_by_name(tmp_path):
    with pytest.raises(RecipeUnknown, match="nothing"):
        phases_of(job(tmp_path, recipe="nothing"))
    with pytest.raises(PhaseUnknown) as told:
        phases_of(job(tmp_path, phase="99"))
    assert recipe.PHASES[0].name in told.value.hint
    for name in ("schedule.nothing", "peak_rate", "name.upper", "schedule"):
        with pytest.raises(ChoiceUnknown, match=name):
            chosen(recipe.PHASES[0], {name: 1})


def test_choices_replace_numbers_of_one_phase(tmp_path):
    phase = recipe.PHASES[0]
    changed = chosen(phase, {"schedule.peak_rate": 0.5, "batches.delivery": 0.1})
    assert (changed.schedule.peak_rate, changed.batches.delivery) == (0.5, 0.1)
    assert default(changed, recipe.SEARCH)["schedule.peak_rate"] == 0.5
    assert chosen(phase, default(phase, recipe.SEARCH)) == phase
