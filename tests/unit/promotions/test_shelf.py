"""Releases in the store come back as they were put there, or not at all."""

import json

import pytest

from clarity.detectors import artefact, registry
from clarity.detectors.artefact import ReleaseDamaged, ReleaseMissing
from clarity.promotions import service
from clarity.promotions.rules import Act
from clarity.promotions.service import PromotedMeanwhile
from clarity.promotions.shelf import BadReleaseName, Exact, card_digest
from tests.unit.promotions.conftest import NOON, spoil, stored


def test_the_package_answers_until_something_is_promoted(shelf, promote, tmp_path):
    packaged = tmp_path / "package" / "xception" / "r1"
    assert shelf.at_work("xception") == Exact("r1", card_digest(packaged))
    assert shelf.folder("xception", shelf.at_work("xception")) == packaged
    exact = promote("r2")
    assert shelf.at_work("xception") == exact
    assert [one.release for one in shelf.earlier("xception")] == ["r2", "r1"]


def test_a_copy_from_the_store_is_the_release_byte_for_byte(shelf, promote, tmp_path):
    folder = shelf.folder("xception", promote("r2"))
    original = tmp_path / "candidates" / "xception" / "r2"
    assert folder.parent == tmp_path / "home" / "releases"
    files = {path.name: path.read_bytes() for path in original.iterdir()}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert registry.load_folder(folder).card.release == "r2"


def test_a_damaged_copy_is_fetched_again(shelf, promote):
    exact = promote("r2")
    spoil(shelf.folder("xception", exact) / "model.xml")
    artefact.read(shelf.folder("xception", exact)).verified("model.xml")


def test_what_is_damaged_or_missing_in_the_store_is_refused_and_leaves_nothing(
    shelf, promote, settings
):
    exact = promote("r2")
    promote("r3")
    card = json.loads(stored(settings, exact.card_digest).read_text())
    model = stored(settings, card["digests"]["model.xml"])
    spoil(model)
    with pytest.raises(ReleaseDamaged, match="r2 is damaged"):
        shelf.folder("xception", exact)
    model.unlink()
    with pytest.raises(ReleaseMissing, match="lacks a file of r2"):
        shelf.folder("xception", exact)
    assert not list((settings.home / "releases").iterdir())


def test_a_damaged_candidate_is_not_taken(shelf, tmp_path):
    folder = tmp_path / "candidates" / "xception" / "r2"
    spoil(folder / "model.xml")
    with pytest.raises(ReleaseDamaged):
        shelf.put(folder)


def test_a_name_that_leads_elsewhere_is_refused(shelf, tmp_path):
    folder = tmp_path / "candidates" / "xception" / "r2"
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"release": "../r1"}))
    with pytest.raises(BadReleaseName):
        shelf.put(folder)
    with pytest.raises(BadReleaseName):
        shelf.named("xception", "../../etc")


def test_two_promotions_at_once_do_not_overwrite_each_other(shelf, promote):
    exact = promote("r2")
    with pytest.raises(PromotedMeanwhile), shelf.ledger.write() as session:
        service.record(
            session,
            "xception",
            act=Act.PROMOTE,
            release=exact.release,
            card_digest=exact.card_digest,
            by="late",
            reason="",
            at=NOON,
            after=0,
        )
    (line,) = shelf.history("xception")
    assert (line.by, line.at, line.number) == ("a test", NOON, 1)
