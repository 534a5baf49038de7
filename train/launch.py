"""Ray Train: a job on the processes of a cluster. The one file that knows it; others compute.

    python -m train launch efficientnet_lite0 --workers 2
    ray job submit -- python -m train launch efficientnet_lite0 --gpu

A worker that dies is replaced, and all go on from the last checkpoint, which lies in the run's
folder; the same command does that for a driver that died. Every machine sees that folder.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from clarity import memory
from clarity.errors import ClarityError
from train.job import Job, begin, carry_out, noted

Accelerator = Literal["", "gpu", "tpu"]


class LaunchFailed(ClarityError):
    code = "launch-failed"
    hint = "The same command goes on from the last checkpoint. `ray job logs` has the details."


class LaunchUnfit(ClarityError):
    status = 422
    code = "launch-unfit"
    hint = "The Keras engine trains in one process on CPUs; everything else is for `--engine jax`."


@dataclass(frozen=True, slots=True)
class Workers:
    """Processes of a run.

    Attributes:
        count: one a machine where there are accelerators; 0 trains in this very process.
        accelerator: of every worker; none for CPUs.
        each: GPUs of a worker, all of its machine.
        kind: of the accelerator, as Ray names it, such as TPU-V6E; TPUs on several hosts need it.
        topology: of the TPU slice, such as 4x4.
        failures: how often a dead worker is replaced.
    """

    count: int = 1
    accelerator: Accelerator = ""
    each: int = 1
    kind: str = ""
    topology: str = ""
    failures: int = 3


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of a worker: parameters, or an error of the recipe, which trying again would not mend."""

    parameters: Path | None = None
    message: str = ""
    hint: str = ""


def launch(job: Job, workers: Workers, *, callbacks: Sequence[Any] = ()) -> Path:
    """Train on the Ray cluster that this process is connected to.

    Args:
        job: its folders must be seen alike by all machines.
        workers: where to.
        callbacks: of Ray Train, which see every report.

    Returns:
        The parameters of the last phase.

    Raises:
        LaunchUnfit: the engine cannot be spread that way.
        LaunchFailed: workers died more often than allowed.
        ClarityError: the recipe's own, such as TrainingDiverged, by message and hint.
    """
    if job.engine == "keras" and (workers.count > 1 or workers.accelerator):
        raise LaunchUnfit("The Keras engine cannot be spread over processes or accelerators.")
    from ray.train import TrainingFailedError
    from ray.train.v2.api.config import FailureConfig, RunConfig
    from ray.train.v2.jax import JaxTrainer

    trainer = JaxTrainer(
        _work,
        train_loop_config={"job": job, "accelerator": workers.accelerator},
        scaling_config=scaling(workers),
        run_config=RunConfig(
            name=job.name.replace("/", "-"),
            storage_path=str(job.runs.absolute() / "ray"),
            failure_config=FailureConfig(max_failures=workers.failures),
            worker_runtime_env={
                "env_vars": {} if workers.accelerator else {"JAX_PLATFORMS": "cpu"}
            },
            callbacks=list(callbacks),
        ),
    )
    try:
        result: Any = trainer.fit()
    except TrainingFailedError as error:
        raise LaunchFailed(f"Training of {job.name} failed: {error}") from error
    outcome: _Outcome = result.return_value
    if outcome.parameters is None:
        raise LaunchFailed(outcome.message, hint=outcome.hint)
    return outcome.parameters


def scaling(workers: Workers) -> Any:
    """What Ray Train is asked for.

    Raises:
        ValueError: TPUs on several hosts without kind and topology.
    """
    from ray.train.v2.api.config import ScalingConfig

    if workers.accelerator == "tpu":
        return ScalingConfig(
            num_workers=workers.count,
            use_tpu=True,
            topology=workers.topology or None,
            accelerator_type=workers.kind or None,
        )
    if workers.accelerator == "gpu":
        return ScalingConfig(
            num_workers=workers.count,
            use_gpu=True,
            accelerator_type=workers.kind or None,
            resources_per_worker={"GPU": workers.each},
        )
    return ScalingConfig(num_workers=workers.count)


def _work(config: Mapping[str, Any]) -> _Outcome:
    """One of the workers, from its start to its end."""
    memory.keep_freed()
    job: Job = config["job"]
    try:
        _form_group(job, accelerator=config["accelerator"])
        return _Outcome(carry_out(job, report=_reporter(job)))
    except ClarityError as error:
        return _Outcome(message=error.message, hint=error.hint)


def _form_group(job: Job, *, accelerator: Accelerator) -> None:
    """Make ready in the first worker while the others wait; then bring them together.

    Ray forms the group of JAX processes by itself on accelerators, not on CPUs: there every
    worker would train a model of its own.
    """
    from ray.train import collective, get_context

    context = get_context()
    first = context.get_world_rank() == 0
    opening = _opening(job) if first else None
    opening = collective.broadcast_from_rank_zero(opening)
    assert opening is not None
    if opening["message"]:
        raise ClarityError(opening["message"], hint=opening["hint"])
    if context.get_world_size() > 1 and not accelerator:
        import jax

        jax.distributed.initialize(
            opening["address"], context.get_world_size(), context.get_world_rank()
        )


def _opening(job: Job) -> dict[str, str]:
    """What all need to know: where they meet, or why they need not."""
    from ray.util import get_node_ip_address

    try:
        begin(job)
    except ClarityError as error:
        return {"address": "", "message": error.message, "hint": error.hint}
    with socket.socket() as probe:
        probe.bind(("", 0))
        address = f"{get_node_ip_address()}:{probe.getsockname()[1]}"
    return {"address": address, "message": "", "hint": ""}


def _reporter(job: Job) -> Callable[[str, Mapping[str, float]], None]:
    """To Ray, as every worker must; the first one also writes the figures down and prints them."""
    from ray.train import get_context, report

    def tell(phase: str, figures: Mapping[str, float]) -> None:
        report({"phase": phase, **figures})

    def show(phase: str, figures: Mapping[str, float]) -> None:
        print(phase, *(f"{name} {value:.4g}" for name, value in figures.items()), flush=True)
        tell(phase, figures)

    return noted(job, show) if get_context().get_world_rank() == 0 else tell
