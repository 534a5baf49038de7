"""Detectors on the CPU by OpenVINO: what is served, bit for bit repeatable.

Every crop is one inference request of batch 1 on a stream of one thread, so that its bits
depend neither on its neighbours in the batch nor on how many cores the machine has. The
numeric format is the card's, never the plug-in's choice for the machine. Bits may still
differ between processors of unlike instruction sets; a receipt names the processor.
"""

import os
from typing import Any

import numpy as np

from clarity.detectors.artefact import MODEL_FILES, Release
from clarity.detectors.contract import Prediction
from clarity.detectors.preprocess import network_input

_EXECUTION = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
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
        self._size = release.card.input.size
        streams = streams or len(os.sched_getaffinity(0))
        compiled = _compile(release, streams)
        self._logit, self._map = compiled.output("logit"), compiled.output("map")
        self._compiled = compiled
        self._streams = streams

    def predict(self, crops: np.ndarray) -> Prediction:
        """See `Detector.predict`. Safe to call from several threads at once."""
        import openvino

        inputs = network_input(crops, self.card.input)
        results: list[Any] = [None] * len(inputs)
        # a queue of its own for each call: the library's queue is not for several threads
        queue = openvino.AsyncInferQueue(self._compiled, min(self._streams, len(inputs)))
        queue.set_callback(lambda request, index: results.__setitem__(index, self._read(request)))
        for index, image in enumerate(inputs):
            queue.start_async({0: image[None]}, index)
        queue.wait_all()
        logits, maps = zip(*results, strict=True)
        return Prediction(np.concatenate(logits), np.concatenate(maps))

    def _read(self, request: Any) -> tuple[np.ndarray, np.ndarray]:
        # the request's tensors are overwritten by its next crop
        return (
            request.get_tensor(self._logit).data.copy(),
            request.get_tensor(self._map).data.copy(),
        )


def _compile(release: Release, streams: int) -> Any:
    import openvino

    model_path, weights_path = release.verified(*MODEL_FILES)
    core = openvino.Core()
    model = core.read_model(model_path, weights_path)
    size = release.card.input.size
    model.reshape([1, size, size, 3])
    properties = {
        "INFERENCE_PRECISION_HINT": _EXECUTION[release.card.precision],
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": streams,
        "ENABLE_CPU_PINNING": False,
        "CACHE_DIR": "",
    }
    return core.compile_model(model, "CPU", properties)
