"""The generalist: Xception, distilled from the teacher on many more views than labels.

    python -m train fit teacher --crops var/crops/pool
    python -m train fit xception --crops var/crops/pool

With internet, `--imagenet` starts from the weights of `keras.applications` instead of a
random start. The student learns the labels, the teacher's soft labels and, through a linear
bridge, its last feature map (FitNets, arXiv 1412.6550); low resolution first, then higher.

Paper: Chollet 2017 (arXiv 1610.02357). Cost and result: docs/log.md.
"""

from clarity.detectors.architectures import xception_keras
from train.batches import BatchRecipe
from train.loop import Schedule
from train.recipe import Network, Phase

NETWORK = Network(
    build=xception_keras.build,
    parameters=xception_keras.parameters,
    load_parameters=xception_keras.load_parameters,
    start=lambda model, folder: None,
    mean=127.5,
    std=127.5,
    precision="mixed_bfloat16",
)

PHASES = [
    Phase(
        "xception-96",
        BatchRecipe(size=32, input_size=96),
        Schedule(steps=2000, peak_rate=1e-3, warmup=100),
    ),
    Phase(
        "xception-128",
        BatchRecipe(size=32, input_size=128),
        Schedule(steps=1000, peak_rate=4e-4, warmup=50),
    ),
]

TEACHER: str | None = "teacher"
