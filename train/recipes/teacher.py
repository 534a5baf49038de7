"""The teacher: EfficientNet-Lite0 from ImageNet weights, fine-tuned on all manipulations.

    python -m train fit teacher --crops var/crops/pool

Paper: Tan and Le 2019 (arXiv 1905.11946); self-blended images, arXiv 2204.08376.
Cost and result: docs/log.md.
"""

from train.batches import BatchRecipe
from train.loop import Schedule
from train.recipe import Network, Phase
from train.teachers import efficientnet_lite0

NETWORK = Network(
    build=efficientnet_lite0.build,
    parameters=efficientnet_lite0.parameters,
    load_parameters=efficientnet_lite0.load_parameters,
    start=efficientnet_lite0.load_imagenet,
    mean=efficientnet_lite0.MEAN,
    std=efficientnet_lite0.STD,
    hints_at=("block3_expand", "block5_expand", "block11_expand", "head"),
)

PHASES = [
    Phase(
        "teacher-128",
        BatchRecipe(size=32, input_size=128, self_blend=0.1, delivery=0.4),
        Schedule(steps=2000, peak_rate=1e-4, warmup=100, report_every=100),
        input_size=128,
    ),
    Phase(
        "teacher-128-again",
        BatchRecipe(size=32, input_size=128, self_blend=0.1, delivery=0.4),
        Schedule(steps=900, peak_rate=1.5e-4, warmup=50, report_every=100),
        input_size=128,
    ),
]

TEACHER: str | None = None
IMAGENET = NETWORK
