"""EfficientNet-B4, distilled from the teacher on many more views than labels.

    python -m train fit efficientnet_lite0
    python -m train fit efficientnet_b4

With internet, `--imagenet` starts from the weights of `keras.applications` instead of a random
start. Lesson and views are those of `train/recipes/xception.py`.

Paper: Tan and Le 2019 (arXiv 1905.11946). Not trained yet: no cost and no result is known.
"""

from dataclasses import replace

from clarity.detectors.architectures import efficientnet_b4_keras
from train.initial.keras_applications import start_with
from train.loop import Schedule
from train.recipe import Network, Phase
from train.recipes.xception import VIEWS

NETWORK = Network(
    build=efficientnet_b4_keras.build,
    parameters=efficientnet_b4_keras.parameters,
    load_parameters=efficientnet_b4_keras.load_parameters,
    start=lambda model, folder: None,
    mean=efficientnet_b4_keras.MEAN,
    std=efficientnet_b4_keras.STD,
    hints_at=("block3a_expand_conv", "block4a_expand_conv", "block6a_expand_conv", "head"),
    detector="efficientnet_b4",
)

IMAGENET = replace(NETWORK, start=start_with(efficientnet_b4_keras))
FRESH = NETWORK
"""Where leave-one-source-out runs start: it has seen no face of the set."""

PHASES = [
    Phase(
        "b4-96",
        VIEWS,
        Schedule(steps=1100, peak_rate=1e-3, warmup=60, average=0.995),
        input_size=96,
    ),
]

TEACHER: str | None = "efficientnet_lite0"
