import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data import remote
from data.__main__ import app
from data.digest import content_digest
from data.remote import RemoteAddressUnknown, RemotePackageMissing, set_remote
from data.versions import RemoteUnusable, open_dvc, record, restore
from tests.unit.data.object_store import BUCKET, bucket
from tests.unit.data.sets import row, write_set

ROWS = [row(f"{number}.jpg") for number in range(3)]


@pytest.fixture(autouse=True)
def _nothing_outside(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))
    # no credentials, and no search for those of a machine in Google's cloud
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))


@pytest.fixture
def repository(tmp_path) -> Path:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    return folder


@contextmanager
def bucket_of(repository, *, public):
    """The repository's versions go to a bucket on this machine."""
    set_remote(f"gs://{BUCKET}/sets", repository=repository)
    with bucket(public=public) as server:
        with open_dvc(repository) as dvc, dvc.config.edit("local") as settings:
            settings["remote"]["versions"] |= {
                "endpointurl": server.address,
                "allow_anonymous_login": public,
            }
        yield server


def test_a_version_comes_back_exactly_from_a_bucket(tmp_path, repository):
    digest = write_set(tmp_path / "faces", ROWS).digest
    with bucket_of(repository, public=True) as server:
        record(tmp_path / "faces", repository=repository)
        assert any(content.startswith(b"PAR1") for content in server.objects.values())
        assert all(name.startswith("sets/files/md5/") for name in server.objects)
        restore(digest, tmp_path / "back", repository=repository)
    assert content_digest(tmp_path / "back") == digest
    assert not (repository / "var").exists()


def test_without_credentials_the_error_says_what_is_needed(tmp_path, repository):
    write_set(tmp_path / "faces", ROWS)
    with (
        bucket_of(repository, public=False) as server,
        pytest.raises(RemoteUnusable, match="Anonymous caller does not have") as caught,
    ):
        record(tmp_path / "faces", repository=repository)
    assert "gcloud auth application-default login" in caught.value.hint
    assert server.objects == {}
    assert not list(repository.glob("data/versions/*.dvc"))


def test_the_command_writes_the_address_where_git_does_not_look(tmp_path, repository, monkeypatch):
    monkeypatch.chdir(repository)
    done = CliRunner().invoke(app, ["remote", "gs://clarity-faces/sets"])
    assert "versions are kept at gs://clarity-faces/sets" in done.output
    assert "gs://clarity-faces/sets" in (repository / ".dvc" / "config.local").read_text()
    assert "gs://" not in (repository / ".dvc" / "config").read_text()
    ignored = subprocess.run(["git", "check-ignore", ".dvc/config.local"], cwd=repository)
    assert ignored.returncode == 0


def test_a_folder_is_a_remote_too(tmp_path, repository):
    digest = write_set(tmp_path / "faces", ROWS).digest
    set_remote(str(tmp_path / "disk"), repository=repository)
    record(tmp_path / "faces", repository=repository)
    assert list((tmp_path / "disk").rglob("*.dir"))
    assert restore(digest, tmp_path / "back", repository=repository).digest == digest


@pytest.mark.parametrize("url", ["gs://", "gs://Upper/x", "ftp://host/x", "gs://faces/a b"])
def test_other_addresses_are_refused(repository, url):
    with pytest.raises(RemoteAddressUnknown):
        set_remote(url, repository=repository)
    assert not (repository / ".dvc").exists()


def test_a_bucket_needs_its_package(repository, monkeypatch):
    monkeypatch.setattr(remote, "find_spec", lambda name: None)
    with pytest.raises(RemotePackageMissing, match="needs the package dvc-gs"):
        set_remote("gs://faces/sets", repository=repository)
