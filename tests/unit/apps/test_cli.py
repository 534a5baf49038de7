"""The command line against a real HTTP server: tables, JSON, exit codes, helpful errors."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from apps.cli.items import expand
from apps.cli.main import app
from tests.unit.apps.contract_server import ContractServer, Ledger

run = CliRunner(env={"COLUMNS": "300"}).invoke


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ContractServer]:
    with ContractServer(Ledger(pace=0.01)) as started:
        monkeypatch.setenv("CLARITY_GATEWAY_URL", started.url)
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("portrait.jpg", "manipulated.jpg", "suspicious.png", "coffee.jpg", "notimage.jpg"):
        (tmp_path / name).write_bytes(b"content")
    return tmp_path


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["portrait.jpg"], 0),
        (["portrait.jpg", "manipulated.jpg"], 10),
        (["portrait.jpg", "suspicious.png", "coffee.jpg"], 11),
        (["portrait.jpg", "coffee.jpg"], 12),
        (["suspicious.png", "notimage.jpg"], 20),
        (["manipulated.jpg", "notimage.jpg"], 10),
    ],
)
def test_exit_code_tells_the_worst_finding(
    server: ContractServer, folder: Path, names: list[str], code: int
) -> None:
    assert run(app, ["scan", *(str(folder / name) for name in names)]).exit_code == code


def test_a_folder_becomes_a_table_of_its_media(server: ContractServer, folder: Path) -> None:
    (folder / "notes.txt").write_text("not media")
    result = run(app, ["scan", str(folder)])
    assert "✘ Fake" in result.stdout
    assert "97 %" in result.stdout
    assert "content is plain text" in result.stdout
    assert "Send a JPEG" in result.stdout
    # four of the five were scanned, at 0.84 mWh each
    assert "About 3.4 mWh, 0.29 mg CO₂e" in result.stdout
    assert "notes.txt" not in result.stdout
    assert sorted(server.ledger.submissions) == sorted(p.name for p in folder.glob("*.*g"))


def test_json_is_one_document_on_standard_output(server: ContractServer, folder: Path) -> None:
    result = run(app, ["scan", "--json", str(folder / "manipulated.jpg")])
    document = json.loads(result.stdout)
    assert document["exit_code"] == result.exit_code == 10
    assert document["items"][0]["report"]["label"] == "fake"
    assert document["items"][0]["scan"] in server.ledger.scans


def test_an_address_is_handed_in_as_such(server: ContractServer) -> None:
    assert run(app, ["scan", "https://youtu.be/portrait"]).exit_code == 0
    assert server.ledger.submissions == ["https://youtu.be/portrait"]


def test_a_refused_address_shows_message_and_hint(server: ContractServer) -> None:
    result = run(app, ["scan", "http://127.0.0.1/x"])
    assert result.exit_code == 20
    assert "That address is not public." in result.stdout
    assert "Use a public link." in result.stdout


def test_a_missing_file_is_told_and_the_others_go_on(server: ContractServer, folder: Path) -> None:
    result = run(app, ["scan", str(folder / "gone.jpg"), str(folder / "portrait.jpg")])
    assert result.exit_code == 20
    assert "No such file" in result.stdout
    assert "✔ Real" in result.stdout


def test_without_a_service_the_hint_says_how_to_start_one(folder: Path) -> None:
    result = run(app, ["scan", "--service", "http://127.0.0.1:9", str(folder / "portrait.jpg")])
    assert result.exit_code == 20
    assert "clarity up" in result.stderr
    assert "--local" in result.stderr


def test_an_empty_folder_is_wrong_usage(tmp_path: Path) -> None:
    assert run(app, ["scan", str(tmp_path)]).exit_code == 2


def test_models_lists_and_shows_a_card(server: ContractServer) -> None:
    assert "0.912" in run(app, ["models"]).stdout
    card = run(app, ["models", "xception"]).stdout
    assert "Faces below 48 pixels are not judged." in card
    assert "face swap" in card
    assert run(app, ["models", "nobody"]).exit_code == 20


def test_hidden_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.jpg").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "B.JPG").touch()
    assert expand([str(tmp_path)]) == [str(tmp_path / "sub" / "B.JPG")]
