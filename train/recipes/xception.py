"""The generalist: Xception, distilled from the teacher on many more views than labels.

    python -m train fit efficientnet_lite0
    python -m train fit xception

With internet, `--imagenet` starts from the weights of `keras.applications` instead of a
random start. The student learns the labels, the teacher's soft labels and, through a linear
bridge, four of its feature maps (FitNets, arXiv 1412.6550); low resolution first, then higher.

Paper: Chollet 2017 (arXiv 1610.02357). Cost and result: docs/log.md.
"""

from dataclasses import replace

from clarity.detectors.architectures import xception_keras
from train.batches import BatchRecipe
from train.initial.keras_applications import start_with
from train.loop import Schedule
from train.recipe import Network, Phase
from train.recipes import efficientnet_lite0

NETWORK = Network(
    build=xception_keras.build,
    parameters=xception_keras.parameters,
    load_parameters=xception_keras.load_parameters,
    start=lambda model, folder: None,
    mean=127.5,
    std=127.5,
    precision="mixed_bfloat16",
    hints_at=("block3_sepconv1_act", "block4_sepconv1_act", "block9_sepconv1_act", "head"),
    detector="xception",
)

IMAGENET = replace(NETWORK, start=start_with(xception_keras))
FRESH = NETWORK

VIEWS = BatchRecipe(size=32, input_size=128, forged=(("self_blend", 0.1),), delivery=0.4)

PHASES = [
    Phase(
        "xception-96",
        VIEWS,
        Schedule(steps=1100, peak_rate=1e-3, warmup=60, average=0.995),
        input_size=96,
    ),
]

TEACHER: str | None = "efficientnet_lite0"

# in words it looks at the same things, with the same limits, as its teacher
DESCRIPTION = replace(
    efficientnet_lite0.DESCRIPTION,
    name="xception",
    architecture="Xception, global average pooling, one unit; a map of where comes with it",
    paper="Chollet 2017, arXiv 1610.02357",
)
