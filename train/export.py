"""From trained parameters to a release folder: Keras twin -> OpenVINO IR -> card with digests.

    export_release(parameters, card_fields, folder, precision="int8", calibration_crops=crops)

Precisions: fp32; bf16 (weights stored as float16, executed in bfloat16); int8 (NNCF
post-training quantisation, calibrated on real face crops; the head stays float).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from clarity.detectors import artefact, parameters, registry
from clarity.detectors.card import Card
from clarity.detectors.preprocess import network_input
from clarity.detectors.runtimes.telemetry import quiet_openvino, telemetry_off
from clarity.errors import ClarityError

Precision = Literal["fp32", "bf16", "int8"]

CALIBRATION_CROPS = 300
AUC_TOLERANCE = 0.005

WORTH_ITS_SIZE = 0.9
"""fp32 must take less than this part of another's time: its files are twice as large, and on
processors without bfloat16 both are the same arithmetic."""


class CalibrationMissing(ClarityError):
    """int8 was asked for without faces to calibrate on."""

    status = 400
    code = "calibration-missing"
    hint = "Pass calibration_crops: some hundred aligned training crops, uint8 (N, 224, 224, 3)."


def export_release(
    values: Mapping[str, np.ndarray],
    card_fields: Mapping[str, Any],
    folder: Path,
    *,
    precision: Precision,
    calibration_crops: np.ndarray | None = None,
) -> Path:
    """Write a whole release.

    Args:
        values: parameters by flat name, from the Flax network or its Keras twin.
        card_fields: the fields of `Card` but `precision`; `digests` may name data, code and
            settings, those of the files are added.
        folder: the release's folder, not existing yet.
        precision: what is served on the CPU.
        calibration_crops: uint8 RGB (N, side, side, 3), for int8; training faces, both labels.

    Returns:
        The folder.

    Raises:
        CalibrationMissing: int8 without crops.
        ParameterMismatch: the parameters are another network's.
        ReleaseExists: the folder exists.
    """
    card = Card.model_validate({"digests": {}, **card_fields, "precision": precision})
    if precision == "int8" and (calibration_crops is None or not len(calibration_crops)):
        raise CalibrationMissing("int8 needs calibration crops.")
    # the model is made of what is stored, so that both runtimes hold the same network
    stored = parameters.compact(values)
    model = to_openvino(stored, card.name, card.input.size)
    if calibration_crops is not None and precision == "int8":
        model = quantise(model, network_input(calibration_crops, card.input))

    def fill(draft: Path) -> None:
        quiet_openvino().save_model(
            model, draft / "model.xml", compress_to_fp16=precision == "bf16"
        )
        parameters.write(stored, draft / artefact.PARAMETERS_FILE)

    return artefact.write(card, folder, fill).folder


def to_openvino(values: Mapping[str, np.ndarray], name: str, input_size: int) -> Any:
    """The network as an OpenVINO model: input [?, size, size, 3], outputs "logit" and "map"."""
    return _converted(values, name, input_size, shape=(None, input_size, input_size, 3))


def timing_model(values: Mapping[str, np.ndarray], measures: int) -> Any:
    """The detector of motion likewise: input [?, measures]."""
    return _converted(values, "timing", measures, shape=(None, measures))


def _converted(
    values: Mapping[str, np.ndarray], name: str, size: int, *, shape: tuple[int | None, ...]
) -> Any:
    import tensorflow as tf

    twin = registry.twin(name)
    with _full_precision():
        model = twin.build(size)
    twin.load_parameters(model, values)

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="crops")], autograph=False)
    def forward(crops: Any) -> dict[str, Any]:
        logit, cells = model(crops, training=False)
        return {"logit": logit, "map": cells}

    with telemetry_off():
        return quiet_openvino().convert_model(forward.get_concrete_function())


def quantise(model: Any, inputs: np.ndarray) -> Any:
    """int8 by NNCF post-training quantisation; everything after the last feature map stays float.

    Args:
        model: from `to_openvino`.
        inputs: network inputs, float32 (N, size, size, 3).
    """
    with telemetry_off():
        import nncf

        return nncf.quantize(
            model,
            nncf.Dataset([image[None] for image in inputs[:CALIBRATION_CROPS]]),
            subset_size=min(CALIBRATION_CROPS, len(inputs)),
            ignored_scope=nncf.IgnoredScope(patterns=[".*/head.*/.*"]),
        )


@contextmanager
def _full_precision() -> Iterator[None]:
    """Keras builds layers under a global policy, which training may have set to bfloat16."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def fastest_acceptable(auc: Mapping[str, float], milliseconds: Mapping[str, float]) -> str:
    """The fastest precision whose validation AUC is at most 0.005 below that of fp32.

    Args:
        auc: precision -> validation AUC, with "fp32".
        milliseconds: precision -> time a face.
    """
    floor = auc["fp32"] - AUC_TOLERANCE
    times = {**milliseconds, "fp32": milliseconds["fp32"] / WORTH_ITS_SIZE}
    return min((p for p in auc if auc[p] >= floor), key=times.__getitem__)
