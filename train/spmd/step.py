"""One training step as a pure function: gradients, optimiser, moving average."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from clarity.detectors.card import InputSpec
from train.loop import Schedule
from train.spmd.adversarial import attacked
from train.spmd.devices import Fed
from train.spmd.distil import Lesson, hint_loss
from train.spmd.network import Answer, Arrays, FlaxNetwork
from train.spmd.places import placed_loss
from train.spmd.resize import area_resized

State = dict[str, Any]
"""`step` int32; `trained`, `statistics`, `average` and `optimizer`, all float32."""


Figures = jax.Array
"""Loss, accuracy, hint loss and placed loss of a batch, float32 (4,); a step adds the norm of its
change."""


class _Given(NamedTuple):
    """What a step is given besides its batch: the teacher's parameters, and chance."""

    taught: Arrays
    key: jax.Array


def make_optimizer(schedule: Schedule) -> optax.GradientTransformation:
    """AdamW as the Keras loop steps it: warm-up, cosine to a hundredth, clipped to norm 1."""
    rate = optax.warmup_cosine_decay_schedule(
        init_value=schedule.peak_rate / 20,
        peak_value=schedule.peak_rate,
        warmup_steps=schedule.warmup,
        decay_steps=max(schedule.steps, schedule.warmup + 1),
        end_value=schedule.peak_rate / 100,
    )
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(
            rate,
            eps=1e-7,
            weight_decay=schedule.weight_decay,
            mask=lambda values: {name: name.endswith("kernel") for name in values},
        ),
    )


@dataclass(frozen=True, eq=False)
class TrainingStep:
    """`step(state, taught, fed)` gives the next state and figures; not compiled.

    `taught` holds the parameters of the lesson's teacher, and is empty without one.
    """

    network: FlaxNetwork
    optimizer: optax.GradientTransformation
    schedule: Schedule
    spec: InputSpec
    dtype: Any = jnp.float32
    lesson: Lesson | None = None

    def first(self, trained: Arrays, statistics: Arrays) -> State:
        """The state before step 1."""
        return {
            "step": jnp.int32(0),
            "trained": trained,
            "statistics": statistics,
            "average": jax.tree.map(jnp.copy, trained),
            "optimizer": self.optimizer.init(trained),
        }

    def __call__(self, state: State, taught: Arrays, fed: Fed) -> tuple[State, Figures]:
        trained, before = state["trained"], state["statistics"]
        given = _Given(taught, jax.random.fold_in(jax.random.key(0), state["step"]))
        slope, statistics, figures = self._slope(trained, before, given, fed)
        if self.schedule.sam:
            uphill = self._uphill(trained, slope)
            slope, _, _ = self._slope(uphill, before, given, fed)
        change, optimizer = self.optimizer.update(slope, state["optimizer"], trained)
        trained = optax.apply_updates(trained, change)
        count = state["step"] + 1
        # the average forgets its start quickly, then reaches its full length
        decay = jnp.minimum(self.schedule.average, (1 + count) / (10 + count))
        average = jax.tree.map(lambda a, w: a - (1 - decay) * (a - w), state["average"], trained)
        after = {
            "step": count,
            "trained": trained,
            "statistics": statistics,
            "average": average,
            "optimizer": optimizer,
        }
        return after, jnp.append(figures, optax.tree.norm(change))

    def _uphill(self, trained: Arrays, slope: Arrays) -> Arrays:
        """The steepest point near by, whose slope leads to flat minima.

        Sharpness-aware minimisation, Foret et al. 2021 (arXiv 2010.01412).
        """
        reach = self.schedule.sam / (optax.tree.norm(slope) + 1e-12)
        return jax.tree.map(lambda w, s: w + reach * s, trained, slope)

    def _slope(
        self,
        trained: Arrays,
        statistics: Arrays,
        given: _Given,
        fed: Fed,
    ) -> tuple[Arrays, Arrays, Figures]:
        """Gradient and figures of the whole batch, whose parts come one after the other."""
        gradient = jax.grad(self._loss, has_aux=True)

        def add(carried: Any, part: Fed) -> tuple[Any, Figures]:
            total, statistics = carried
            slope, (statistics, figures) = gradient(trained, statistics, given, part)
            return (jax.tree.map(jnp.add, total, slope), statistics), figures

        parts = len(fed.labels)
        start = (jax.tree.map(jnp.zeros_like, trained), statistics)
        if parts == 1:
            (total, statistics), figures = add(start, Fed(*(values[0] for values in fed)))
            return total, statistics, figures
        (total, statistics), each = jax.lax.scan(add, start, fed)
        return jax.tree.map(lambda s: s / parts, total), statistics, each.mean(0)

    def _loss(
        self,
        trained: Arrays,
        statistics: Arrays,
        given: _Given,
        part: Fed,
    ) -> tuple[jax.Array, tuple[Arrays, Figures]]:
        x, labels = part.pixels.astype(jnp.float32), part.labels
        smoothing = self.schedule.label_smoothing
        targets = labels * (1 - smoothing) + smoothing / 2
        wanted: list[jax.Array] = []
        if self.lesson:
            targets, wanted = self.lesson.teach(given.taught, x, targets)
        if x.shape[1] != self.spec.size:
            # the teacher saw more detail than the student gets
            x = area_resized(x, self.spec.size, self.spec.size)
        bridge, own = _apart(trained)

        if how := self.schedule.adversarial:
            # the attack is not learnt through
            judge = partial(self._answer, jax.lax.stop_gradient(own), statistics, training=False)
            x = attacked(given.key, x, targets, lambda x: judge(x).logits, how)
        answer = self._answer(own, statistics, x, training=True)
        loss = optax.sigmoid_binary_cross_entropy(answer.logits, targets).mean()
        hint, weight = jnp.float32(0), 0.0
        if self.lesson:
            hint = hint_loss(bridge, answer.features, wanted)
            weight = self.lesson.hints
        placed = jnp.float32(0)
        if self.schedule.placed:
            placed = placed_loss(answer.cells, part.places)
        right = ((answer.logits > 0) == (labels > 0.5)).mean()
        total = loss + weight * hint + self.schedule.placed * placed
        return total, (answer.statistics, jnp.stack([loss, right, hint, placed]))

    def _answer(
        self, trained: Arrays, statistics: Arrays, x: jax.Array, *, training: bool
    ) -> Answer:
        images = (x - self.spec.mean) / self.spec.std
        return self.network(trained, statistics, images, training=training, dtype=self.dtype)


def _apart(trained: Arrays) -> tuple[Arrays, Arrays]:
    """The bridge to a teacher, and the network's own parameters."""
    bridge = {name: value for name, value in trained.items() if name.startswith("bridge.")}
    return bridge, {name: value for name, value in trained.items() if name not in bridge}
