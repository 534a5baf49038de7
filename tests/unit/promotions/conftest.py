"""An installation with one release in its package and three candidates."""

from datetime import UTC, datetime

import pytest

from clarity.promotions import service
from clarity.promotions.rules import Act
from clarity.promotions.shelf import open_shelf
from clarity.settings import Settings
from tests.releases import write_release

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    write_release(tmp_path / "package", "r1", gain=1, deploy=True)
    for name, gain in (("r2", 2), ("r3", 3), ("broken", float("nan"))):
        write_release(tmp_path / "candidates", name, gain=gain)
    return Settings(home=tmp_path / "home", releases=tmp_path / "package")


@pytest.fixture
def shelf(settings):
    shelf = open_shelf(settings)
    shelf.upgrade()
    yield shelf
    shelf.close()


@pytest.fixture
def promote(shelf, tmp_path):
    """Writes a promotion down without any validation."""

    def promote(release, act=Act.PROMOTE):
        exact = shelf.put(tmp_path / "candidates" / "xception" / release)
        with shelf.ledger.write() as session:
            service.record(
                session,
                "xception",
                act=act,
                release=exact.release,
                card_digest=exact.card_digest,
                by="a test",
                reason="to see",
                at=NOON,
                after=len(shelf.history("xception")),
            )
        return exact

    return promote


def stored(settings, digest):
    """Path of an object of the installation's store."""
    return settings.home / "store" / digest[:2] / digest


def spoil(path):
    """Turn one bit of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
