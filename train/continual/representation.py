"""The teacher's mean features by label and confidence, and how far a student strays from them.

FReTAL (arXiv 2105.13617) and CoReD (arXiv 2107.02408): of the crops that the teacher gets
right, those of one label and one tenth of confidence are stored as their mean; crops that the
student gets right with that confidence are drawn to it.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from train.distil import HINT_SPREAD

if TYPE_CHECKING:
    import keras

BINS = 5
"""Of confidence in the right label, from 0.5 to 1."""


class StoredFeatures:
    """A lesson for `train.distil.Teacher`; it has nothing to train."""

    weights: Sequence[Any] = ()

    def __init__(self, means: np.ndarray, counts: np.ndarray, spread: np.ndarray) -> None:
        """
        Args:
            means: float32 (2 x BINS, channels): reals first, bins of rising confidence.
            counts: crops of each bin, (2 x BINS,); empty bins ask for nothing.
            spread: standard deviation of each channel over all these crops, (channels,).
        """
        self.means, self.counts, self.spread = means, counts, spread

    def loss(self, mine: Sequence[Any], wanted: Sequence[Any], *, logits: Any, labels: Any) -> Any:  # noqa: ARG002
        """Squared distance of each bin's mean in the batch, in spreads, weighted by its crops."""
        import tensorflow as tf

        features = tf.reduce_mean(tf.cast(mine[-1], tf.float32), (1, 2))
        member = _membership(logits, labels)
        counts = tf.reduce_sum(member, 0)
        means = tf.matmul(member, features, transpose_a=True) / tf.maximum(counts, 1.0)[:, None]
        distance = tf.reduce_mean(tf.square((means - self.means) / self.spread), 1)
        known = tf.cast(self.counts > 0, tf.float32)
        return tf.reduce_sum(distance * counts * known) / tf.cast(tf.shape(labels)[0], tf.float32)


def stored_features(
    teacher: "keras.Model", batches: Iterable[tuple[np.ndarray, np.ndarray]]
) -> StoredFeatures:
    """What a teacher makes of crops.

    Args:
        teacher: as `train.distil.tapped` makes it, with one layer tapped.
        batches: normalised input (N, size, size, 3), labels float32 (N,), 1 = fake.
    """
    found = [_seen(teacher, *batch) for batch in batches]
    features, member = (np.concatenate(parts) for parts in zip(*found, strict=True))
    counts = member.sum(0)
    means = member.T @ features / np.maximum(counts, 1)[:, None]
    return StoredFeatures(means, counts, features.std(0) + HINT_SPREAD)


def _seen(
    teacher: "keras.Model", inputs: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow as tf

    logits, _, features = teacher(inputs, training=False)
    member = _membership(tf.cast(logits, tf.float32), tf.constant(labels))
    return tf.reduce_mean(tf.cast(features, tf.float32), (1, 2)).numpy(), member.numpy()


def _membership(logits: Any, labels: Any) -> Any:
    """1 where a crop (row) is judged right and belongs to a bin (column), else 0."""
    import tensorflow as tf

    fake = tf.cast(labels > 0.5, tf.float32)
    confidence = tf.sigmoid(logits * (2 * fake - 1))
    place = tf.clip_by_value(tf.floor((confidence - 0.5) * 2 * BINS), 0, BINS - 1)
    member = tf.one_hot(tf.cast(fake * BINS + place, tf.int32), 2 * BINS)
    return member * tf.cast(confidence > 0.5, tf.float32)[:, None]
