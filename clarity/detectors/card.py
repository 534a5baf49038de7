"""The card of a released detector: what it is, what made it, how well it does."""

import json
import math
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class InputSpec(BaseModel):
    """How face crops become network input: resize to `size`, then (x - mean) / std."""

    model_config = ConfigDict(frozen=True)
    size: int = Field(gt=0, description="side in pixels; of motion, how many measures")
    mean: float = Field(description="subtracted from pixels in [0, 255]")
    std: float = Field(gt=0, description="divides after the subtraction")
    mirrored: bool = Field(
        default=False, description="each view and its mirror image are judged, the mean counts"
    )
    framings: tuple[float, ...] = Field(
        default=(1.0,),
        min_length=1,
        description="sides of the views that are judged, in sides of the crop, each of its middle; "
        "their mean counts",
    )
    transformation: str = Field(
        default="", description="one of clarity.defences that every crop goes through; empty: none"
    )


LOUD_FROM = math.log(0.7 / 0.3)
"""Log-odds from which an accusation is loud, and the guard of real faces sets in."""


class Calibration(BaseModel):
    """Platt scaling with a guard: probability = sigmoid(z), z = slope * logit + offset.

    Above a probability of 0.7, z goes on with `loud_slope` times the slope, so that the share
    of real faces above 0.9 stays what it was fitted to be. Monotone if both slopes are positive.
    """

    model_config = ConfigDict(frozen=True)
    slope: float = Field(default=1.0, gt=0)
    offset: float = 0.0
    loud_slope: float = Field(default=1.0, gt=0)
    fitted_on: str = "nothing"

    def log_odds(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated log-odds that the face is fake, float64, of logits of any shape."""
        z = self.slope * np.asarray(logits, np.float64) + self.offset
        return np.where(z > LOUD_FROM, LOUD_FROM + self.loud_slope * (z - LOUD_FROM), z)

    def probability(self, logit: float) -> float:
        """Calibrated probability in [0, 1] that the face is fake, of one logit."""
        return float(self.probabilities(np.array(logit)))

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """`probability` over an array of any shape, float64."""
        z = self.log_odds(logits)
        # the exponential of a negative number only: no overflow at either end
        tail = np.exp(-np.abs(z))
        return np.where(z >= 0, 1.0, tail) / (1.0 + tail)

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """The logits of which `probabilities` made these, float64; 0 and 1 give infinities."""
        p = np.asarray(probabilities, np.float64)
        with np.errstate(divide="ignore"):
            z = np.log(p) - np.log1p(-p)
        quiet = np.where(z > LOUD_FROM, LOUD_FROM + (z - LOUD_FROM) / self.loud_slope, z)
        return (quiet - self.offset) / self.slope


class DataSource(BaseModel):
    """One source of training data and the terms under which its media may be used."""

    model_config = ConfigDict(frozen=True)
    name: str
    manipulation: str
    terms: str


class Provenance(BaseModel):
    """What to check out and to run to train a release once more; its digests say with what."""

    model_config = ConfigDict(frozen=True)
    recipe: str = Field(description="module of train/recipes")
    seed: int | None = Field(description="None: the run did not write it down")
    commits: list[str] = Field(description="code of every session of training, in their order")
    held_out: list[str] = Field(description="sources that training did not see")
    imagenet: bool = Field(description="began with ImageNet weights where the recipe has others")
    went_on_from: str = Field(default="", description="release whose parameters it began with")
    averaged: list[str] = Field(
        default_factory=list, description="RUN:PHASE of the results whose mean it is"
    )


class Card(BaseModel):
    """`card.json` of a release. Figures come from `python -m train evaluate` alone."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(description="registry name, such as 'xception'")
    release: str = Field(description="release name, unique, sortable")
    title: str
    technique: str = Field(description="what it looks at, in words for a person")
    architecture: str
    paper: str
    licence: str
    input: InputSpec
    sees: Literal["crops", "motion"] = Field(
        default="crops", description="aligned faces, or measures of how a face moves"
    )
    advisory: bool = Field(
        default=False, description="shown beside the verdict, which it has no part in"
    )
    precision: str = Field(description="numeric format that is served: fp32, bf16 or int8")
    calibration: Calibration
    training_data: list[DataSource]
    figures: dict[str, float] = Field(description="measured, such as 'overall.auc'")
    limits: list[str] = Field(description="what it is known not to see, for a person")
    digests: dict[str, str] = Field(
        description="SHA-256 of the files, and of data, validation items, settings, code and "
        "environment"
    )
    usual_map: list[list[float]] | None = Field(
        default=None,
        description="mean map of real faces, in logits: heat maps show what departs from it",
    )
    made_by: Provenance | None = Field(
        default=None, description="how to train it again; None: releases before this was kept"
    )

    @classmethod
    def read(cls, folder: Path) -> "Card":
        return cls.model_validate(json.loads((folder / "card.json").read_text()))

    def write(self, folder: Path) -> None:
        (folder / "card.json").write_text(self.model_dump_json(indent=2) + "\n")
