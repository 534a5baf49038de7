"""From a finished run to a release: calibrate, export, measure, write the card.

    python -m train release xception --manifest CSV --crops var/crops/pool

The card's figures are those of `python -m train evaluate` on the validation split.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from clarity import metrics
from clarity.detectors import artefact, registry
from clarity.detectors import parameters as flat
from clarity.detectors.card import Calibration, Card, DataSource
from clarity.detectors.contract import CROP_SIZE
from clarity.labels import label_scores
from train.batches import serving_view
from train.calibrate import fit_to_task
from train.crops import CropSet
from train.energy import run_figures
from train.export import CALIBRATION_CROPS, Precision, export_release, fastest_acceptable
from train.items import Items
from train.provenance import (
    code_digest,
    environment_digest,
    read_sessions,
    settings_digest,
)
from train.recipe import Network, Phase

PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8")

COMPARED_FACES = 500
"""Faces that both runtimes judge: on a processor JAX takes several times as long."""

USUAL_FACES = 400
"""Real faces whose mean map is the usual one: its error is a twentieth of their spread."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a card says in words; the figures are measured."""

    name: str
    title: str
    technique: str
    architecture: str
    paper: str
    licence: str
    limits: list[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A precision that was tried: AUC over items, milliseconds a face, its faces' logits."""

    folder: Path
    precision: Precision
    auc: float
    milliseconds: float
    logits: np.ndarray


def make_release(
    description: Description,
    network: Network,
    phases: Sequence[Phase],
    parameters: Path,
    crops: CropSet,
    *,
    sources: Sequence[DataSource],
    root: Path = registry.RELEASES,
    release: str | None = None,
    precisions: Sequence[Precision] = PRECISIONS,
) -> Path:
    """Export every precision, keep the fastest that loses at most 0.005 AUC, calibrate it.

    Args:
        parameters: `.safetensors` of the run's last phase.
        crops: their validation split chooses the precision and fits the calibration.
        sources: what the card says of the training data.
        precisions: that are tried, fp32 among them.

    Returns:
        The release's folder; it is not deployed yet.
    """
    values = flat.read(parameters)
    spec = network.spec(phases[-1].input_size)
    folder = root / description.name / (release or release_name(parameters))
    fields: dict[str, Any] = {
        **asdict(description),
        "made_by": read_sessions(parameters.parent),
        "release": folder.name,
        "input": spec,
        "calibration": Calibration(),
        "training_data": list(sources),
        "figures": {},
        "digests": {
            "data": crops.digest,
            "settings": settings_digest(phases),
            "code": code_digest(),
            "environment": environment_digest(),
        },
    }
    views = _views(crops, crops.of_split("validation"))
    items = Items.of_split(crops, "validation")
    task = phases[-1].batches.manipulations
    with TemporaryDirectory(prefix="clarity-release-") as drafts:
        known = items.where(items.known_to(task))
        candidates = _drafts(values, fields, crops, views, known, Path(drafts), precisions)
        chosen = _fastest(candidates)
        calibration = fit_to_task(
            items,
            items.logits(chosen.logits),
            task,
            fitted_on=f"validation split of data {crops.digest[:12]}",
        )
        exact = candidates["fp32"]
        some = _spread(len(views), COMPARED_FACES)
        reference = _predict(exact.folder, views[some], runtime="jax")[0]
        fields["calibration"] = calibration
        fields["figures"] = {
            **_precision_figures(candidates),
            **run_figures(parameters.parent),
            "input_size": spec.size,
            # the same network in two runtimes; then what the served precision changes
            "runtimes.same_label": _same_label(calibration, reference, exact.logits[some]),
            "precision.same_label": _same_label(calibration, exact.logits, chosen.logits),
        }
        if not phases[-1].schedule.placed:  # maps that were taught to point are best as they are
            fields["usual_map"] = _usual_map(chosen.folder, crops)
        card = Card.model_validate({**fields, "precision": chosen.precision})
        return artefact.write(card, folder, lambda draft: _copy(chosen.folder, draft)).folder


def release_name(parameters: Path) -> str:
    """What a release of these parameters is called that is made today."""
    return f"{time.strftime('%Y%m%d')}-{artefact.digest(parameters)[:8]}"


def finish(folder: Path, figures: Mapping[str, float], *, items: str) -> None:
    """Put measured figures on the card, and the digest of the items that they were measured on."""
    card = Card.read(folder)
    digests = {**card.digests, "validation": items}
    figures = {**card.figures, **figures}
    card.model_copy(update={"figures": figures, "digests": digests}).write(folder)


def point_at(folder: Path) -> None:
    """Make a release of the package the one that an installation starts with."""
    path = folder.parent.parent / "deployed.json"
    deployed = json.loads(path.read_text()) if path.is_file() else {}
    pointed = {**deployed, folder.parent.name: folder.name}
    path.write_text(json.dumps(pointed, indent=2) + "\n")


def _drafts(
    values: flat.Parameters,
    fields: Mapping[str, Any],
    crops: CropSet,
    views: np.ndarray,
    items: Items,
    folder: Path,
    precisions: Sequence[Precision],
) -> dict[str, Candidate]:
    """The release in some precisions, measured on the validation faces."""
    calibration_crops = _views(crops, _training_sample(crops))
    return {
        precision: _measure(
            export_release(
                values,
                fields,
                folder / precision,
                precision=precision,
                calibration_crops=calibration_crops,
            ),
            views,
            items,
            precision,
        )
        for precision in precisions
    }


def _fastest(candidates: Mapping[str, Candidate]) -> Candidate:
    return candidates[
        fastest_acceptable(
            {name: candidate.auc for name, candidate in candidates.items()},
            {name: candidate.milliseconds for name, candidate in candidates.items()},
        )
    ]


def _precision_figures(candidates: Mapping[str, Candidate]) -> dict[str, float]:
    return {
        f"precision.{name}.{figure}": round(getattr(candidate, figure), 4)
        for name, candidate in candidates.items()
        for figure in ("auc", "milliseconds")
    }


def _same_label(calibration: Calibration, one: np.ndarray, other: np.ndarray) -> float:
    """Share of faces that get the same label by both logits, in [0, 1]."""
    same = _labels(calibration, one) == _labels(calibration, other)
    return round(float(same.mean()), 4)


def _views(crops: CropSet, indices: np.ndarray) -> np.ndarray:
    """Faces as serving would hand them to a detector, uint8 (N, 224, 224, 3)."""
    return np.stack([serving_view(crops.pixels[i], CROP_SIZE) for i in indices])


def _measure(folder: Path, views: np.ndarray, items: Items, precision: Precision) -> Candidate:
    logits, milliseconds = _predict(folder, views, runtime="openvino")
    auc = metrics.auc(items.fake, items.logits(logits))
    return Candidate(folder, precision, auc, milliseconds, logits)


def _predict(
    folder: Path, views: np.ndarray, *, runtime: registry.Runtime
) -> tuple[np.ndarray, float]:
    """Logits of faces, and milliseconds a face."""
    detector = registry.load_folder(folder, runtime=runtime)
    detector.predict(views[:8])
    began = time.perf_counter()
    logits = detector.predict(views).logits
    return logits, (time.perf_counter() - began) / len(views) * 1e3


def _usual_map(folder: Path, crops: CropSet) -> list[list[float]]:
    """Mean map of real training faces, in logits."""
    train = crops.of_split("train")
    real = train[~crops.fake[train]]
    views = _views(crops, real[_spread(len(real), USUAL_FACES)])
    maps = registry.load_folder(folder, runtime="openvino").predict(views).maps
    usual: list[list[float]] = maps.mean(0, dtype=np.float64).round(4).tolist()
    return usual


def _labels(calibration: Calibration, logits: np.ndarray) -> np.ndarray:
    """Label that each face would get on its own."""
    return np.array([label_scores({"": score}) for score in calibration.probabilities(logits)])


def _training_sample(crops: CropSet) -> np.ndarray:
    """Training faces for the quantisation's ranges, spread evenly over the set."""
    indices = crops.of_split("train")
    return indices[_spread(len(indices), CALIBRATION_CROPS)]


def _spread(count: int, most: int) -> np.ndarray:
    """Places spread evenly over so many things."""
    return np.linspace(0, count - 1, min(count, most)).astype(int)


def _copy(source: Path, draft: Path) -> None:
    for name in (*artefact.MODEL_FILES, artefact.PARAMETERS_FILE):
        shutil.copyfile(source / name, draft / name)
