"""What settled verdicts tell of the models: live accuracy, and the tests for later releases."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from clarity.cases.figures import truths
from clarity.cases.messages import ModelAccuracy
from clarity.cases.tables import JudgedRow, VerdictRow
from clarity.labels import REAL_BELOW
from clarity.reports.expertise import Finding


@dataclass(frozen=True, slots=True)
class SettledItem:
    """An item of which it is known what it is.

    Attributes:
        media: digest of its bytes, by which the store has it.
        fake: what experts settled, or what became known later.
        verdict: digest of the signed verdict.
    """

    media: str
    fake: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a release had said of a settled item; `confidence` None: it could not look."""

    model: str
    release: str
    confidence: float | None
    fake: bool


def is_right(confidence: float | None, *, fake: bool) -> bool:
    """Whether a confidence is on the right side: below `REAL_BELOW` for a real item, else at or
    above it. Who could not look is not right."""
    return confidence is not None and (confidence >= REAL_BELOW) == fake


def settled_items(session: Session) -> list[SettledItem]:
    """Items of which it is known whether they are real or fake, by digest.

    Of several verdicts on an item the last one counts; what became known later counts more.
    """
    newest: dict[str, VerdictRow] = {}
    for row in session.exec(select(VerdictRow).order_by(col(VerdictRow.number))):
        newest[row.media_digest] = row
    known = truths(session)
    told = [(row, known.get(media, row.decision)) for media, row in sorted(newest.items())]
    return [
        SettledItem(row.media_digest, decision == Finding.FAKE, row.digest)
        for row, decision in told
        if decision in (Finding.REAL, Finding.FAKE)
    ]


def live(session: Session) -> list[ModelAccuracy]:
    """How every release of every model did on the items that were settled while it was at work."""
    fakes = {item.verdict: item.fake for item in settled_items(session)}
    rows = session.exec(select(JudgedRow).where(col(JudgedRow.verdict_digest).in_(fakes)))
    return count(
        Judged(row.model, row.release, row.confidence, fakes[row.verdict_digest]) for row in rows
    )


def count(judged: Iterable[Judged]) -> list[ModelAccuracy]:
    """Figures by model and release, in the order of their names."""
    groups: dict[tuple[str, str], list[Judged]] = {}
    for one in judged:
        groups.setdefault((one.model, one.release), []).append(one)
    return [_figures(*names, group) for names, group in sorted(groups.items())]


def _figures(model: str, release: str, group: list[Judged]) -> ModelAccuracy:
    looked = [one for one in group if one.confidence is not None]
    right = [is_right(one.confidence, fake=one.fake) for one in looked]
    wrong = [one for one, good in zip(looked, right, strict=True) if not good]
    return ModelAccuracy(
        model=model,
        release=release,
        settled=len(group),
        could_not_look=len(group) - len(looked),
        right=sum(right),
        missed_fakes=sum(one.fake for one in wrong),
        false_fakes=sum(not one.fake for one in wrong),
        accuracy=sum(right) / len(looked) if looked else None,
    )
