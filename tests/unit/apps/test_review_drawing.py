"""Boxes that are drawn by hand: what the chart shows, and what of a selection is taken."""

import base64
import io

import pytest
from PIL import Image

from apps.review import drawing


def picture_of(chart):
    (row,) = chart.to_dict()["data"]["values"]
    kind, coded = row["picture"].split(",", 1)
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(coded)))


@pytest.mark.parametrize("size", [(1600, 900), (900, 1600), (40, 30), (3000, 2)])
def test_the_frame_fits_and_keeps_its_shape(size):
    chart = drawing.board(Image.new("RGB", size), (35, 65), (10, 20))
    told = chart.to_dict()
    assert told["width"] <= drawing.WIDEST
    assert told["height"] <= drawing.HIGHEST
    assert abs(told["width"] / size[0] - told["height"] / size[1]) <= 1 / min(size)
    assert told["mark"]["width"] == {"expr": "width"}, "the picture fills the axes"
    assert picture_of(chart).size == (2 * told["width"], 2 * told["height"])


def test_down_is_counted_from_the_top():
    told = drawing.board(Image.new("RGB", (10, 10)), (35, 65), (10, 20)).to_dict()["encoding"]
    assert told["y"]["scale"]["reverse"]
    assert not told["x"]["scale"]["reverse"]
    assert told["x"]["scale"]["domain"] == told["y"]["scale"]["domain"] == [0, 100]


def test_a_box_is_taken_whichever_way_it_was_drawn_and_never_beyond_the_frame():
    told = {"box": {"across": [80.5, 20.25], "down": [-3, 130]}}
    assert drawing.drawn(told) == ((20.2, 80.5), (0, 100))


@pytest.mark.parametrize("told", [{}, {"box": {}}, {"box": None}, {"box": {"across": [1, 2]}}])
def test_no_box_is_none(told):
    assert drawing.drawn(told) is None


def test_the_box_that_there_is_stands_on_the_board():
    told = drawing.board(Image.new("RGB", (10, 10)), (35.0, 65.0), (10.0, 20.0)).to_dict()
    (param,) = told["params"]
    assert (param["name"], param["value"]) == ("box", {"x": [35, 65], "y": [10, 20]})
