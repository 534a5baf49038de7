"""Reports: kept once, found by what was judged and by whom."""

from datetime import UTC, datetime

import pytest

from clarity.database import Database
from clarity.detectors.card import Calibration, Card, InputSpec
from clarity.labels import Label
from clarity.reports import service
from clarity.reports.messages import MediaFacts, ModelOpinion, Report
from clarity.reports.rules import panel_digest
from clarity.reports.service import ImageNotFound

MEDIA = "a" * 64


@pytest.fixture
def database(database_url):
    database = Database(database_url("reports"), package="clarity.reports")
    database.upgrade()
    yield database
    database.close()


def report(reason="why"):
    return Report(
        label=Label.FAKE,
        reason=reason,
        confidence=0.95,
        opinions=[ModelOpinion(model="xception", release="r1", confidence=0.95)],
        people=[],
        media=MediaFacts(
            digest=MEDIA,
            kind="image",
            mime="image/png",
            width=4,
            height=3,
            duration_seconds=0,
            frames_read=1,
            has_sound=False,
        ),
        created_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        times=[],
    )


def card(name="xception", release="r1", **more):
    return Card(
        name=name,
        release=release,
        title="t",
        technique="t",
        architecture="a",
        paper="p",
        licence="l",
        input=InputSpec(size=224, mean=127.5, std=127.5),
        precision="int8",
        training_data=[],
        figures={},
        limits=[],
        **{"calibration": Calibration(), "digests": {"weights": "1"}, **more},
    )


def test_a_report_comes_back_as_it_was_given(database):
    with database.write() as session:
        assert service.find(session, MEDIA, "p") is None
        service.store(session, report(), "p", images={"face.png": "d" * 64})
    with database.read() as session:
        assert service.find(session, MEDIA, "p") == report()
        assert service.find(session, MEDIA, "another panel") is None
        assert service.image_digest(session, MEDIA, "p", "face.png") == "d" * 64
        for name in ("other.png", "../face.png"):
            with pytest.raises(ImageNotFound):
                service.image_digest(session, MEDIA, "p", name)


def test_the_first_report_of_media_and_panel_stays(database):
    with database.write() as session:
        service.store(session, report("first"), "p", images={"face.png": "1" * 64})
    with database.write() as session:
        kept = service.store(session, report("second"), "p", images={"face.png": "2" * 64})
    assert kept.reason == "first"
    with database.read() as session:
        assert service.find(session, MEDIA, "p").reason == "first"
        assert service.image_digest(session, MEDIA, "p", "face.png") == "1" * 64


def test_the_panel_digest_changes_with_anything_that_changes_a_verdict():
    both = {"a": card("a"), "b": card("b")}
    assert panel_digest(both) == panel_digest(dict(reversed(both.items())))
    digests = {
        panel_digest(cards)
        for cards in (
            both,
            {"a": card("a")},
            {"a": card("a", release="r2")},
            {"a": card("a", calibration=Calibration(slope=2))},
            {"a": card("a", digests={"weights": "2"})},
        )
    }
    assert len(digests) == 5
