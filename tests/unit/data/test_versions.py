import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from data.__main__ import app
from data.digest import DigestDiffers, content_digest
from data.versions import (
    NoRepository,
    RemoteUnusable,
    TargetTaken,
    VersionDamaged,
    VersionUnknown,
    list_versions,
    record,
    restore,
)
from tests.unit.data.sets import reject, row, write_set

ROOT = Path(__file__).parents[3]
FIRST = [row(f"{number}.jpg") for number in range(5)]
SECOND = [*FIRST[1:], row("new.jpg", fake=True)]


@pytest.fixture(autouse=True)
def _nothing_outside(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))


@pytest.fixture
def repository(tmp_path) -> Path:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


def stored(repository: Path) -> list[Path]:
    """Objects of the remote that are Parquet files."""
    objects = (repository / "var" / "dvc-remote" / "files" / "md5").glob("??/*")
    return [path for path in objects if path.read_bytes().startswith(b"PAR1")]


def damage(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def test_an_earlier_version_comes_back_exactly(tmp_path, repository):
    folder = tmp_path / "faces"
    first = write_set(folder, FIRST, rejected=[reject("blurred.jpg")], rows_a_file=2)
    (folder / "work").mkdir()
    (folder / "work" / "journal.json").write_text("{}")
    one = record(folder, repository=repository)
    for path in folder.glob("shards/*"):
        path.unlink()
    two = record_second(folder, repository)

    assert [version.digest for version in list_versions(repository)] == [first.digest, two]
    restored = restore(first.digest[:12], tmp_path / "restored", repository=repository)
    assert restored == one
    assert content_digest(tmp_path / "restored") == first.digest
    names = {path.name for path in (tmp_path / "restored").iterdir()}
    assert names == {"shards", "rejects.parquet", "set.json"}
    assert not (tmp_path / "global").exists()


def record_second(folder: Path, repository: Path) -> str:
    digest = write_set(folder, SECOND).digest
    version = record(folder, repository=repository)
    metafile = yaml.safe_load(version.metafile.read_text())
    assert metafile["meta"]["digest"] == digest
    assert metafile["outs"][0]["path"] == f"faces-{digest[:12]}"
    assert record(folder, repository=repository) == version
    return digest


@pytest.mark.parametrize(
    ("harm", "error", "reason"),
    [
        (lambda path: damage(path, path.read_bytes()[:-9]), VersionDamaged, "cannot be read"),
        (lambda path: path.unlink(), RemoteUnusable, "DVC"),
    ],
)
def test_a_damaged_or_lost_object_is_found(tmp_path, repository, harm, error, reason):
    digest = write_set(tmp_path / "faces", FIRST).digest
    record(tmp_path / "faces", repository=repository)
    (object_file,) = stored(repository)
    harm(object_file)
    with pytest.raises(error, match=reason):
        restore(digest, tmp_path / "restored", repository=repository)
    assert not (tmp_path / "restored").exists()
    assert not list(tmp_path.glob(".restored*"))


def test_a_swapped_object_is_found(tmp_path, repository):
    digest = write_set(tmp_path / "faces", FIRST).digest
    record(tmp_path / "faces", repository=repository)
    write_set(tmp_path / "other", SECOND)
    (object_file,) = stored(repository)
    damage(object_file, next((tmp_path / "other").glob("shards/*")).read_bytes())
    with pytest.raises(VersionDamaged, match="has the digest"):
        restore(digest, tmp_path / "restored", repository=repository)


def test_what_is_wrong_is_said(tmp_path, repository):
    digest = write_set(tmp_path / "faces", FIRST).digest
    with pytest.raises(NoRepository, match="not in a git repository"):
        record(tmp_path / "faces", repository=tmp_path)
    record(tmp_path / "faces", repository=repository)
    with pytest.raises(TargetTaken):
        restore(digest, tmp_path / "faces", repository=repository)
    with pytest.raises(VersionUnknown, match="no recorded versions begin with 'xyz'"):
        restore("xyz", tmp_path / "restored", repository=repository)
    write_set(tmp_path / "other", SECOND)
    next((tmp_path / "other").glob("shards/*")).rename(next((tmp_path / "faces").glob("shards/*")))
    with pytest.raises(DigestDiffers):
        record(tmp_path / "faces", repository=repository)


def test_commands_in_a_repository(tmp_path, repository, monkeypatch):
    digest = write_set(tmp_path / "faces", FIRST).digest
    monkeypatch.chdir(repository)
    run = CliRunner().invoke
    assert f"digest {digest}" in run(app, ["version", str(tmp_path / "faces")]).output
    assert digest[:12] in run(app, ["versions"]).output
    done = run(app, ["restore", digest[:8], "--out", "back"])
    assert f"back has the digest {digest}" in done.output
    assert content_digest(repository / "back") == digest


def test_the_stages_are_commands_of_ours(tmp_path):
    """`dvc.yaml` is read by DVC itself, so a mistake in it is an error here."""
    from dvc.repo import Repo

    with Repo(str(ROOT)) as repo:
        stages = {stage.name: stage for stage in repo.index.stages if not stage.is_data_source}
        assert repo.config["core"]["analytics"] is False
    assert set(stages) == {"prepare", "report"}
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    for name, stage in stages.items():
        assert stage.cmd.startswith(f"python -m data {name} ")
    assert "report" in commands
    assert str(stages["report"].deps[0]) == str(stages["prepare"].outs[0])
