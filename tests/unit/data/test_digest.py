import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.digest import DigestDiffers, check_digest, content_digest, row_digest
from data.reading import ShardDamaged, crops
from data.shards import SetMissing
from tests.unit.data.sets import row, write_set

ROWS = [row(f"{number}.jpg", fake=number % 2 == 1) for number in range(7)]


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(7)), rows_a_file=st.integers(1, 8))
def test_order_and_files_make_no_difference(tmp_path_factory, order, rows_a_file):
    tmp_path = tmp_path_factory.mktemp("set")
    one = write_set(tmp_path / "one", ROWS)
    other = write_set(tmp_path / "other", [ROWS[place] for place in order], rows_a_file=rows_a_file)
    assert one.digest == other.digest


@pytest.mark.parametrize("name", list(ROWS[0]))
def test_every_fact_counts(name):
    old = ROWS[0][name]
    new = {bool: not old, str: f"{old}x", bytes: b"x", list: [1.0]}.get(type(old), 77)
    assert row_digest(ROWS[0] | {name: new}) != row_digest(ROWS[0])


def test_a_lost_or_doubled_row_is_noticed(tmp_path):
    digest = write_set(tmp_path / "whole", ROWS).digest
    write_set(tmp_path / "less", ROWS[1:])
    write_set(tmp_path / "more", [*ROWS, ROWS[0]])
    check_digest(tmp_path / "whole", digest)
    for name in ("less", "more"):
        with pytest.raises(DigestDiffers):
            check_digest(tmp_path / name, digest)


def test_rejects_are_not_content(tmp_path):
    record = write_set(tmp_path, ROWS)
    dataclasses.replace(record, name="renamed").write(tmp_path)
    assert content_digest(tmp_path) == record.digest


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_truncated_shard_is_refused_with_the_reason(tmp_path, kept):
    write_set(tmp_path, ROWS, rows_a_file=3)
    damaged = tmp_path / "shards" / "part-00001.parquet"
    content = damaged.read_bytes()
    damaged.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ShardDamaged, match=r"part-00001\.parquet cannot be read: Parquet"):
        list(crops(tmp_path))


def test_a_shard_without_a_column_is_refused(tmp_path):
    write_set(tmp_path, ROWS)
    with pytest.raises(ShardDamaged, match="lacks the columns wisdom"):
        list(crops(tmp_path, columns=["key", "wisdom"]))


def test_a_folder_without_shards_is_no_set(tmp_path):
    with pytest.raises(SetMissing, match="has no shards"):
        list(crops(tmp_path))
