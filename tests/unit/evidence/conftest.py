"""A log with receipts in it, and the key that signed them."""

from datetime import UTC, datetime, timedelta

import pytest

from clarity.database import Database
from clarity.evidence import service
from clarity.evidence.canonical import digest_of
from clarity.evidence.circumstances import here
from clarity.evidence.keys import load_or_make
from clarity.evidence.messages import Receipt, Trace

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
REPORT = {"label": "fake", "confidence": 0.9412345678901234}


def receipt(number: int = 0) -> Receipt:
    return Receipt(
        made_at=AT + timedelta(seconds=number),
        trace=Trace(
            media=f"{number:064x}",
            kind="image",
            mime="image/png",
            settings={"trim": 0.2},
            face_detector="0" * 64,
            frames=(),
            people=(),
            detectors={},
            label="fake",
            confidence=0.9412345678901234,
            ran_on=here(),
        ),
        report=digest_of(REPORT),
        images={"face.png": "1" * 64},
    )


@pytest.fixture
def key(tmp_path):
    return load_or_make(tmp_path / "keys" / "evidence.pem")


@pytest.fixture
def keys(key):
    return {key.public.key_id: key.public}


@pytest.fixture
def log(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/evidence.sqlite", package="clarity.evidence")
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def filled(log, key):
    """The log with five receipts; gives them signed."""
    with log.write() as session:
        return [service.append(session, receipt(n), key, at=AT) for n in range(5)]
