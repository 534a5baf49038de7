"""Maps that point: a network learns where a forgery made on the way changed the face.

Its logit is the mean of its map, so one label a face teaches every cell alike. A forgery made here
brings its mask along: the map, as a distribution over its cells (softmax), is held against the
mask as one. Only differences between cells count; what their mean says, labels alone teach.
Real faces and forged crops of the set, whose places nobody knows, add nothing.

Where a face is inconsistent with itself is also what carries over to unseen forgeries: Zhao et al.
2021 (pair-wise self-consistency, arXiv 2012.09311) learn it from masks of blended faces as well.
"""

from typing import Any

WIDEST = 0.6
"""Share of the crop; where more of it was changed, there is no place to point at."""

SMALLEST = 0.002
"""Share of the crop: less is lost in the cells of a map."""


def placed_loss(cells: Any, places: Any) -> Any:
    """Mean Kullback-Leibler divergence of maps from masks, over the faces that have a place.

    Args:
        cells: float (N, h, w), maps in logits.
        places: float32 (N, PLACES, PLACES), as `train.batches.Batch` has them.

    Returns:
        A scalar, 0 for maps that are the masks, and where no face has a place.
    """
    import tensorflow as tf

    height, width = cells.shape[1:]
    masks = tf.image.resize(places[..., None], (height, width), "area")[..., 0]
    area = tf.reduce_mean(masks, (1, 2))
    placed = tf.cast((area >= SMALLEST) & (area <= WIDEST), tf.float32)
    wanted = tf.reshape(masks, (-1, height * width)) / tf.maximum(area, SMALLEST)[:, None]
    wanted /= height * width
    found = tf.nn.log_softmax(tf.reshape(tf.cast(cells, tf.float32), (-1, height * width)))
    apart = tf.reduce_sum(tf.math.xlogy(wanted, wanted) - wanted * found, 1)
    return tf.reduce_sum(apart * placed) / tf.maximum(tf.reduce_sum(placed), 1.0)
