"""A release folder is whole, verified and never written twice."""

from pathlib import Path

import pytest

from clarity.detectors import artefact
from clarity.detectors.card import Card
from tests.unit.detectors.conftest import CARD


def _card() -> Card:
    return Card.model_validate({**CARD, "precision": "fp32", "digests": {"data": "abc"}})


def _fill(folder: Path) -> None:
    (folder / "model.xml").write_text("<net/>")
    (folder / "model.bin").write_bytes(b"weights")


def test_write_then_read(tmp_path: Path) -> None:
    written = artefact.write(_card(), tmp_path / "r1", _fill)
    read = artefact.read(tmp_path / "r1")
    assert read == written
    assert set(read.card.digests) == {"data", "model.xml", "model.bin"}
    assert read.verified("model.xml", "model.bin") == (
        tmp_path / "r1" / "model.xml",
        tmp_path / "r1" / "model.bin",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["r1"]


@pytest.mark.parametrize("name", ["model.xml", "model.bin"])
def test_tampering_is_seen(name: str, tmp_path: Path) -> None:
    release = artefact.write(_card(), tmp_path / "r1", _fill)
    path = release.folder / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(artefact.ReleaseDamaged, match=name) as caught:
        release.verified("model.xml", "model.bin")
    assert caught.value.hint


def test_absent_file_and_absent_digest(tmp_path: Path) -> None:
    release = artefact.write(_card(), tmp_path / "r1", _fill)
    (release.folder / "model.bin").unlink()
    with pytest.raises(artefact.ReleaseMissing, match=r"model\.bin"):
        release.verified("model.bin")
    (release.folder / "parameters.safetensors").write_bytes(b"from elsewhere")
    with pytest.raises(artefact.ReleaseDamaged, match="no digest"):
        release.verified("parameters.safetensors")


def test_no_card_and_broken_card(tmp_path: Path) -> None:
    with pytest.raises(artefact.ReleaseMissing):
        artefact.read(tmp_path / "nowhere")
    (tmp_path / "card.json").write_text('{"name": "xception"}')
    with pytest.raises(artefact.ReleaseDamaged):
        artefact.read(tmp_path)
    (tmp_path / "card.json").write_text("not json")
    with pytest.raises(artefact.ReleaseDamaged):
        artefact.read(tmp_path)


def test_never_written_twice(tmp_path: Path) -> None:
    artefact.write(_card(), tmp_path / "r1", _fill)
    with pytest.raises(artefact.ReleaseExists):
        artefact.write(_card(), tmp_path / "r1", _fill)


def test_nothing_stays_behind_a_failure(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        (folder / "model.xml").write_text("<net/>")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        artefact.write(_card(), tmp_path / "r1", half)
    with pytest.raises(artefact.ReleaseMissing, match=r"model\.xml"):
        artefact.write(_card(), tmp_path / "r2", lambda folder: None)
    assert list(tmp_path.iterdir()) == []
