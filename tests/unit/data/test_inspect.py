from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data import registry
from data.inspect import app, survey
from data.layout import item_at
from tests.unit.data.readers.trees import LOST, TREES


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def items(count):
    return (
        item_at(
            Path(f"{number}.jpg"), Path(), manipulation="none", source="s", origin="o", group="g"
        )
        for number in range(count)
    )


@pytest.mark.parametrize("reader", registry.READERS)
def test_every_reader_can_be_looked_at(reader, tmp_path):
    TREES[reader](tmp_path)
    result = run(reader, tmp_path)
    assert result.exit_code == 0
    first = next(registry.read(reader, tmp_path))
    assert first.source in result.output
    assert "groups" in result.output


def test_rows_counts_annotations_and_torn_groups_are_shown(tmp_path):
    TREES["celeb_df"](tmp_path)
    result = run("celeb_df", tmp_path, "--option", "version=v1", "--rows", 7)
    assert "Celeb-synthesis/id0_id16_0000.mp4" in result.output
    assert "generator Celeb-DF synthesis" in result.output
    assert "celeb_df_v1" in result.output
    assert "1 of 4 groups lie in two splits, such as celeb_df/id0" in result.output
    assert Counter(result.output.split())["train"] == 5 + 2


def test_half_a_dataset_is_an_error_with_a_hint(tmp_path):
    TREES["dfdc"](tmp_path)
    (tmp_path / LOST["dfdc"]).unlink()
    result = run("dfdc", tmp_path)
    assert result.exit_code == 1
    assert "1 of 6 files are missing, such as dfdc_train_part_0/bbb.mp4" in result.output
    assert "Download or unpack the missing part again" in result.output


@pytest.mark.parametrize("words", [("nothing", "."), ("uadfv", ".", "--option", "a=b")])
def test_wrong_words_are_an_error(words):
    assert run(*words).exit_code == 1


def test_a_sample_is_drawn_evenly_and_the_same_for_a_seed():
    drawn = Counter(
        item.key for seed in range(2000) for item in survey(items(8), 2, seed=seed).sample
    )
    # Each of eight has an expectation of 500 and a standard deviation of 19.
    assert all(400 < drawn[f"{number}.jpg"] < 600 for number in range(8))
    assert survey(items(50), 5, seed=3).sample == survey(items(50), 5, seed=3).sample


@pytest.mark.parametrize(("count", "rows"), [(0, 3), (2, 3), (9, 0), (9, 3)])
def test_a_sample_has_as_many_rows_as_there_are(count, rows):
    found = survey(items(count), rows)
    assert len({item.key for item in found.sample}) == min(count, rows)
    assert found.counts.total() == count
