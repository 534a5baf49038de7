"""The table of EfficientNet-Lite0 (arXiv 1905.11946, table 1), shared by Flax and Keras."""

from typing import NamedTuple


class Block(NamedTuple):
    """One inverted residual."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    expansion: int


STEM = 32
FEATURES = 1280

_STAGES = (
    # repeats, kernel, stride, expansion, outputs
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def _blocks() -> tuple[Block, ...]:
    blocks, inputs = [], STEM
    for repeats, kernel, stride, expansion, outputs in _STAGES:
        for repeat in range(repeats):
            blocks.append(Block(inputs, outputs, kernel, 1 if repeat else stride, expansion))
            inputs = outputs
    return tuple(blocks)


BLOCKS = _blocks()
