"""`clarity witness` against the real gateway: a log that goes on, is cut, is changed, is gone."""

import json
from datetime import UTC, datetime

import pytest
from sqlmodel import delete
from typer.testing import CliRunner

from apps.cli.main import app
from clarity.evidence import service as evidence
from clarity.evidence.tables import EntryRow


@pytest.fixture
def run(clarity, tmp_path):
    environment = {"COLUMNS": "300", "CLARITY_GATEWAY_URL": clarity.url}
    runner = CliRunner(env=environment)
    return lambda *words: runner.invoke(app, ["witness", str(tmp_path / "heads"), *words])


def enter(clarity, count):
    for _ in range(count):
        digest = f"{next(NUMBERS):064x}"
        with clarity.archive.evidence.write() as session:
            evidence.enter(session, digest, clarity.archive.key, at=datetime.now(UTC))


NUMBERS = iter(range(1, 1000))


def lines(tmp_path):
    return (tmp_path / "heads").read_text().splitlines()


def test_every_head_is_kept_while_the_log_goes_on_and_a_cut_is_told(clarity, run, tmp_path):
    enter(clarity, 2)
    assert "2 entries" in run().stdout
    enter(clarity, 3)
    done = run()
    assert done.exit_code == 0, done.output
    assert "5 entries" in done.stdout
    assert "1 earlier heads hold" in done.stdout
    assert len(lines(tmp_path)) == 2
    with clarity.archive.evidence.write() as session:  # the end is cut off, and goes on otherwise
        session.exec(delete(EntryRow).where(EntryRow.sequence > 3))
    cut = run()
    assert cut.exit_code == 30
    assert len(lines(tmp_path)) == 2, "nothing was added"
    enter(clarity, 4)
    assert run().exit_code == 30
    assert "5" in run().stderr


def test_a_stranger_s_key_is_told(clarity, run, tmp_path):
    (tmp_path / "heads").unlink(missing_ok=True)
    other = tmp_path / "keys.json"
    other.write_text(
        json.dumps([{"key": "0" * 16, "public_key": "A" * 43 + "="}])  # nobody's
    )
    assert run("--key", str(other)).exit_code == 30
    assert not (tmp_path / "heads").exists()


@pytest.mark.parametrize("content", [b"no line of a head\n", b"\xff\xfe"])
def test_another_file_is_left_as_it_is(run, tmp_path, content):
    (tmp_path / "heads").write_bytes(content)
    done = run()
    assert done.exit_code == 20
    assert "cannot be read as a file of heads" in done.stderr
    assert (tmp_path / "heads").read_bytes() == content


def test_without_a_service_nothing_is_added(run, tmp_path):
    assert run("--service", "http://127.0.0.1:9").exit_code == 20
    assert not (tmp_path / "heads").exists()
