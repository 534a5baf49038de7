"""Canned scans in the wire format, for tests and for building the page without a cluster."""

import hashlib
import math
from datetime import UTC, datetime

import cv2
import numpy as np
import skimage.data

from clarity.checkout.messages import Offer, PaymentsStatus
from clarity.labels import Label, label_scores
from clarity.media.frames import MediaKind
from clarity.media.provenance import Credentials, Provenance
from clarity.plans.panel import seats
from clarity.plans.table import EXTRAS, PLANS
from clarity.reports.messages import (
    Delivery,
    DeliveryFacts,
    Footprint,
    MediaFacts,
    ModelOpinion,
    Person,
    Report,
    StageTime,
    TimelinePoint,
)
from clarity.scans.messages import Problem

CARD = {
    "name": "xception",
    "release": "2026-11-23.1",
    "title": "Xception generalist",
    "technique": "Looks for traces of every kind of manipulation in single face pictures.",
    "architecture": "Xception",
    "paper": "Chollet, 2017",
    "licence": "Apache-2.0",
    "input": {"size": 224, "mean": 127.5, "std": 127.5},
    "precision": "int8",
    "calibration": {"slope": 1.0, "offset": 0.0, "fitted_on": "validation"},
    "training_data": [{"name": "DFDC", "manipulation": "face_swap", "terms": "research"}],
    "figures": {
        "overall.auc": 0.912,
        "overall.false_fake_rate": 0.014,
        "overall.ece": 0.031,
    },
    "limits": [
        "Faces below 48 pixels are not judged.",
        "Generators made after its training may pass unseen.",
    ],
    "digests": {"weights": "0" * 64},
}

OFFER = Offer(
    plans=list(PLANS),
    extras=list(EXTRAS),
    payments=PaymentsStatus(enabled=False, mode="sandbox", hint="Payments are off here."),
    panel=seats(["xception"], ["xception"]),
)


def report_for(name: str) -> Report | Problem:
    """What the canned service says of a file of this name."""
    if "notimage" in name:
        return _problem(name)
    if "coffee" in name:
        return _report([], kind=MediaKind.IMAGE)
    if "group" in name:
        return _report([0.97, 0.04, 0.61], kind=MediaKind.IMAGE)
    if "clip" in name:
        return _report([0.95], kind=MediaKind.VIDEO)
    if "manipulated" in name:
        return _report([0.973], kind=MediaKind.IMAGE)
    if "turning" in name:
        return _turning(_report([0.953], kind=MediaKind.IMAGE))
    if "suspicious" in name:
        return _report([0.64], kind=MediaKind.IMAGE)
    return _report([0.031], kind=MediaKind.IMAGE)


def _turning(report: Report) -> Report:
    """Fake as it was handed in, real when compressed."""
    copies = [("jpeg-75", 0.842), ("jpeg-50", 0.312), ("half-size", 0.917)]
    delivery = DeliveryFacts(
        frames=1,
        itself=0.953,
        copies=[Delivery(name=name, confidence=value) for name, value in copies],
        spread=0.641,
        flips=True,
    )
    people = [
        one.model_copy(update={"label": Label.SUSPICIOUS, "delivery": delivery})
        for one in report.people
    ]
    reason = "The answer turns when the item is sent on: fake as it was handed in."
    return report.model_copy(update={"label": Label.SUSPICIOUS, "reason": reason, "people": people})


def picture(name: str) -> tuple[bytes, str]:
    """Bytes and media type of an image that a canned report names."""
    portrait = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    if name.startswith("frame"):
        return cv2.imencode(".jpg", portrait)[1].tobytes(), "image/jpeg"
    if name.startswith("face"):
        face = cv2.resize(portrait[40:200, 140:300], (224, 224))
        return cv2.imencode(".png", face)[1].tobytes(), "image/png"
    rows, columns = np.mgrid[0:224, 0:224]
    heat = np.exp(-((rows - 150) ** 2 + (columns - 110) ** 2) / 3000.0)
    colour = cv2.applyColorMap((255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO)
    rgba = np.dstack([colour, (230 * heat).astype(np.uint8)])
    return cv2.imencode(".png", rgba)[1].tobytes(), "image/png"


def _problem(name: str) -> Problem:
    return Problem(
        type="unsupported_media",
        title="Unsupported Media Type",
        status=415,
        detail=f"{name} is not a picture or a video: its content is plain text.",
        hint="Send a JPEG, PNG or WebP picture, or an MP4 or WebM video.",
    )


def _report(confidences: list[float], *, kind: MediaKind) -> Report:
    video = kind is MediaKind.VIDEO
    people = [_person(number, value, video) for number, value in enumerate(confidences)]
    label = label_scores({str(p.person): _top(p) for p in people}) if people else None
    return Report(
        label=label or Label.NOT_APPLICABLE,
        reason=_reason(label),
        confidence=max(confidences, default=None),
        opinions=[_opinion(max(confidences))] if people else [_abstention()],
        people=people,
        media=MediaFacts(
            digest=hashlib.sha256(str(confidences).encode()).hexdigest(),
            kind=kind,
            mime="video/mp4" if video else "image/jpeg",
            width=512,
            height=512,
            duration_seconds=6.0 if video else 0.0,
            frames_read=24 if video else 1,
            has_sound=False,
        ),
        provenance=Provenance(
            credentials=Credentials(
                state="valid",
                signer="Test Camera, Test Newsroom",
                software="Test App 1.0",
                actions=("c2pa.created",),
                source_type="trainedAlgorithmicMedia",
            )
            if people
            else None,
            entries={"Camera": "Maker X1", "Taken": "2026:01:02 03:04:05"} if people else {},
        ),
        created_at=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        times=[
            StageTime(stage="decode", seconds=0.21),
            StageTime(stage="faces", seconds=0.09),
            StageTime(stage="detectors", seconds=0.31),
            StageTime(stage="explain", seconds=0.05),
        ],
        footprint=Footprint(
            seconds=0.66,
            watt_hours=0.00084,
            gco2e=0.0000724,
            basis="4.06 W per busy Intel Sapphire Rapids vCPU (C3); PUE 1.09; 0.086 kg CO2e per "
            "kWh, Zurich (europe-west6)",
        ),
    )


def _reason(label: Label | None) -> str:
    return {
        None: "No face was found in this picture.",
        Label.REAL: "All models find it more likely real than fake.",
        Label.SUSPICIOUS: "A model finds signs of manipulation without being sure.",
        Label.FAKE: "The Xception generalist is 97 % sure that a face is manipulated.",
    }[label]


def _person(number: int, confidence: float, video: bool) -> Person:
    points = [TimelinePoint(seconds=i / 4, confidence=_wave(i, confidence)) for i in range(24)]
    return Person(
        person=number,
        label=label_scores({"xception": confidence}),
        opinions=[_opinion(confidence)],
        box=(0.35 + 0.2 * number, 0.12, 0.17, 0.22),
        frame_seconds=4.25 if video else 0.0,
        frames_seen=24 if video else 1,
        timeline=points if video else points[:1],
        face_image=f"face-{number}.png",
        heat_image=f"heat-{number}.png",
        frame_image=f"frame-{number}.jpg",
    )


def _wave(step: int, confidence: float) -> float:
    level = confidence if step >= 12 else 0.1
    return min(1.0, max(0.0, level + 0.04 * math.sin(step)))


def _top(person: Person) -> float:
    return max(o.confidence for o in person.opinions if o.confidence is not None)


def _opinion(confidence: float) -> ModelOpinion:
    return ModelOpinion(model="xception", release="2026-11-23.1", confidence=confidence)


def _abstention() -> ModelOpinion:
    return ModelOpinion(
        model="xception",
        release="2026-11-23.1",
        abstention="There is no face to look at.",
    )
