"""What the machine's matrix units can do: large products in the runtime that serves."""

import time
from typing import Any

import numpy as np

from clarity.detectors.runtimes.openvino import EXECUTION
from clarity.detectors.runtimes.telemetry import quiet_openvino, telemetry_off

SIDE = 1024
LINKS = 16
ROUNDS = 10


def multiply_adds_a_second(precision: str) -> float:
    """Of a chain of products of square matrices, the best of some rounds, a processor second.

    In a chain only the ends are converted from and to float32; a single product spends more
    on that than on arithmetic.

    Args:
        precision: fp32, bf16 or int8, as on a card.
    """
    core = quiet_openvino().Core()
    properties = {
        "INFERENCE_PRECISION_HINT": EXECUTION[precision],
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": 1,
    }
    compiled = core.compile_model(_chain(quantised=precision == "int8"), "CPU", properties)
    request = compiled.create_infer_request()
    request.infer({0: _matrix()})
    return LINKS * SIDE**3 / min(_seconds(request) for _ in range(ROUNDS))


def _chain(*, quantised: bool) -> Any:
    openvino = quiet_openvino()
    ops = openvino.opset13
    left = ops.parameter([SIDE, SIDE], np.float32, name="left")
    product, weights = left, ops.constant(_matrix())
    for _ in range(LINKS):
        product = ops.matmul(product, weights, False, False)
    # what leaves is one row: its copy must not be what is measured
    model = openvino.Model([ops.reduce_max(product, np.array([0]))], [left], "product")
    if not quantised:
        return model
    with telemetry_off():
        import nncf

        return nncf.quantize(model, nncf.Dataset([_matrix()]), subset_size=1)


def _seconds(request: Any) -> float:
    # processor time: other work on the machine delays the product but costs it little
    start = time.process_time()
    request.infer()
    return time.process_time() - start


def _matrix() -> np.ndarray:
    # products of such keep their variance
    return np.random.default_rng(0).normal(0, SIDE**-0.5, (SIDE, SIDE)).astype(np.float32)
