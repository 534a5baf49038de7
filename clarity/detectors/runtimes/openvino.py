"""Detectors on the CPU by OpenVINO: what is served, bit for bit repeatable.

Every crop is one inference request of batch 1 on a stream of one thread, so that its bits
depend neither on its neighbours in the batch nor on how many cores the machine has. The
numeric format is the card's, never the plug-in's choice for the machine. Bits may still
differ between processors of unlike instruction sets; a receipt names the processor.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import numpy as np

from clarity.detectors.artefact import MODEL_FILES, Release
from clarity.detectors.contract import Prediction
from clarity.detectors.preprocess import input_shape, views_input
from clarity.detectors.runtimes.telemetry import quiet_openvino

EXECUTION = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""Card's precision -> format of the operations that are not quantised."""


class OpenVinoDetector:
    """A release's OpenVINO model behind the `Detector` contract."""

    def __init__(self, release: Release, *, streams: int | None = None) -> None:
        """Verify and compile the model.

        Args:
            release: its `model.xml` and `model.bin` are compared with the card first.
            streams: crops judged at the same time; by default one for each usable core.

        Raises:
            ReleaseMissing, ReleaseDamaged: the files are not those of the card.
        """
        self.card = release.card
        streams = streams or len(os.sched_getaffinity(0))
        compiled = _compile(release, streams)
        # Threads and requests of our own. With AsyncInferQueue and a callback, a detector dropped
        # right after `predict` aborts the process ("Resource deadlock avoided") or hangs it.
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(streams):
            request = compiled.create_infer_request()
            # The binding loads NumPy's interface at its first look into a tensor. Two threads
            # that look first at the same time wait for each other for ever (one holds the
            # once-flag, the other Python's lock), so this thread looks first.
            _ = request.get_input_tensor(0).data
            self._requests.put(request)
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="openvino")

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`. Safe to call from several threads at once."""
        images = views_input(crops, self.card)
        logits, maps = zip(*self._threads.map(self._judge, images), strict=True)
        return Prediction(np.concatenate(logits), np.concatenate(maps))

    def _judge(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        request = self._requests.get()
        try:
            request.infer({0: image[None]})
            # the request's tensors are overwritten by its next crop
            logit, cells = (request.get_tensor(name).data.copy() for name in ("logit", "map"))
            return logit, cells
        finally:
            self._requests.put(request)


def _compile(release: Release, streams: int) -> Any:
    model_path, weights_path = release.verified(*MODEL_FILES)
    core = quiet_openvino().Core()
    model = core.read_model(model_path, weights_path)
    model.reshape([1, *input_shape(release.card)])
    properties = {
        "INFERENCE_PRECISION_HINT": EXECUTION[release.card.precision],
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        "ENABLE_CPU_PINNING": False,
        "CACHE_DIR": "",
    }
    return core.compile_model(model, "CPU", properties)
