"""A candidate takes the place of the release at work, or is refused and nothing changes."""

import json
from pathlib import Path

import pytest

from clarity.detectors import artefact, registry
from clarity.detectors.artefact import ReleaseDamaged, ReleaseExists
from clarity.detectors.card import Card
from clarity.detectors.self_test import SelfTestFailed
from clarity.media.frames import MediaKind
from clarity.promotions.rules import Act, NothingEarlier, SettledPolicy
from clarity.promotions.shelf import open_shelf
from clarity.settings import Settings
from data.items import Item
from tests.releases import write_release
from train.promotion import CandidateRefused, LockedItemsDiffer, promote, roll_back, ship
from train.settled import SettledTests

FIGURES = {"overall.auc": 0.9, "overall.false_fake_rate": 0.0, "overall.ece": 0.01}


@pytest.fixture
def shelf(tmp_path):
    write_release(tmp_path / "package", "r1", deploy=True)
    shelf = open_shelf(Settings(home=tmp_path / "home", releases=tmp_path / "package"))
    shelf.upgrade()
    yield shelf
    shelf.close()


@pytest.fixture
def candidate(tmp_path):
    def candidate(release, gain=2.0):
        write_release(tmp_path / "candidates", release, gain=gain)
        return tmp_path / "candidates" / "xception" / release

    return candidate


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "face.png"
    path.write_bytes(b"a picture")
    return [Item("face.png", path, False, "none", "s", "o", "g", "validation", MediaKind.IMAGE)]


@pytest.fixture
def put(shelf, items):
    """Promotes with figures of the test's choice, given in the order (candidate, at work)."""

    def put(folder: Path, better: float = 0.0, **options):
        def measure(given, folders):
            assert given == items
            return {
                name: FIGURES | {"overall.auc": 0.9 + (better if name == "candidate" else 0)}
                for name in folders
            }

        return promote(folder, items, shelf=shelf, by="t", reason="why", measure=measure, **options)

    return put


def test_a_better_candidate_is_promoted_and_the_first_release_is_kept_for_ever(
    shelf, candidate, put, tmp_path
):
    line = put(candidate("r2"), better=0.01)
    assert (line.number, line.act, line.release) == (2, Act.PROMOTE, "r2")
    assert line.grounds["figures"]["candidate"]["overall.auc"] == 0.91
    assert len(line.grounds["items"]) == 64
    assert [one.act for one in shelf.history("xception")] == [Act.ADOPT, Act.PROMOTE]
    # the package forgets it; the store does not
    (tmp_path / "package" / "xception" / "r1").rename(tmp_path / "elsewhere")
    back = roll_back("xception", shelf=shelf, by="t", reason="to see")
    assert (back.number, back.act, back.release) == (3, Act.ROLL_BACK, "r1")
    folder = shelf.folder("xception", shelf.at_work("xception"))
    assert registry.load_folder(folder).card.release == "r1"
    with pytest.raises(NothingEarlier):
        roll_back("xception", shelf=shelf, by="t", reason="")
    assert roll_back("xception", "r2", shelf=shelf, by="t", reason="").release == "r2"


def test_a_worse_candidate_is_refused_and_nothing_changes(shelf, candidate, put):
    with pytest.raises(CandidateRefused, match=r"overall\.auc falls from 0\.9000 to 0\.8900"):
        put(candidate("r2"), better=-0.01)
    assert shelf.history("xception") == []
    assert shelf.at_work("xception").release == "r1"


def test_a_damaged_or_broken_candidate_is_not_even_measured(shelf, candidate, put):
    folder = candidate("r2")
    with (folder / "model.bin").open("ab") as file:
        file.write(b"!")
    with pytest.raises(ReleaseDamaged):
        put(folder)
    with pytest.raises(SelfTestFailed):
        put(candidate("broken", gain=float("nan")))
    folder = candidate("unreadable")
    (folder / "model.xml").write_text("<net")
    card = json.loads((folder / "card.json").read_text())
    card["digests"]["model.xml"] = artefact.digest(folder / "model.xml")
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(SelfTestFailed, match="cannot be loaded"):
        put(folder)
    assert shelf.history("xception") == []


def test_a_name_stands_for_one_release_only(shelf, candidate, put, tmp_path):
    put(candidate("r2"))
    with pytest.raises(ReleaseExists, match="at work already"):
        put(tmp_path / "candidates" / "xception" / "r2")
    write_release(tmp_path / "other", "r1", gain=7)
    with pytest.raises(ReleaseExists, match="another release called r1"):
        put(tmp_path / "other" / "xception" / "r1")


def test_the_locked_items_are_not_changed_unseen(candidate, put, items):
    put(candidate("r2"))
    items[0].path.write_bytes(b"another picture")
    with pytest.raises(LockedItemsDiffer):
        put(candidate("r3"))
    assert put(candidate("r4"), new_items=True).release == "r4"


def test_the_very_first_release_needs_no_other(tmp_path, candidate, items, shelf, put):
    (tmp_path / "package" / "deployed.json").unlink()
    line = put(candidate("r2"))
    assert (line.number, line.release) == (1, "r2")


def test_a_shipped_release_is_what_the_package_starts_with(candidate, tmp_path, shelf):
    folder = candidate("r2")
    shipped = ship(folder, root=tmp_path / "package")
    assert Card.read(shipped) == registry.card("xception", root=tmp_path / "package")
    assert json.loads((tmp_path / "package" / "deployed.json").read_text()) == {"xception": "r2"}
    ship(folder, root=tmp_path / "package")
    write_release(tmp_path / "other", "r2", gain=7)
    with pytest.raises(ReleaseExists):
        ship(tmp_path / "other" / "xception" / "r2", root=tmp_path / "package")


@pytest.fixture
def settled(tmp_path):
    """Two settled fakes; the scores of the candidate and of the release at work are given."""
    path = tmp_path / "settled.png"
    path.write_bytes(b"a picture")
    known = [
        Item(key * 64, path, True, "", "settled", "o", key, "", MediaKind.IMAGE) for key in "ab"
    ]

    def settled(candidate, at_work, policy=SettledPolicy.NO_NEW_MISTAKES):
        def score(given, folders):
            assert given == known
            both = {"candidate": candidate, "at_work": at_work}
            return {name: both[name] for name in folders}

        return SettledTests(known, policy=policy, score=score)

    return settled


def test_a_candidate_that_loses_a_settled_item_is_refused(shelf, candidate, put, settled):
    with pytest.raises(CandidateRefused, match=r"1 settled item.*release at work gets right"):
        put(candidate("r2"), better=0.01, settled=settled([0.9, 0.1], [0.9, 0.9]))
    assert shelf.history("xception") == []


def test_a_candidate_that_still_gets_one_wrong_is_refused_only_by_the_strict_policy(
    shelf,
    candidate,
    put,
    settled,
):
    with pytest.raises(CandidateRefused, match="by the policy every-case"):
        put(
            candidate("r2"),
            better=0.01,
            settled=settled([0.9, 0.1], [0.9, 0.1], SettledPolicy.EVERY_CASE),
        )
    assert shelf.history("xception") == []
    line = put(candidate("r3"), better=0.01, settled=settled([0.9, 0.1], [0.9, 0.1]))
    assert line.release == "r3"
    assert line.grounds["settled"] == {
        "policy": "no-new-mistakes",
        "items": 2,
        "wrong": {"candidate": ["b" * 64], "at_work": ["b" * 64]},
    }


def test_a_candidate_that_could_not_look_is_not_right(candidate, put, settled):
    with pytest.raises(CandidateRefused):
        put(candidate("r2"), better=0.01, settled=settled([0.9, None], [0.9, 0.9]))
