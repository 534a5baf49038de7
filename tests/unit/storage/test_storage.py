"""The store: whole, addressed by content, checked when read."""

import hashlib
import os
import time
import uuid

import pytest

from clarity.storage import ObjectDamaged, ObjectMissing, Store

CONTENT = b"a face" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    """The local path, and one that has no local files, as `gs://` has none."""
    if request.param == "folder":
        return Store((tmp_path / "store").as_uri())
    return Store(f"memory://{uuid.uuid4().hex}")


def test_bytes_come_back_under_their_digest(store):
    assert store.put_bytes(CONTENT) == DIGEST
    assert store.put_bytes(CONTENT) == DIGEST, "twice is once"
    assert store.has(DIGEST)
    assert store.get(DIGEST) == CONTENT


def test_files_are_copied_in_and_out(store, tmp_path):
    source = tmp_path / "in.bin"
    source.write_bytes(CONTENT)
    assert store.put_file(source) == DIGEST
    source.unlink()
    copy = store.checkout(DIGEST, tmp_path)
    copy.write_bytes(b"spoiled")
    assert store.get(DIGEST) == CONTENT, "a checked-out copy is private"


def test_missing_and_removed_objects_are_missing(store):
    with pytest.raises(ObjectMissing):
        store.get(DIGEST)
    store.put_bytes(CONTENT)
    store.remove(DIGEST)
    store.remove(DIGEST)
    with pytest.raises(ObjectMissing):
        store.get(DIGEST)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "abc", "", DIGEST + "/x"])
def test_only_digests_become_paths(store, name):
    with pytest.raises(ObjectMissing):
        store.get(name)


def test_damage_is_noticed(tmp_path):
    store = Store((tmp_path / "store").as_uri())
    store.put_bytes(CONTENT)
    (tmp_path / "store" / DIGEST[:2] / DIGEST).write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(ObjectDamaged):
        store.get(DIGEST)
    with pytest.raises(ObjectDamaged):
        store.checkout(DIGEST, tmp_path)


def test_an_aborted_write_leaves_nothing(tmp_path):
    store = Store((tmp_path / "store").as_uri())
    with pytest.raises(RuntimeError), store.incoming() as incoming:  # noqa: PT012
        incoming.write(CONTENT)
        raise RuntimeError("the client went away")
    assert [p for p in (tmp_path / "store").rglob("*") if p.is_file()] == []


def test_sweep_takes_only_what_is_old(tmp_path):
    store = Store((tmp_path / "store").as_uri())
    with store.incoming() as fresh:
        fresh.write(b"still coming")
        old = tmp_path / "store" / "incoming" / "dead"
        old.write_bytes(b"left by a killed process")
        os.utime(old, (time.time() - 7200,) * 2)
        assert store.sweep(older_than=3600) == 1
        assert not old.exists()
        digest = fresh.commit()
    assert store.get(digest) == b"still coming"
