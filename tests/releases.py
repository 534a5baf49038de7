"""Tiny releases: real OpenVINO models of three operations, for tests of what carries them."""

import json
from pathlib import Path

import numpy as np

from clarity.detectors import artefact
from clarity.detectors.card import Calibration, Card, InputSpec
from clarity.detectors.runtimes.telemetry import quiet_openvino

SIZE = 32


def write_release(
    root: Path,
    release: str,
    *,
    name: str = "xception",
    gain: float = 1.0,
    deploy: bool = False,
    slope: float = 1.0,
) -> Card:
    """Write a release of a detector whose logit is `gain` times the mean of its input.

    Args:
        root: folder of releases.
        release: its name.
        name: of the detector.
        gain: makes releases differ; not a number makes a broken one.
        slope: of its calibration.
        deploy: whether `deployed.json` is to name it.
    """
    card = Card(
        name=name,
        release=release,
        title="Brightness",
        technique="Looks at how bright the face is.",
        architecture="one mean",
        paper="none",
        licence="Apache-2.0",
        input=InputSpec(size=SIZE, mean=127.5, std=127.5),
        precision="fp32",
        calibration=Calibration(slope=slope),
        training_data=[],
        figures={},
        limits=["knows nothing of forgery"],
        digests={},
    )
    written = artefact.write(card, root / name / release, lambda to: _save(to, gain)).card
    if deploy:
        path = root / "deployed.json"
        deployed = json.loads(path.read_text()) if path.is_file() else {}
        path.write_text(json.dumps({**deployed, name: release}))
    return written


def _save(folder: Path, gain: float) -> None:
    openvino = quiet_openvino()
    ops = openvino.opset13

    image = ops.parameter([1, SIZE, SIZE, 3], np.float32, name="image")
    scaled = ops.multiply(image, np.float32(gain))
    cells = ops.reshape(scaled, np.array([1, 4, 8, 4, 8, 3]), special_zero=False)
    maps = ops.reduce_mean(cells, np.array([2, 4, 5]))
    logit = ops.reduce_mean(maps, np.array([1, 2]))
    maps.output(0).set_names({"map"})
    logit.output(0).set_names({"logit"})
    model = openvino.Model([logit, maps], [image], "brightness")
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
