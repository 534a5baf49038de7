"""What the apps read of a detector's card."""

from pydantic import BaseModel, ConfigDict


class TrainingSource(BaseModel):
    """One source of training data, as a model card names it."""

    model_config = ConfigDict(frozen=True)
    name: str
    manipulation: str = ""
    terms: str = ""


class ModelCard(BaseModel):
    """What the apps show of a detector's card; fields they do not know are ignored."""

    model_config = ConfigDict(frozen=True)
    name: str
    release: str
    title: str
    technique: str = ""
    architecture: str = ""
    paper: str = ""
    licence: str = ""
    precision: str = ""
    training_data: list[TrainingSource] = []
    figures: dict[str, float] = {}
    limits: list[str] = []
