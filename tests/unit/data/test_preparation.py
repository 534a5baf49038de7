import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clarity.media.likeness import perceptual_hash
from data import blocks
from data.digest import content_digest
from data.preparation import NothingPrepared, plainly, prepare
from data.reading import crops, rejects
from data.shards import SET_FILE, parts, read_set
from data.splits import NearDuplicate
from data.stages import Settings
from tests.unit.data.making import face, faceless, film, picture, truncated


@pytest.fixture
def items(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_WEIGHT", 2)
    folder = tmp_path / "media"
    folder.mkdir()
    return [
        picture(folder / "a.jpg"),
        truncated(folder / "b.jpg"),
        faceless(folder / "c.jpg"),
        picture(folder / "d.jpg", face(3)),
        film(folder / "e.mp4"),
    ]


def counted(ran):
    """`plainly`, noting the blocks that it runs."""

    def run(folder, pending, settings):
        for done in plainly(folder, pending, settings):
            ran.append(done.number)
            yield done

    return run


def test_every_item_gives_rows_or_a_reject(tmp_path, items):
    done = prepare(items, tmp_path / "set", run=plainly, settings=Settings(frames=4))
    keys = [row["key"] for row in crops(tmp_path / "set")]
    assert keys == ["a.jpg", "d.jpg", *["e.mp4"] * 4]
    assert [(r["key"], r["stage"]) for r in rejects(tmp_path / "set")] == [
        ("b.jpg", "decode"),
        ("c.jpg", "detect"),
    ]
    record = read_set(tmp_path / "set")
    assert record == done.record
    assert record.counts == {"items": 5, "crops": 6, "clips": 2, "rejects": 2}
    assert record.digest == content_digest(tmp_path / "set")


def test_a_second_run_does_nothing_again(tmp_path, items):
    ran = []
    first = prepare(items, tmp_path / "set", run=counted(ran), settings=Settings(frames=4))
    written = [path.stat().st_mtime_ns for path in parts(tmp_path / "set")]
    again = prepare(items, tmp_path / "set", run=counted(ran), settings=Settings(frames=4))
    assert ran == [0, 1, 2]
    assert again.record == first.record
    assert again.items == 0
    assert written == [path.stat().st_mtime_ns for path in parts(tmp_path / "set")]


def test_a_broken_run_goes_on_where_it_was(tmp_path, items):
    def broken(folder, pending, settings):
        yield from plainly(folder, pending[:1], settings)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(items, tmp_path / "set", run=broken)
    assert not (tmp_path / "set" / SET_FILE).exists()
    ran = []
    whole = prepare(items, tmp_path / "set", run=counted(ran))
    assert ran == [1, 2]
    assert whole.record.digest == prepare(items, tmp_path / "other", run=plainly).record.digest


def test_what_changed_is_done_again_and_what_left_is_forgotten(tmp_path, items):
    prepare(items, tmp_path / "set", run=plainly)
    ran = []
    prepare(items[:4], tmp_path / "set", run=counted(ran))
    assert ran == []
    assert {row["key"] for row in crops(tmp_path / "set")} == {"a.jpg", "d.jpg"}
    prepare(items[:4], tmp_path / "set", run=counted(ran), settings=Settings(frames=3))
    assert ran == [0, 1]


def test_blocks_written_with_other_columns_are_done_again(tmp_path, items, monkeypatch):
    with monkeypatch.context() as before:
        fewer = [f for f in blocks.CROP_SCHEMA if f.name != "jpeg_quality"]
        before.setattr(blocks, "CROP_SCHEMA", pa.schema(fewer))
        prepare(items[:4], tmp_path / "set", run=plainly)
    ran = []
    prepare(items[:4], tmp_path / "set", run=counted(ran))
    assert ran == [0, 1]
    assert all("jpeg_quality" in row for row in crops(tmp_path / "set"))


def test_a_set_without_any_face_is_refused(tmp_path, items):
    with pytest.raises(NothingPrepared, match="none of 2 items"):
        prepare(items[1:3], tmp_path / "set", run=plainly)
    assert pq.read_table(tmp_path / "set" / "rejects.parquet").num_rows == 2


def test_a_planted_duplicate_is_refused_by_name_unless_it_is_allowed(tmp_path):
    items = [
        picture(tmp_path / "a.jpg"),
        picture(tmp_path / "b.jpg", group="other", split="test"),
    ]
    with pytest.raises(NearDuplicate, match=r"train studio/a\.jpg and test studio/b\.jpg"):
        prepare(items, tmp_path / "set", run=plainly)
    with pytest.raises(NearDuplicate):
        prepare(items, tmp_path / "set", run=plainly)
    assert prepare(items, tmp_path / "set", run=plainly, allow_near_duplicates=True).items == 0


def test_the_hash_of_a_stored_crop_is_the_one_in_its_row(tmp_path):
    from data.crops import decoded

    prepare([picture(tmp_path / "a.jpg")], tmp_path / "set", run=plainly)
    (row,) = crops(tmp_path / "set")
    assert int(row["phash"], 16) == perceptual_hash(decoded(row["crop"]))
