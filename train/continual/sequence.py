"""Run a sequence of tasks by several methods, each going on from its own previous model.

    python -m train continual --tasks stargan,synthesis,yonsei,dfdc --steps 300

Finished tasks are not repeated, and a stopped one goes on from its last checkpoint.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

from clarity import metrics
from clarity.detectors import parameters as flat
from clarity.detectors.preprocess import network_input
from clarity.errors import ClarityError
from train.batches import BatchRecipe, BatchSource, serving_view
from train.continual.matrix import Matrix, Row
from train.continual.rehearsal import RehearsingSource, remembered
from train.continual.representation import stored_features
from train.continual.tasks import Task, balanced
from train.crops import CropSet
from train.distil import Teacher, tapped
from train.leave_one_out import BATCH, judged
from train.loop import Schedule, train

STORED_CROPS = 512
"""Of a task, from which the teacher's mean features are taken."""

Report = Callable[[str, Mapping[str, float]], None]
"""Told of a run's name and its figures."""


class TooFewTasks(ClarityError):
    status = 422
    code = "too-few-tasks"
    hint = "Name at least two tasks, each once, separated by commas: forgetting needs a later one."


class MethodUnknown(ClarityError):
    status = 422
    code = "method-unknown"
    hint = "The methods: fine-tuning, rehearsal, distillation, continual."


@dataclass(frozen=True, slots=True)
class Method:
    """What holds the earlier tasks; nothing by default.

    Attributes:
        rehearsed: share of each batch that comes from the memory, in [0, 1).
        soft_labels: weight of the previous model's opinion against the labels, in [0, 1].
        features: weight of the distance from its stored mean features.
    """

    rehearsed: float = 0.0
    soft_labels: float = 0.0
    features: float = 0.0

    @property
    def taught(self) -> bool:
        return self.soft_labels > 0 or self.features > 0


METHODS = {
    "fine-tuning": Method(),
    "rehearsal": Method(rehearsed=0.25),
    "distillation": Method(soft_labels=0.5, features=0.5),
    "continual": Method(rehearsed=0.25, soft_labels=0.5, features=0.5),
}
"""Plain fine-tuning, each half of the method alone, and the method."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is spent; the same for every method.

    Attributes:
        steps: of each task.
        first: of the first task, whose model all methods share; it starts from ImageNet.
        size: input of the network, pixels.
        batch: crops a step, new and rehearsed together.
        rate: peak learning rate.
        memory: crops kept of every task.
        faces: validation crops of every task, at most.
        seed: of batches, memory and measured crops.
    """

    steps: int = 300
    first: int = 300
    size: int = 96
    batch: int = 32
    rate: float = 2e-4
    memory: int = 100
    faces: int = 400
    seed: int = 1

    @property
    def name(self) -> str:
        """All numbers, for the folder of its runs: another budget is another run."""
        return "-".join(str(value) for value in astuple(self))


def sequence(
    plan: ModuleType,
    crops: CropSet,
    tasks: Sequence[Task],
    *,
    methods: Sequence[str],
    budget: Budget,
    folder: Path,
    report: Report = lambda run, figures: None,
    progress: Callable[[Mapping[str, Matrix]], None] = lambda found: None,
) -> dict[str, Matrix]:
    """Learn the tasks one after another by each method.

    Args:
        plan: a module of train/recipes: its `FRESH` network is trained.
        crops: the prepared set.
        tasks: in this order.
        methods: names of `METHODS`.
        budget: of every run.
        folder: of the runs; `<method>/<n>-<task>.safetensors` is what can be released.
        report: told of the figures of training.
        progress: told of the matrices after each task.

    Raises:
        TooFewTasks: fewer than two, or one of them twice.
        MethodUnknown: none of `METHODS`.
        TrainingDiverged: see `train.loop`.
    """
    names = [task.name for task in tasks]
    if len(set(names)) < max(2, len(names)):
        raise TooFewTasks(f"these are not two or more different tasks: {', '.join(names)}")
    for name in methods:
        if name not in METHODS:
            raise MethodUnknown(f"there is no method {name!r}")
    rows: dict[str, list[Row]] = {name: [] for name in methods}
    previous: dict[str, Path] = {}
    # task by task, so that a sequence that was stopped compares the methods all the same
    for number in range(len(tasks)):
        for name in methods:
            # all methods learn the first task alike, so it is learnt once
            place = folder / (name if number else "first")
            run = _Run(plan, crops, tasks[: number + 1], METHODS[name], budget, place)
            told = partial(report, f"{place.name} {run.name}")
            previous[name] = run.learn(previous.get(name), told)
            rows[name].append(run.measure(previous[name]))
            progress({each: Matrix(names, found) for each, found in rows.items() if found})
    return {name: Matrix(names, found) for name, found in rows.items()}


@dataclass(frozen=True, slots=True)
class _Run:
    """The last of some tasks, learnt after the others by a method."""

    plan: ModuleType
    crops: CropSet
    tasks: Sequence[Task]
    method: Method
    budget: Budget
    folder: Path

    @property
    def name(self) -> str:
        return f"{len(self.tasks) - 1}-{self.tasks[-1].name}"

    def learn(self, previous: Path | None, report: Callable[[Mapping[str, float]], None]) -> Path:
        """Train, unless it is done already, and return the parameters."""
        import keras

        result = self.folder / f"{self.name}.safetensors"
        if result.is_file():
            return result
        network = self.plan.FRESH
        keras.mixed_precision.set_global_policy(network.precision)
        keras.utils.set_random_seed(self.budget.seed)
        model = network.build(self.budget.size)
        if previous is None:
            network.start(model, self.folder.parents[1] / "weights")
        else:
            network.load_parameters(model, flat.read(previous))
        teacher = self._teacher(previous) if previous and self.method.taught else None
        train(
            model,
            self._batches(),
            self._schedule(),
            spec=network.spec(self.budget.size),
            folder=self.folder / self.name,
            teacher=teacher,
            hints_at=network.hints_at[-1:],
            report=report,
        )
        flat.write(network.parameters(model), result)
        return result

    def measure(self, parameters: Path) -> Row:
        """AUC and accuracy of every task so far on its validation crops; measured once."""
        written = self.folder / f"{self.name}.json"
        if written.is_file():
            found: Row = json.loads(written.read_text())
            return found
        chosen = np.concatenate([task.measured for task in self.tasks])
        logits = judged(self.plan, self.crops, chosen, parameters, size=self.budget.size)
        ends = np.cumsum([len(task.measured) for task in self.tasks])
        row = {
            task.name: _figures(self.crops.fake[task.measured], own)
            for task, own in zip(self.tasks, np.split(logits, ends[:-1]), strict=True)
        }
        written.write_text(json.dumps(row, indent=1))
        return row

    def _batches(self) -> BatchSource:
        number, task = len(self.tasks), self.tasks[-1]
        # neither forged nor degraded: both would mix the tasks, and cost as much as training
        recipe = BatchRecipe(
            size=self.budget.batch, input_size=self.budget.size, forged=(), delivery=0.0
        )
        seed = self.budget.seed + number
        memory = self._memory()
        if not len(memory):
            return BatchSource(self.crops, recipe, indices=task.learnt, seed=seed)
        return RehearsingSource(
            self.crops,
            recipe,
            indices=task.learnt,
            memory=memory,
            share=self.method.rehearsed,
            seed=seed,
        )

    def _memory(self) -> np.ndarray:
        earlier = self.tasks[:-1] if self.method.rehearsed else ()
        return remembered(self.crops, earlier, kept=self.budget.memory, seed=self.budget.seed)

    def _schedule(self) -> Schedule:
        steps = self.budget.steps if len(self.tasks) > 1 else self.budget.first
        return replace(
            self.plan.PHASES[0].schedule,
            steps=steps,
            peak_rate=self.budget.rate,
            warmup=min(50, steps // 4),
            average=0.98,
            report_every=min(50, steps),
            save_every=50,
        )

    def _teacher(self, previous: Path) -> Teacher:
        """The previous model, which looks at the new task and the memory before it teaches."""
        network, size = self.plan.FRESH, self.budget.size
        model = network.build(size)
        network.load_parameters(model, flat.read(previous))
        model.trainable = False
        layers = network.hints_at[-1:]
        new = balanced(self.crops, self.tasks[-1].learnt, most=STORED_CROPS, seed=self.budget.seed)
        looked_at = np.concatenate([new, self._memory()])
        store = stored_features(tapped(model, layers), self._views(looked_at))
        return Teacher(
            network=model,
            input=network.spec(size),
            hints_at=layers,
            soft_labels=self.method.soft_labels,
            hints=self.method.features,
            lesson=lambda student, teacher: store,
        )

    def _views(self, indices: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        size = self.budget.size
        for start in range(0, len(indices), BATCH):
            some = indices[start : start + BATCH]
            views = np.stack([serving_view(self.crops.pixels[i], size) for i in some])
            inputs = network_input(views, self.plan.FRESH.spec(size))
            yield inputs, self.crops.fake[some].astype(np.float32)


def _figures(fake: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    return {"auc": metrics.auc(fake, logits), "accuracy": float(((logits > 0) == fake).mean())}
