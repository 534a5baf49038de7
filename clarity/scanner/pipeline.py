"""One scan, from a file to a report, as plain functions that need no Ray.

decode -> faces, people, crops -> detectors on one shared batch -> verdict -> pictures
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from clarity.carbon.meter import Meter
from clarity.carbon.places import ANYWHERE, Place
from clarity.detectors.card import Card
from clarity.ensemble import decide, worst
from clarity.evidence.messages import Trace
from clarity.labels import Abstention, Evidence, Score, Verdict
from clarity.media.decode import decode
from clarity.media.frames import DecodedMedia, MediaKind
from clarity.media.likeness import perceptual_hash
from clarity.media.limits import Limits
from clarity.reports.messages import (
    Footprint,
    MediaFacts,
    ModelOpinion,
    Person,
    Report,
    StageTime,
)
from clarity.scanner import steadiness
from clarity.scanner.cascade import NOT_ASKED, settled
from clarity.scanner.delivery import Copies, delivered
from clarity.scanner.motion import RUN_FRAMES, Motion, motions
from clarity.scanner.panel import Panel, Said, ask, evidence_of, opinions_of
from clarity.scanner.people import Nobody, Subject, find_people
from clarity.scanner.portraits import motion_facts, portray
from clarity.scanner.trace import Judged, named_settings, trace

Progress = Callable[[str, float], None]
"""Called with the stage's name and the part of it that is done, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Findings:
    """A report, the pictures that it names (file name -> encoded bytes), what it rests on.

    `likeness` is the perceptual hash of the item, of its middle frame.
    """

    report: Report
    images: Mapping[str, bytes]
    trace: Trace
    likeness: int


@dataclass(slots=True)
class _Clock:
    """Seconds of each stage, told to `progress` as they begin and end, and the energy of all."""

    progress: Progress
    meter: Meter = field(default_factory=Meter)
    times: list[StageTime] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.progress(name, 0.0)
        began = time.perf_counter()
        yield
        self.times.append(StageTime(stage=name, seconds=round(time.perf_counter() - began, 4)))
        self.progress(name, 1.0)

    def footprint(self) -> Footprint:
        taken = self.meter.footprint()
        return Footprint(
            seconds=round(taken.seconds, 4),
            watt_hours=taken.watt_hours,
            gco2e=taken.gco2e,
            basis=taken.basis,
        )


def scan(
    path: Path,
    *,
    panel: Panel,
    limits: Limits | None = None,
    progress: Progress = lambda stage, fraction: None,
    where: Place = ANYWHERE,
    anchors: Path | None = None,
    deliveries: bool = False,
    cascade: bool = False,
) -> Findings:
    """Judge a picture or a video.

    The same file, panel and machine class give the same report, times, energy and date apart.

    Args:
        path: the file; its name says nothing.
        panel: detector name -> detector; of each person the timeline and the heat map of
            the most suspicious one are shown.
        limits: of the decoder.
        progress: told of every stage.
        where: whose grid counts for the emissions.
        anchors: certificates of the signers of credentials to trust.
        deliveries: whether copies as they would arrive if sent on are judged too.
        cascade: whether detectors are asked one after another, and the rest not at all once they
            cannot change a label any more (`clarity.scanner.cascade`).

    Raises:
        ClarityError: the media are damaged, too large, too long or of no known type. That
            nobody is in them is not an error but a report with "not applicable".
    """
    clock = _Clock(progress, Meter(where))
    limits = _limits(limits or Limits(), panel)
    with clock.stage("decode"):
        media = decode(path, limits, anchors=anchors)
    return examine(
        media,
        digest=_sha256(path),
        panel=panel,
        limits=limits,
        clock=clock,
        deliveries=deliveries,
        cascade=cascade,
    )


def examine(
    media: DecodedMedia,
    *,
    digest: str,
    panel: Panel,
    limits: Limits | None = None,
    clock: _Clock | None = None,
    deliveries: bool = False,
    cascade: bool = False,
) -> Findings:
    """Judge decoded media: what `scan` does after decoding."""
    clock = clock or _Clock(lambda stage, fraction: None)
    settings = named_settings(limits or Limits(), deliveries=deliveries, cascade=cascade)
    with clock.stage("faces"):
        people = find_people(media, lambda fraction: clock.progress("faces", fraction))
    if isinstance(people, Nobody):
        evidence: dict[str, Evidence] = {name: Abstention(people.reason) for name in panel}
        report = _report(media, digest, decide(evidence), panel=panel, people=[], clock=clock)
        traced = _trace(media, report, settings, panel=panel, judged=[])
        return Findings(report, {}, traced, _likeness(media))
    with clock.stage("detectors"):
        moved = _moved(media, people, panel)
        measured = [one.measures if isinstance(one, Motion) else one for one in moved if one]
        copies = _copies(media, people, panel) if deliveries else []
        crops = [person.crops for person in people]
        enough = settled if cascade else None
        of_person = ask(panel, crops, measured, copies=copies, enough=enough)
    clock.meter.add(sum(one.elsewhere for told in of_person for one in opinions_of(told).values()))
    with clock.stage("explain"):
        advisory = _advisory(panel)
        shown = [
            _person(media, *one, advisory=advisory)
            for one in zip(people, moved, of_person, strict=True)
        ]
    images = {name: data for _, pictures in shown for name, data in pictures.items()}
    asked = worst([evidence_of(told) for told in of_person])
    evidence = {name: asked.get(name, NOT_ASKED) for name in panel}
    persons = [person for person, _ in shown]
    steady = [(person.label, person.delivery) for person in persons]
    verdict = steadiness.of_item(decide(evidence, advisory=advisory), steady)
    report = _report(media, digest, verdict, panel=panel, people=persons, clock=clock)
    labels = [person.label for person in persons]
    none: list[Copies | None] = [None] * len(people)
    judged = list(zip(people, labels, of_person, moved, copies or none, strict=True))
    traced = _trace(media, report, settings, panel=panel, judged=judged)
    return Findings(report, images, traced, _likeness(media))


def _likeness(media: DecodedMedia) -> int:
    return perceptual_hash(media.frames[len(media.frames) // 2].pixels)


def _trace(
    media: DecodedMedia,
    report: Report,
    settings: Mapping[str, float],
    *,
    panel: Panel,
    judged: Sequence[Judged],
) -> Trace:
    return trace(
        media,
        digest=report.media.digest,
        settings=settings,
        judged=judged,
        panel=panel,
        label=report.label,
        confidence=report.confidence,
    )


def _limits(limits: Limits, panel: Panel) -> Limits:
    """Consecutive frames are decoded where somebody looks at them."""
    return replace(limits, run_frames=RUN_FRAMES) if _sees_motion(panel) else limits


def _sees_motion(panel: Panel) -> bool:
    return any(member.card.sees == "motion" for member in panel.values())


def _moved(
    media: DecodedMedia, people: Sequence[Subject], panel: Panel
) -> Sequence[Motion | Abstention | None]:
    if not _sees_motion(panel):
        return [None] * len(people)
    return motions(media, [person.track for person in people])


def _copies(media: DecodedMedia, people: Sequence[Subject], panel: Panel) -> list[Copies]:
    """Of every person; none where no detector of the panel looks at faces."""
    if all(member.card.sees != "crops" for member in panel.values()):
        return []
    moving = media.kind is MediaKind.VIDEO
    return [delivered(person.crops, moving=moving) for person in people]


def _advisory(panel: Panel) -> frozenset[str]:
    return frozenset(name for name, member in panel.items() if member.card.advisory)


def _person(
    media: DecodedMedia,
    subject: Subject,
    moved: Motion | Abstention | None,
    told: Mapping[str, Said],
    *,
    advisory: Collection[str],
) -> tuple[Person, dict[str, bytes]]:
    opinions = opinions_of(told)
    of_faces = {name: one for name, one in opinions.items() if one.card.sees == "crops"}
    shown = max(of_faces, key=lambda name: of_faces[name].confidence)
    delivery = steadiness.facts([one for name, one in opinions.items() if name not in advisory])
    verdict = steadiness.of_person(decide(evidence_of(told), advisory=advisory), delivery)
    person, images = portray(
        media,
        subject,
        opinions[shown],
        shown_by=shown,
        label=verdict.label,
        opinions=[
            _message(name, one.card, Score(one.confidence)) for name, one in opinions.items()
        ],
    )
    return person.model_copy(update={"motion": motion_facts(moved), "delivery": delivery}), images


def _message(model: str, card: Card, evidence: Evidence) -> ModelOpinion:
    told = ModelOpinion(model=model, release=card.release, advisory=card.advisory)
    if isinstance(evidence, Score):
        return told.model_copy(update={"confidence": evidence.value})
    return told.model_copy(update={"abstention": evidence.reason})


def _report(
    media: DecodedMedia,
    digest: str,
    verdict: Verdict,
    *,
    panel: Panel,
    people: list[Person],
    clock: _Clock,
) -> Report:
    return Report(
        label=verdict.label,
        reason=verdict.reason,
        confidence=verdict.confidence,
        opinions=[_message(n, panel[n].card, e) for n, e in verdict.evidence.items()],
        people=people,
        media=MediaFacts(
            digest=digest,
            kind=media.kind,
            mime=media.mime,
            width=media.width,
            height=media.height,
            duration_seconds=media.duration,
            frames_read=len(media.frames),
            has_sound=media.has_sound,
        ),
        provenance=media.provenance,
        created_at=datetime.now(UTC),
        times=clock.times,
        footprint=clock.footprint(),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
