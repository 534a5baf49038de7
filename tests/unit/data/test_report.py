import io
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from data.__main__ import app
from data.compression import compression_of
from data.digest import check_digest
from data.reading import ShardDamaged
from data.report.appearance import CLASSES, lightness, tone, typology_angle
from data.report.baseline import read
from data.report.lowest import LowestHashes
from data.report.survey import survey
from data.shards import CROP_SCHEMA
from tests.unit.data.sets import LANDMARKS, SIDE, reject, row, write_set


def rows(*, leak: bool, count: int = 120) -> list:
    rng = np.random.default_rng(3)
    return [
        row(
            f"{number}.jpg",
            fake=number % 2 == 1,
            media_bytes=int(rng.integers(20_000, 30_000)) * (1 + leak * (number % 2)),
            face_size=float(rng.uniform(80, 200)),
        )
        for number in range(count)
    ]


def report_of(folder) -> str:
    out = folder / "report.html"
    done = CliRunner().invoke(
        app, ["report", str(folder), "--out", str(out), "--no-poison"], catch_exceptions=False
    )
    assert done.exit_code == 0
    return out.read_text()


def test_a_label_leak_is_named_in_plain_words(tmp_path):
    write_set(tmp_path, rows(leak=True), rejected=[reject("dark.jpg", reason="no <face>")])
    page = report_of(tmp_path)
    assert re.search(r"studio: the label can be read from metadata alone \(AUC 1\.00", page)
    assert "most of it from file size" in page
    assert "no &lt;face&gt;" in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)


def test_without_a_leak_nothing_is_warned_of(tmp_path):
    write_set(tmp_path, rows(leak=False))
    assert "Metadata do not give the label away" in report_of(tmp_path)


def test_every_item_is_counted_once(tmp_path):
    frames = [row("a.mp4", frame=frame, split="test", group="anna") for frame in range(3)]
    write_set(tmp_path, [*frames, row("b.jpg", group="anna"), row("c.jpg", fake=True)])
    found = survey(tmp_path)
    tally = found.tallies["studio", "none", False]
    assert (tally.crops, tally.items, len(tally.identities)) == (4, 2, 1)
    assert tally.splits == {"test": 1, "train": 1}
    assert found.identities == 2
    assert len(found.faces["studio", False]) == 1


def test_one_label_or_few_items_are_not_measured(tmp_path):
    write_set(tmp_path, rows(leak=True, count=12))
    items = survey(tmp_path).items
    assert read("all", items).reason == "too few items or identities"
    assert read("all", [item for item in items if item.fake]).reason == "one label only"


def test_a_crop_that_is_no_picture_is_named(tmp_path):
    write_set(tmp_path, [row("a.jpg", crop=b"nothing")])
    with pytest.raises(ShardDamaged, match=r"the crop of a\.jpg is no picture"):
        survey(tmp_path)


@given(st.lists(st.text(max_size=4), max_size=40), st.integers(1, 10), st.randoms())
def test_the_sample_is_the_same_in_any_order(names, size, random):
    shuffled = names.copy()
    random.shuffle(shuffled)
    one, other = LowestHashes(size), LowestHashes(size)
    for name, turned in zip(names, shuffled, strict=True):
        one.offer(name, lambda name=name: name)
        other.offer(turned, lambda turned=turned: turned)
    assert one.values() == other.values()
    assert len(one.values()) == min(size, len(set(names)))


@pytest.mark.parametrize("quality", [30, 50, 75, 92, 98])
def test_jpeg_quality_is_read_from_the_tables(tmp_path, quality):
    Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg", quality=quality)
    found = compression_of(tmp_path / "a.jpg")
    assert found.codec == "jpeg"
    assert abs(found.quality - quality) <= 1


def test_compression_of_what_is_not_jpeg(tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "PNG")
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    assert compression_of(tmp_path / "a.png").quality is None
    assert compression_of(tmp_path / "missing") is None


def test_the_set_tells_how_its_files_were_compressed_without_them(tmp_path):
    leaking = [
        row(f"{n}.jpg", fake=n % 2 == 1, jpeg_quality=95 if n % 2 else 70) for n in range(120)
    ]
    write_set(tmp_path, leaking)
    page = report_of(tmp_path)
    assert "most of it from JPEG quality" in page
    assert "image/jpeg, jpeg" in page


def test_a_set_from_before_the_columns_is_read_with_its_media(tmp_path):
    before = pa.schema([f for f in CROP_SCHEMA if f.name not in ("media_codec", "jpeg_quality")])
    record = write_set(tmp_path / "set", [row("a.jpg")], schema=before)
    Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg", quality=50)
    check_digest(tmp_path / "set", record.digest)
    (alone,) = survey(tmp_path / "set").items
    (beside,) = survey(tmp_path / "set", media=tmp_path).items
    assert (alone.codec, alone.quality) == ("", None)
    assert (beside.codec, beside.quality) == ("jpeg", 50)


def test_skin_and_light_of_plain_colours():
    points = np.reshape(LANDMARKS, (5, 2))
    pale, deep = ((236, 200, 180), (92, 62, 48))
    angles = [
        typology_angle(np.full((SIDE, SIDE, 3), colour, np.uint8), points)
        for colour in (pale, deep)
    ]
    assert [tone(angle) for angle in angles] == ["very light", "dark"]
    grey = np.full((SIDE, SIDE, 3), 128, np.uint8)
    assert tone(typology_angle(grey, points)) == "not estimated"
    assert lightness(np.zeros((SIDE, SIDE, 3), np.uint8)) == pytest.approx(0)
    assert lightness(np.full((SIDE, SIDE, 3), 255, np.uint8)) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    ("angle", "place"), [(56, 0), (55, 1), (41, 2), (28, 3), (10, 4), (-30, 5)]
)
def test_the_bounds_of_the_classes(angle, place):
    assert tone(angle) == CLASSES[place]
