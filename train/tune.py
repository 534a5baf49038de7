"""Ray Tune: short trials of a recipe's open numbers; the bad ones are stopped early.

    python -m train tune efficientnet_lite0 --trials 6 --steps 200

Every trial is a job on the same budget, from the same initial parameters, measured on the same
validation faces. The first one is the recipe as it is. Successive halving (ASHA, Li et al.
2020, arXiv 1810.05934) stops a trial that is behind the better half at a rung.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clarity.errors import ClarityError
from train.job import Job, begin, carry_out, noted, phases_of, plan_of
from train.launch import Workers, launch
from train.search import Between, OneOf, default
from train.spmd.phases import START

METRIC = "validation_auc"
BEST = "best.json"


class NothingToSearch(ClarityError):
    status = 422
    code = "nothing-to-search"
    hint = "Add SEARCH to the recipe, as train/recipes/efficientnet_lite0.py does."


class SearchFailed(ClarityError):
    code = "search-failed"
    hint = "Look at the errors of the trials below the run's folder."


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial chose and reached.

    Attributes:
        choices: of the search.
        auc: on the validation faces at its last report.
        reports: how many it made; fewer than others mean that it was stopped.
        parameters: of a trial that was not stopped.
    """

    choices: Mapping[str, Any]
    auc: float
    reports: int
    parameters: Path | None


@dataclass(frozen=True, slots=True)
class Found:
    """Trials in the order of their start, the recipe's own numbers first; the best of them."""

    trials: list[Trial]
    best: Trial


def tune(job: Job, *, trials: int, at_once: int, workers: Workers) -> Found:
    """Search on the Ray cluster that this process is connected to.

    The best trial's parameters are put where `python -m train release RECIPE=NAME` looks.

    Args:
        job: the budget of every trial, with one phase and `judged` faces.
        trials: how many, at least 2.
        at_once: trials side by side.
        workers: of each trial; 0 trains inside the trial's own process.

    Raises:
        NothingToSearch: the recipe has no SEARCH.
        SearchFailed: no trial came to its end.
    """
    from ray import tune as ray_tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.basic_variant import BasicVariantGenerator

    (phase,) = phases_of(job)
    search = getattr(plan_of(job.recipe), "SEARCH", None)
    if not search:
        raise NothingToSearch(f"{job.recipe} leaves nothing open.")
    begin(job)
    start = job.start or job.folder / START
    reports = phase.schedule.steps // phase.schedule.report_every
    tuner = ray_tune.Tuner(
        ray_tune.with_resources(
            ray_tune.with_parameters(_trial, job=replace(job, start=start), workers=workers),
            _resources(workers),
        ),
        param_space={name: _domain(open_) for name, open_ in search.items()},
        tune_config=ray_tune.TuneConfig(
            metric=METRIC,
            mode="max",
            num_samples=trials,
            # a trial that comes to its end writes its parameters, so it is not stopped there
            scheduler=ASHAScheduler(max_t=reports + 1, grace_period=1, reduction_factor=2),
            search_alg=BasicVariantGenerator(
                points_to_evaluate=[default(phase, search)],
                max_concurrent=at_once,
                random_state=job.seed,
            ),
        ),
        run_config=ray_tune.RunConfig(
            name=job.name.replace("/", "-"),
            storage_path=str(job.runs.absolute() / "ray"),
            verbose=0,
        ),
    )
    results = tuner.fit()
    outcomes = [_outcome(job, results[number]) for number in range(len(results))]
    return kept(job, outcomes, reports=reports)


def _trial(config: Mapping[str, Any], *, job: Job, workers: Workers) -> None:
    """One trial; Tune learns of every report."""
    from ray import tune as ray_tune

    name = f"{job.name}/{ray_tune.get_context().get_trial_id()}"
    job = replace(job, name=name, choices=dict(config))
    if workers.count == 0:
        carry_out(job, report=noted(job, lambda phase, figures: ray_tune.report(dict(figures))))
        return
    from ray.tune.integration.ray_train import TuneReportCallback

    launch(job, workers, callbacks=[TuneReportCallback()])


def _resources(workers: Workers) -> dict[str, float]:
    """Of a trial; its workers, if it has any, take their own."""
    if workers.count:
        return {"CPU": 0.1}
    own = {workers.accelerator.upper(): float(workers.each)} if workers.accelerator else {}
    return {"CPU": 1.0, **own}


def _domain(open_: Between | OneOf) -> Any:
    from ray import tune as ray_tune

    if isinstance(open_, OneOf):
        return ray_tune.choice(list(open_.values))
    uniform = ray_tune.loguniform if open_.log else ray_tune.uniform
    return uniform(open_.low, open_.high)


def _outcome(job: Job, result: Any) -> Trial:
    metrics = result.metrics or {}
    folder = job.folder / str(metrics.get("trial_id", "never began"))
    parameters = folder / f"{phases_of(job)[0].name}.safetensors"
    return Trial(
        choices=dict(result.config or {}),
        auc=float(metrics.get(METRIC, 0.0)),
        reports=int(metrics.get("training_iteration", 0)),
        parameters=parameters if parameters.is_file() else None,
    )


def kept(job: Job, trials: list[Trial], *, reports: int) -> Found:
    """The best of those that came to their end, written down and ready for a release."""
    whole = [trial for trial in trials if trial.parameters and trial.reports >= reports]
    if not whole:
        raise SearchFailed(f"None of {len(trials)} trials came to its end.")
    best = max(whole, key=lambda trial: trial.auc)
    assert best.parameters is not None
    last = plan_of(job.recipe).PHASES[-1].name
    shutil.copyfile(best.parameters, job.folder / f"{last}.safetensors")
    content = [
        {"choices": t.choices, METRIC: t.auc, "reports": t.reports, "best": t is best}
        for t in trials
    ]
    (job.folder / BEST).write_text(json.dumps(content, indent=1))
    return Found(trials, best)
