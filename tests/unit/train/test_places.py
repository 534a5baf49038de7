import keras
import numpy as np
import pytest
import tensorflow as tf

from train.batches import PLACES
from train.places import placed_loss

CELLS = 6


def place(top: int, left: int, *, side: int = 8) -> np.ndarray:
    mask = np.zeros((PLACES, PLACES), np.float32)
    mask[top : top + side, left : left + side] = 1.0
    return mask


def loss(cells, *masks) -> float:
    return float(placed_loss(tf.constant(np.float32(cells)), tf.constant(np.stack(masks))))


def test_a_map_that_is_the_mask_has_nothing_to_learn():
    cells = np.full((1, CELLS, CELLS), -30.0)
    cells[0, 2:4, 0:2] = 5.0
    assert loss(cells, place(8, 0)) == pytest.approx(0.0, abs=1e-5)
    # four of 36 cells wanted, and an even map gives each a 36th
    assert loss(cells * 0, place(8, 0)) == pytest.approx(np.log(36 / 4), abs=1e-5)


def test_the_level_of_a_map_is_left_to_the_labels():
    cells = np.random.default_rng(0).normal(size=(1, CELLS, CELLS))
    assert loss(cells, place(0, 0)) == pytest.approx(loss(cells + 7.0, place(0, 0)), rel=1e-5)


def test_faces_without_a_place_add_nothing():
    cells = np.random.default_rng(0).normal(size=(4, CELLS, CELLS))
    nowhere, speck = np.zeros((PLACES, PLACES), np.float32), place(4, 4, side=1)
    everywhere = np.ones((PLACES, PLACES), np.float32)
    assert loss(cells[:3], nowhere, everywhere, speck) == 0.0
    among = loss(cells, place(0, 0), nowhere, everywhere, speck)
    assert among == pytest.approx(loss(cells[:1], place(0, 0)), rel=1e-6)


def test_a_map_learns_to_point():
    masks = np.stack([place(0, 0), place(16, 16)])
    cells = tf.Variable(tf.zeros((2, CELLS, CELLS)))
    optimizer = keras.optimizers.SGD(5.0)
    for _ in range(200):
        with tf.GradientTape() as tape:
            apart = placed_loss(cells, tf.constant(masks))
        optimizer.apply_gradients([(tape.gradient(apart, cells), cells)])
    found = cells.numpy()
    assert found[0, :2, :2].min() > found[0, 2:].max()
    assert found[1, 4:, 4:].min() > found[1, :4].max()
