"""Reports: kept once, found by what was judged and by whom."""

from datetime import UTC, datetime

import pytest

from clarity.database import Database
from clarity.detectors.card import Calibration, Card, InputSpec
from clarity.labels import Label
from clarity.reports import service
from clarity.reports.messages import (
    Delivery,
    DeliveryFacts,
    MediaFacts,
    ModelOpinion,
    Person,
    Report,
)
from clarity.reports.rules import coarse_report, panel_digest
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
    turned = dict(reversed(both.items()))
    same = [panel_digest(cards, deliveries=True, cascade=True) for cards in (both, turned)]
    assert same[0] == same[1]
    digests = {
        panel_digest(cards, deliveries=deliveries, cascade=cascade)
        for cards in (
            both,
            {"a": card("a")},
            {"a": card("a", release="r2")},
            {"a": card("a", calibration=Calibration(slope=2))},
            {"a": card("a", digests={"weights": "2"})},
        )
        for deliveries in (False, True)
        for cascade in (False, True)
    }
    assert len(digests) == 20


def test_coarse_answers_are_coarse_for_copies_too_and_no_label_changes():
    """Neither a confidence nor the spread may tell the digits that were taken away."""
    copies = [Delivery(name=name, confidence=c) for name, c in (("a", 0.4999), ("b", 0.1234))]
    facts = DeliveryFacts(frames=1, itself=0.9001, copies=copies, spread=0.7767, flips=True)
    person = Person(
        person=0,
        label=Label.SUSPICIOUS,
        opinions=[],
        box=(0, 0, 1, 1),
        frame_seconds=0,
        frames_seen=1,
        timeline=[],
        face_image="face.png",
        heat_image="heat.png",
        frame_image="frame.jpg",
        delivery=facts,
    )
    exact = report().model_copy(update={"people": [person]})
    told = coarse_report(exact, 2).people[0].delivery
    assert (told.itself, told.spread) == (0.91, 0.79)
    assert [copy.confidence for copy in told.copies] == [0.49, 0.12]
    assert told.flips
    bare = exact.model_copy(update={"people": [person.model_copy(update={"delivery": None})]})
    assert coarse_report(bare, 2).people[0].delivery is None


def test_coarse_answers_say_no_more_in_words():
    said = "Real as it was handed in (confidence 0.47, below 0.5), Fake (confidence 0.93)."
    exact = report(reason=said)
    assert coarse_report(exact, 2).reason == said
    assert coarse_report(exact, 1).reason == (
        "Real as it was handed in (confidence 0.4, below 0.5), Fake (confidence 1.0)."
    )
