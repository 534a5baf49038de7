"""`clarity login` and `clarity keys` against the real gateway over a real socket."""

import json
import stat

import pytest
from typer.testing import CliRunner

from apps.cli.main import app
from tests.unit.gateway.conftest import PASSWORD, picture


@pytest.fixture
def run(clarity, tmp_path):
    environment = {
        "COLUMNS": "300",
        "XDG_CONFIG_HOME": str(tmp_path),
        "CLARITY_GATEWAY_URL": clarity.url,
    }
    runner = CliRunner(env=environment)
    return lambda *words, **more: runner.invoke(app, list(words), **more)


def test_login_acts_in_ones_name_until_logout(run, clarity, tmp_path):
    assert run("whoami").exit_code == 1
    done = run("login", "--email", "ann@example.org", input=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    kept = tmp_path / "clarity" / "credentials.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    token = json.loads(kept.read_text())[clarity.url]
    assert token not in done.output
    assert "ann@example.org, customer" in run("whoami").stdout
    (tmp_path / "p.png").write_bytes(picture())
    scan = json.loads(run("scan", "--json", str(tmp_path / "p.png")).stdout)["items"][0]["scan"]
    assert clarity.archive.row(scan).account_id
    assert run("logout").exit_code == 0
    assert json.loads(kept.read_text()) == {}
    assert run("whoami").exit_code == 1
    answer = clarity.call("GET", "/v1/account", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401, "ended at the service too"


def test_a_wrong_password_is_told_with_a_hint(run):
    done = run("login", "--email", "ann@example.org", input="wrong password\n")
    assert done.exit_code == 1
    assert "do not belong together" in done.stderr


def test_keys_are_made_listed_used_and_revoked(run, clarity, tmp_path, monkeypatch):
    run("login", "--email", "ann@example.org", input=PASSWORD + "\n")
    made = run("keys", "make", "robot", "--scope", "scan", "--scope", "history")
    key = made.stdout.strip()
    assert key.startswith("clarity_")
    assert "\n" not in key, "alone on standard output"
    listed = run("keys", "list").stdout
    assert "robot" in listed
    assert key not in listed
    monkeypatch.setenv("CLARITY_API_KEY", key)
    (tmp_path / "p.png").write_bytes(picture())
    assert run("scan", str(tmp_path / "p.png")).exit_code != 20
    assert run("keys", "list").exit_code == 1, "a key makes no keys"
    monkeypatch.delenv("CLARITY_API_KEY")
    key_id = next(word for word in listed.split() if word.count("-") == 4)
    assert run("keys", "revoke", key_id).exit_code == 0
    assert run("keys", "revoke", key_id).exit_code == 1
