"""Train and measure the detector of motion: real clips against what was made of them.

    python -m train timing --manifest CSV

Real clips are the only material. Their own frames out of order, their curves shaken, and the
sound of other people or of another moment make the forged ones. Everything is measured person
by person: the network that judges a clip has seen no clip of that person. Lip-sync forgeries
are measured and never trained on.
"""

import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from clarity import metrics
from clarity.detectors import artefact, parameters
from clarity.detectors.card import Card, DataSource, InputSpec
from clarity.detectors.parameters import Parameters
from clarity.errors import ClarityError
from clarity.media.decode import decode
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from clarity.scanner.motion import MEASURES, RUN_FRAMES, Motion, measures, motions
from clarity.scanner.people import Nobody, find_people
from data.items import Item
from train.calibrate import fit_calibration
from train.export import timing_model
from train.provenance import code_digest, environment_digest, items_digest
from train.sources import RESEARCH

SHUFFLES, STRANGERS, SHIFTS = 3, 6, 3
"""Forged clips made of each real one: of its frames, with others' sound, with its own shifted."""

SHIFT_SECONDS = (0.6, 3.0)
SHAKE = (0.7, 2.0)
"""Noise of a shaken clip, over the deviation of its curves from frame to frame."""

CAUTION = 0.9
"""Factor on the calibration's loud part: no real clip left out may come near 0.9."""

STEPS, RATE, DECAY = 1500, 0.02, 0.03
"""Steps, learning rate, and the pull of every parameter towards where it started."""

START: Parameters = {
    # sharp hinges where the first look at the data put them: agreement below 1.6, restlessness
    # above 0.3; the network moves them
    "hinges.kernel": np.array([[-2.0, 0.0], [3.2, 0.0], [0.0, 4.0]], np.float32),
    "hinges.bias": np.array([-0.5, -1.2], np.float32),
    "head.kernel": np.array([4.0, 4.0], np.float32),
    "head.bias": np.array([-3.0], np.float32),
}


REAL_KINDS = ("real", "real, silenced")
TRAINED = (*REAL_KINDS, "shuffled", "shaken", "re-dubbed", "shifted")
"""Kinds of samples that are real, and those that the network is trained on."""


class TooFewClips(ClarityError):
    status = 422
    code = "too-few-clips"
    hint = "The manifest needs real clips of at least four people, two of them speaking."


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip of a manifest as it was measured; `fake` and `group` as in the manifest."""

    key: str
    group: str
    source: str
    fake: bool
    motion: Motion


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip, real or made of a real one; `kind` says how, `group` of which person."""

    kind: str
    group: str
    source: str
    fake: bool
    measures: np.ndarray


def clips_of(items: Sequence[Item], *, workers: int = 2) -> list[Clip]:
    """The clips among the items whose largest person's motion can be judged."""
    films = [item for item in items if item.kind is MediaKind.VIDEO]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return [clip for clip in pool.map(_clip, films) if clip]


def _clip(item: Item) -> Clip | None:
    cv2.setNumThreads(1)
    media = decode(item.path, Limits(run_frames=RUN_FRAMES))
    people = find_people(media)
    if isinstance(people, Nobody):
        return None
    (moved, *_) = motions(media, [person.track for person in people[:1]])
    if not isinstance(moved, Motion):
        return None
    return Clip(item.key, item.group, item.source, item.fake, moved)


def samples_of(clips: Sequence[Clip], *, seed: int = 1) -> list[Sample]:
    """Real clips, what is made of them, and forged clips as they are."""
    rng = np.random.default_rng(seed)
    sounds = [clip for clip in clips if clip.motion.loudness is not None]
    found: list[Sample] = []
    for clip in clips:
        if clip.fake:
            found.append(Sample(clip.source, clip.group, clip.source, True, clip.motion.measures))
        else:
            found += _made(clip, sounds, rng)
    return found


def _made(clip: Clip, sounds: Sequence[Clip], rng: np.random.Generator) -> Iterator[Sample]:
    moved, loud = clip.motion.curves, clip.motion.loudness

    def sample(kind: str, curves: np.ndarray, loudness: np.ndarray | None) -> Sample:
        told, _ = measures(curves, loudness)
        return Sample(kind, clip.group, clip.source, kind not in REAL_KINDS, told)

    yield sample("real", moved, loud)
    if _heard(clip.motion.measures):
        yield sample("real, silenced", moved, None)
    for _ in range(SHUFFLES):
        order = rng.permutation(len(moved))
        yield sample("shuffled", moved[order], None)
    deviation = np.diff(moved, axis=0).std(0)
    noise = rng.normal(size=moved.shape) * deviation * rng.uniform(*SHAKE)
    yield sample("shaken", (moved + noise).astype(np.float32), None)
    if not _heard(clip.motion.measures) or loud is None:
        return
    strangers = [other for other in sounds if other.group != clip.group]
    for place in rng.permutation(len(strangers))[:STRANGERS]:
        foreign = strangers[place].motion.loudness
        assert foreign is not None
        length = min(len(moved), len(foreign))
        yield sample("re-dubbed", moved[:length], foreign[:length])
    for _ in range(SHIFTS):
        shift = round(rng.uniform(*SHIFT_SECONDS) * 25) * int(rng.choice([-1, 1]))
        yield sample("shifted", moved, np.roll(loud, shift))


def _heard(told: np.ndarray) -> bool:
    return bool(told[MEASURES.index("heard")] > 0)


def crossed(samples: Sequence[Sample]) -> np.ndarray:
    """Logit of every sample by a network that saw nothing of that person, float64 (N,).

    Raises:
        TooFewClips: there are fewer than four people.
    """
    groups = sorted({sample.group for sample in samples})
    if len({s.group for s in samples if not s.fake}) < 4:
        raise TooFewClips("There are too few people to leave one out.")
    logits = np.zeros(len(samples))
    for group in groups:
        own = np.array([sample.group == group for sample in samples])
        own_samples = [sample for sample in samples if sample.group == group]
        logits[own] = _judged(fit(samples, without=group), own_samples)
    return logits


def fit(samples: Sequence[Sample], *, without: str = "") -> Parameters:
    """Train the network on the samples of kinds that are trained on.

    Every kind weighs the same within real and forged. Samples of the person `without` weigh
    nothing: so all shapes stay the same, and training is compiled once for every person.
    """
    from flax import nnx

    from clarity.detectors import registry
    from clarity.detectors.architectures import flax_parameters

    taught = [sample for sample in samples if sample.kind in TRAINED]
    used = np.array([sample.group != without for sample in taught])
    weights = np.zeros(len(taught), np.float32)
    weights[used] = _weights([s for s, take in zip(taught, used, strict=True) if take])
    inputs = np.stack([sample.measures for sample in taught])
    labels = np.array([sample.fake for sample in taught], np.float32)
    model = flax_parameters.restore(registry.network("timing"), START)
    nnx.update(model, _training()(nnx.state(model), inputs, labels, weights))
    return flax_parameters.parameters(model)


@cache
def _training() -> Any:
    """Compiled: (start, inputs, labels, weights) -> state after `STEPS` steps."""
    import jax
    import optax
    from flax import nnx

    from clarity.detectors import registry
    from clarity.detectors.architectures import flax_parameters

    graph = nnx.graphdef(flax_parameters.restore(registry.network("timing"), START))
    optimiser = optax.adam(RATE)

    @jax.jit
    def train(start: Any, inputs: jax.Array, labels: jax.Array, weights: jax.Array) -> Any:
        def loss(state: Any) -> jax.Array:
            logits, _ = nnx.merge(graph, state)(inputs)
            each = optax.sigmoid_binary_cross_entropy(logits, labels)
            moved = jax.tree.map(lambda one, other: ((one - other) ** 2).sum(), state, start)
            return (each * weights).sum() + DECAY * sum(jax.tree.leaves(moved))

        def step(carried: Any, _: Any) -> tuple[Any, None]:
            state, memory = carried
            updates, memory = optimiser.update(jax.grad(loss)(state), memory)
            return (optax.apply_updates(state, updates), memory), None

        (state, _), _ = jax.lax.scan(step, (start, optimiser.init(start)), length=STEPS)
        return state

    return train


def _weights(samples: Sequence[Sample]) -> np.ndarray:
    """Summing to 1: half for real, half for forged, each kind in equal parts."""
    kinds = [sample.kind for sample in samples]
    count = {kind: kinds.count(kind) for kind in set(kinds)}
    real = sum(kind in REAL_KINDS for kind in count)
    share = {kind: 0.5 / (real if kind in REAL_KINDS else len(count) - real) for kind in count}
    return np.array([share[kind] / count[kind] for kind in kinds], np.float32)


def _judged(values: Parameters, samples: Sequence[Sample]) -> np.ndarray:
    """Logits by the parameters, in NumPy: a few numbers, no runtime needed."""
    inputs = np.stack([sample.measures for sample in samples]).astype(np.float64)
    hinges = np.logaddexp(0, inputs @ values["hinges.kernel"] + values["hinges.bias"])
    told: np.ndarray = (hinges * values["head.kernel"]).mean(1) + values["head.bias"][0]
    return told


def figures(samples: Sequence[Sample], logits: np.ndarray) -> dict[str, metrics.Interval]:
    """AUC of each kind of forged clip against the real ones that it is made like.

    Foreign sound is held against real clips that speak; frames in another order, which are made
    without sound, against the same clips without sound, so that having sound tells nothing;
    forged clips of a source against its real ones. The intervals draw people, not clips.
    """
    kinds = np.array([sample.kind for sample in samples])
    groups = np.array([sample.group for sample in samples])
    sources = np.array([sample.source for sample in samples])
    heard = np.array([_heard(sample.measures) for sample in samples])
    whole = kinds == "real"
    found = {}
    for kind in sorted(set(kinds) - set(REAL_KINDS)):
        if kind in ("re-dubbed", "shifted"):
            reals = whole & heard
        elif kind in TRAINED:
            reals = np.isin(kinds, REAL_KINDS) & ~heard
        else:
            reals = whole & (sources == kind)
        chosen = reals | (kinds == kind)
        found[kind] = metrics.interval(
            metrics.auc, (kinds == kind)[chosen], logits[chosen], groups[chosen]
        )
    return found


def make(
    items: Sequence[Item], clips: Sequence[Clip], root: Path
) -> tuple[Path, dict[str, metrics.Interval], dict[str, float]]:
    """Train, measure and write a release below `root`; its folder and its figures."""
    samples = samples_of(clips)
    logits = crossed(samples)
    told = figures(samples, logits)
    trained = np.array([sample.kind in TRAINED for sample in samples])
    forged = np.array([sample.fake for sample in samples])
    places = _balanced(np.flatnonzero(trained), forged)
    calibration = fit_calibration(
        logits[places], forged[places], fitted_on="people left out of training, one by one"
    )
    # below the bar, not at it: so few real clips prove little
    calibration = calibration.model_copy(update={"loud_slope": calibration.loud_slope * CAUTION})
    rates = _rates(samples, calibration.probabilities(logits), told)
    values = fit(samples)
    card = _card(items, {**_flat(told), **rates}, calibration=calibration)

    def fill(folder: Path) -> None:
        from clarity.detectors.runtimes.telemetry import quiet_openvino

        model = timing_model(values, len(MEASURES))
        quiet_openvino().save_model(model, folder / "model.xml", compress_to_fp16=False)
        parameters.write(values, folder / artefact.PARAMETERS_FILE)

    written = artefact.write(card, root / card.name / card.release, fill)
    return written.folder, told, rates


def _rates(
    samples: Sequence[Sample], scores: np.ndarray, forged: Collection[str]
) -> dict[str, float]:
    """What real clips, and those of each kind of forged ones, would be called, as shares."""
    kinds = np.array([sample.kind for sample in samples])
    reals = kinds == "real"
    heard = np.array([_heard(sample.measures) for sample in samples])
    called = {
        f"{_named(kind)}.suspicious_or_fake": float(metrics.not_real(scores[kinds == kind]).mean())
        for kind in ("real", *forged)
    }
    return {
        **called,
        "real.fake": float(metrics.fake(scores[reals]).mean()),
        "real.clips": float(reals.sum()),
        "real.speaking": float((reals & heard).sum()),
    }


def _balanced(places: np.ndarray, forged: np.ndarray) -> np.ndarray:
    """Places of samples, those of real ones repeated to be as many as of forged ones.

    How many forged clips are made of a real one says nothing of how common they are.
    """
    reals, others = places[~forged[places]], places[forged[places]]
    return np.concatenate([np.resize(reals, max(len(reals), len(others))), others])


def _flat(told: Mapping[str, metrics.Interval]) -> dict[str, float]:
    rows: dict[str, float] = {}
    for kind, found in told.items():
        name = _named(kind)
        rows |= {f"{name}.auc": found.value, f"{name}.low": found.low, f"{name}.high": found.high}
    return rows


def _named(kind: str) -> str:
    return kind.replace(" ", "_")


def _settings() -> str:
    """SHA-256 over every number that training depends on."""
    start = {name: values.tolist() for name, values in START.items()}
    numbers = [SHUFFLES, STRANGERS, SHIFTS, SHIFT_SECONDS, SHAKE, STEPS, RATE, DECAY, start]
    return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()


def _card(items: Sequence[Item], rows: Mapping[str, float], *, calibration: Any) -> Card:
    films = items_digest([item for item in items if item.kind is MediaKind.VIDEO])
    code = code_digest()
    return Card(
        name="timing",
        release=f"{time.strftime('%Y%m%d')}-{code[:8]}",
        title="Lips, sound and order",
        technique="Follows a face through consecutive frames of a clip. Measures whether the "
        "opening of the lips goes with the loudness of the sound, and whether the face moves as "
        "faces do or jumps about. Shown beside the verdict, with no part in it.",
        architecture="measures of a face mesh and of sound; two hinges, one unit",
        paper="Kartynnik et al. 2019, arXiv 1907.06724 (the mesh)",
        licence="Apache-2.0 (code and weights; the mesh is MediaPipe's); trained on media under "
        "research terms",
        input=InputSpec(size=len(MEASURES), mean=0.0, std=1.0),
        sees="motion",
        advisory=True,
        precision="fp32",
        calibration=calibration,
        training_data=[
            DataSource(name="Wav2Lip inputs, real", manipulation="none", terms=RESEARCH),
            DataSource(name="FaceForensics++ c23, real", manipulation="none", terms=RESEARCH),
            DataSource(
                name="the same with frames shuffled or shaken, sound foreign or shifted",
                manipulation="none",
                terms="made in training",
            ),
        ],
        figures={name: round(value, 4) for name, value in rows.items()},
        limits=[
            "Lips that a network made for a sound go with that sound: this detector does not "
            "tell lip-sync forgeries from real clips, nor swapped faces.",
            "A film dubbed into another language disagrees with its lips and is no deepfake.",
            "Needs a face followed for three seconds and more; agreement needs speech.",
            "It learnt from very few people, and its figures are uncertain. They were measured "
            "on frames and sound that were exchanged after measuring, not in whole films.",
            "A real film whose sound was made later can be called Suspicious. That no real clip "
            "was called Fake was arranged, not found: its scores are damped until none is.",
        ],
        digests={
            "data": films,
            "validation": films,
            "settings": _settings(),
            "code": code,
            "environment": environment_digest(),
        },
    )
