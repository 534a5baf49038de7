"""What Clarity says to a person: the words of reports, and those of a scan under way."""

from collections.abc import Iterable

from clarity.experts.messages import Competence
from clarity.reports.delivery_wording import (
    DELIVERY_TITLE,
    delivery_intro,
    delivery_rows,
    delivery_spread,
    meaning,
    scale_note,
)
from clarity.reports.wording import (
    CREDENTIALS,
    DECISIONS,
    ENTRIES_NOTE,
    MANIPULATIONS,
    MOTION_NOTE,
    NO_CREDENTIALS,
    NO_ENTRIES,
    PROVENANCE_NOTE,
    SCALE_NOTE,
    Decision,
    clock,
    count,
    credential_rows,
    deciding,
    duration,
    footprint,
    limit_lines,
    model_title,
    motion_lines,
    percent,
    scaled,
    trust_intro,
)
from clarity.scans.messages import Place, Stage

__all__ = [
    "COMPETENCES",
    "CREDENTIALS",
    "DECISIONS",
    "DELIVERY_TITLE",
    "ENTRIES_NOTE",
    "MANIPULATIONS",
    "MOTION_NOTE",
    "NO_CREDENTIALS",
    "NO_ENTRIES",
    "PROVENANCE_NOTE",
    "SCALE_NOTE",
    "STAGES",
    "Decision",
    "clock",
    "competences",
    "count",
    "credential_rows",
    "deciding",
    "delivery_intro",
    "delivery_rows",
    "delivery_spread",
    "duration",
    "footprint",
    "limit_lines",
    "meaning",
    "model_title",
    "motion_lines",
    "percent",
    "scale_note",
    "scaled",
    "trust_intro",
]

STAGES = {
    Stage.WAITING: "Waiting for its turn",
    Stage.FETCH: "Fetching it from the address",
    Stage.DECODE: "Opening the file",
    Stage.FACES: "Looking for faces",
    Stage.DETECTORS: "Examining every face",
    Stage.EXPLAIN: "Drawing the explanation",
    Stage.FINISHED: "Finished",
}

COMPETENCES = {
    Competence.IMAGES: "Pictures",
    Competence.VIDEO: "Video",
    Competence.FACE_SWAP: "Face swap",
    Competence.ENTIRE_SYNTHESIS: "Entire synthesis",
    Competence.LIP_SYNC: "Lip sync",
    Competence.REENACTMENT: "Re-enactment",
    Competence.ATTRIBUTE_MANIPULATION: "Attribute manipulation",
    Competence.SOUND: "Sound",
    Competence.COMPRESSION: "Compression",
    Competence.PROVENANCE: "Provenance",
}


def competences(fields: Iterable[Competence]) -> str:
    """Fields of an expert, as a person calls them."""
    return ", ".join(COMPETENCES[field] for field in fields)


def turn(place: Place) -> str:
    """Where a scan stands in the queue, and how long that is likely to take."""
    many = {0: "Your scan is next", 1: "One scan comes first"}
    first = many.get(place.ahead, f"{place.ahead} scans come first")
    minutes = round(place.seconds / 60)
    time = f"{max(2, place.seconds)} seconds" if place.seconds < 90 else f"{minutes} minutes"
    return f"{first}; its report is likely in about {time}."
