"""The training loop: a plain function, no Ray, readable from top to bottom.

It steps a Keras twin under TensorFlow, the fast engine of machines without an accelerator
(docs/decisions). Parameters map one to one onto the Flax network.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clarity.detectors.card import InputSpec
from clarity.errors import ClarityError
from train.adversarial import Adversarial, attacked
from train.batches import Batch, BatchSource
from train.checkpoint import latest_checkpoint, restore, save
from train.distil import Lesson, Teacher, tapped
from train.energy import EnergyAccount
from train.places import placed_loss

if TYPE_CHECKING:
    import keras

Report = Callable[[Mapping[str, float]], None]


class TrainingDiverged(ClarityError):
    code = "training-diverged"
    hint = "Lower the learning rate, or resume from an earlier checkpoint with another seed."


class EngineLacks(ClarityError):
    code = "engine-lacks"
    hint = "Train with `--engine jax`."


@dataclass(frozen=True, slots=True)
class Schedule:
    """Numbers of one run.

    Attributes:
        steps: of one batch each.
        peak_rate: learning rate after the warm-up; falls to a hundredth by a cosine.
        warmup: steps of linear rise.
        weight_decay: decoupled, on kernels only.
        label_smoothing: labels become s / 2 and 1 - s / 2.
        average: decay of the exponential moving average of weights, which is what is kept.
        report_every, save_every: steps.
        adversarial: attacks a part of every batch first; None for clean ones.
        accumulate: parts of a batch whose gradients are summed, to save memory. Norms see a part.
        sam: radius of sharpness-aware minimisation; a step then costs two.
        placed: weight of `train.places.placed_loss`, which teaches the map where forgeries are.
    """

    steps: int
    peak_rate: float
    warmup: int = 200
    weight_decay: float = 0.02
    label_smoothing: float = 0.06
    average: float = 0.998
    report_every: int = 50
    save_every: int = 250
    adversarial: Adversarial | None = None
    accumulate: int | None = None
    sam: float | None = None
    placed: float = 0.0


def train(
    network: "keras.Model",
    batches: BatchSource,
    schedule: Schedule,
    *,
    spec: InputSpec,
    folder: Path,
    teacher: Teacher | None = None,
    hints_at: Sequence[str] = (),
    report: Report = lambda figures: None,
) -> None:
    """Train in place; afterwards the network holds the averaged weights.

    With a teacher, `hints_at` names the layers whose inputs are held against the teacher's.
    A run that was stopped goes on from the last checkpoint in `folder`.

    Raises:
        TrainingDiverged: at the first loss that is not finite, with the window of steps.
        EngineLacks: the schedule asks for what only the JAX engine does.
    """
    if schedule.accumulate or schedule.sam:
        raise EngineLacks("The Keras engine neither accumulates gradients nor knows SAM.")
    stepper = _Stepper(network, schedule, spec=spec, teacher=teacher, hints_at=hints_at)
    done = latest_checkpoint(folder)
    if done:
        stepper.load(restore(done, like=stepper.state()))
    first = int(stepper.step.numpy())
    window: list[Any] = []
    energy = EnergyAccount(folder)
    began = time.perf_counter()
    for number, batch in zip(
        range(first + 1, schedule.steps + 1), batches.stream(first), strict=False
    ):
        window.append(stepper(batch))
        if number % schedule.report_every == 0:
            losses = np.array([[float(v) for v in values] for values in window])
            if not np.isfinite(losses).all():
                raise TrainingDiverged(
                    f"loss not finite in steps {number - len(window) + 1}-{number}"
                )
            seconds = time.perf_counter() - began
            report(
                {
                    "step": number,
                    "loss": losses[:, 0].mean(),
                    "accuracy": losses[:, 1].mean(),
                    "hint": losses[:, 2].mean(),
                    "placed": losses[:, 3].mean(),
                    "images_per_second": len(window) * len(batch.labels) / seconds,
                    **energy.figures(),
                }
            )
            window, began = [], time.perf_counter()
        if number % schedule.save_every == 0 or number == schedule.steps:
            save(folder, number, stepper.state(), settings=asdict(schedule))
            energy.figures()  # written down with every checkpoint
    stepper.use_average()


class _Stepper:
    """One compiled step with its state: weights, optimiser, average, step number."""

    def __init__(
        self,
        network: "keras.Model",
        schedule: Schedule,
        *,
        spec: InputSpec,
        teacher: Teacher | None,
        hints_at: Sequence[str],
    ) -> None:
        import keras
        import tensorflow as tf

        self._tf, self._schedule, self._spec, self._teacher = tf, schedule, spec, teacher
        self._features = tapped(network, hints_at if teacher else ())
        self._weights = network.trainable_variables
        self._all = network.weights
        self._lesson: Lesson | None = None
        if teacher:
            self._teacher_features = tapped(teacher.network, teacher.hints_at)
            self._lesson = teacher.lesson(self._features, self._teacher_features)
        self._trained = [*self._weights, *(self._lesson.weights if self._lesson else [])]
        self._optimizer = keras.optimizers.AdamW(
            self._rate(), weight_decay=schedule.weight_decay, global_clipnorm=1.0
        )
        self._optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._optimizer.build(self._trained)
        self._average = [tf.Variable(weight.value, trainable=False) for weight in self._weights]
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._compiled = tf.function(self._once, reduce_retracing=True)

    def _rate(self) -> Any:
        import keras

        s = self._schedule
        return keras.optimizers.schedules.CosineDecay(
            s.peak_rate / 20,
            max(1, s.steps - s.warmup),
            alpha=0.01,
            warmup_target=s.peak_rate,
            warmup_steps=s.warmup,
        )

    def __call__(self, batch: Batch) -> Any:
        given = (batch.pixels, batch.labels, batch.places)
        return self._compiled(*(self._tf.constant(values) for values in given))

    def _once(self, pixels: Any, labels: Any, places: Any) -> Any:
        tf = self._tf
        x = tf.cast(pixels, tf.float32)
        smoothing = self._schedule.label_smoothing
        targets = labels * (1 - smoothing) + smoothing / 2
        if self._teacher:
            t = self._teacher
            opinion, _, *wanted = self._teacher_features(
                (x - t.input.mean) / t.input.std, training=False
            )
            targets = (1 - t.soft_labels) * targets + t.soft_labels * tf.sigmoid(
                tf.cast(opinion, tf.float32)
            )
        if pixels.shape[1] != self._spec.size:
            # the teacher saw more detail than the student gets
            x = tf.image.resize(x, (self._spec.size, self._spec.size), "area")
        if self._schedule.adversarial:
            x = attacked(x, targets, self._judge, self._schedule.adversarial)
        hint = apart = tf.constant(0.0)
        with tf.GradientTape() as tape:
            logits, cells, *features = self._features(
                (x - self._spec.mean) / self._spec.std, training=True
            )
            logits = tf.cast(logits, tf.float32)
            loss = tf.reduce_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
            )
            total = loss
            if self._teacher and self._lesson:
                hint = self._lesson.loss(features, wanted, logits=logits, labels=labels)
                total = loss + self._teacher.hints * hint
            if self._schedule.placed:
                apart = placed_loss(cells, places)
                total += self._schedule.placed * apart
        gradients = tape.gradient(total, self._trained)
        self._optimizer.apply_gradients(zip(gradients, self._trained, strict=True))
        self.step.assign_add(1)
        # the average forgets its random start quickly, then reaches its full length
        count = tf.cast(self.step, tf.float32)
        decay = tf.minimum(self._schedule.average, (1 + count) / (10 + count))
        for average, weight in zip(self._average, self._weights, strict=True):
            average.assign_sub((1 - decay) * (average - weight.value))
        right = tf.reduce_mean(tf.cast(tf.equal(logits > 0, labels > 0.5), tf.float32))
        return tf.stack([loss, right, hint, apart])

    def _judge(self, x: Any) -> Any:
        """Logits of pixels by the network as it stands, statistics of batches left alone."""
        return self._features((x - self._spec.mean) / self._spec.std, training=False)[0]

    def _variables(self) -> dict[str, Sequence[Any]]:
        """Everything that resuming needs."""
        return {
            "network": self._all,
            "bridge": self._lesson.weights if self._lesson else [],
            "optimizer": self._optimizer.variables,
            "average": self._average,
            "step": [self.step],
        }

    def state(self) -> dict[str, list[np.ndarray]]:
        """Values of the variables, as arrays."""
        groups = self._variables().items()
        return {name: [np.asarray(v.numpy()) for v in variables] for name, variables in groups}

    def load(self, state: Mapping[str, list[np.ndarray]]) -> None:
        """Set the variables to values that `state` gave."""
        for name, variables in self._variables().items():
            for variable, value in zip(variables, state[name], strict=True):
                variable.assign(value)

    def use_average(self) -> None:
        for weight, average in zip(self._weights, self._average, strict=True):
            weight.assign(average)
