"""A process follows the ledger: beside the old release, tested, swapped, or refused."""

import json

import numpy as np
import pytest

from clarity.detectors.artefact import ReleaseDamaged, ReleaseMissing
from clarity.promotions.loaded import REFUSED_SECONDS, LoadedReleases
from clarity.promotions.rules import Act
from tests.unit.promotions.conftest import spoil, stored


@pytest.fixture
def time():
    return [0.0]


@pytest.fixture
def releases(shelf, time):
    return LoadedReleases("xception", shelf, clock=lambda: time[0])


def at_work(releases):
    return releases.at_work.card.release


def test_it_follows_the_ledger_there_and_back_bit_for_bit(releases, promote, tmp_path):
    crops = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    before = releases.at_work.predict(crops).logits
    assert not releases.follow()
    promote("r2")
    assert releases.follow()
    assert at_work(releases) == "r2"
    np.testing.assert_array_equal(releases.at_work.predict(crops).logits, 2 * before)
    # who began with the old one may end with it
    np.testing.assert_array_equal(releases.named("r1").predict(crops).logits, before)
    (tmp_path / "package" / "xception" / "r1").rename(tmp_path / "candidates" / "xception" / "r1")
    promote("r1", Act.ROLL_BACK)
    assert releases.follow()
    np.testing.assert_array_equal(releases.at_work.predict(crops).logits, before)


def test_processes_that_follow_at_different_moments_fail_nobody(shelf, promote):
    quick, slow = (LoadedReleases("xception", shelf) for _ in range(2))
    promote("r2")
    assert quick.follow()
    # a caller heard of r2 from the quick one, and reaches the slow one with it
    answering = slow.named("r2")
    assert (answering.card.release, at_work(slow)) == ("r2", "r1")
    # another heard of r1 from the slow one, and reaches the quick one
    assert quick.named("r1").card.release == "r1"
    assert slow.follow()
    assert slow.at_work is answering, "it was loaded once"


def test_two_are_held_and_the_one_at_work_is_never_dropped(releases, promote):
    promote("r2")
    promote("r3")
    releases.follow()
    assert at_work(releases) == "r3"
    for release in ("r2", "r1", "r2"):
        assert releases.named(release).card.release == release
        assert len(releases._held) == 2
        assert at_work(releases) == "r3"
    with pytest.raises(ReleaseMissing):
        releases.named("r9")


def test_a_broken_release_is_refused_and_tried_again_later(releases, promote, time, capsys):
    promote("broken")
    for _ in range(3):
        assert not releases.follow()
    assert at_work(releases) == "r1"
    assert capsys.readouterr().out.count("release-refused") == 1
    promote("r2")
    assert releases.follow()
    promote("broken")
    assert not releases.follow()
    time[0] += REFUSED_SECONDS
    assert not releases.follow()
    assert capsys.readouterr().out.count("release-refused") == 1
    assert at_work(releases) == "r2"


def test_a_release_that_rots_in_the_store_is_refused_until_it_is_whole(
    releases, promote, settings, time
):
    exact = promote("r2")
    card = json.loads(stored(settings, exact.card_digest).read_text())
    model = stored(settings, card["digests"]["model.bin"])
    whole = model.read_bytes()
    model.write_bytes(whole + b"rot")
    assert not releases.follow()
    with pytest.raises(ReleaseDamaged):
        releases.named("r2")
    model.write_bytes(whole)
    time[0] += REFUSED_SECONDS
    assert releases.follow()


def test_a_replaced_process_starts_with_the_promoted_one_or_the_best_before(
    shelf, promote, settings
):
    promote("r2")
    exact = promote("r3")
    assert at_work(LoadedReleases("xception", shelf)) == "r3"
    spoil(settings.home / "releases" / exact.card_digest / "model.xml")
    spoil(stored(settings, exact.card_digest))
    assert at_work(LoadedReleases("xception", shelf)) == "r2"


def test_a_ledger_that_is_silent_changes_nothing(releases, shelf):
    with shelf.ledger.write() as session:
        from sqlalchemy import text

        session.execute(text("DROP TABLE promotion"))
    assert not releases.follow()
    assert at_work(releases) == "r1"


def test_without_any_release_that_loads_there_is_no_start(settings, shelf, tmp_path):
    (tmp_path / "package" / "deployed.json").write_text("{}")
    with pytest.raises(ReleaseMissing):
        LoadedReleases("xception", shelf)
