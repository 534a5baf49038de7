"""VGG-16 from ImageNet weights, on all manipulations, with many forged faces among the fakes.

    python -m train fit vgg16

A network of another family than the generalist, four times its size in arithmetic: it errs on
other faces. Its dense convolutions run in bfloat16, four times faster where the processor has
matrix units (docs/log.md).

Paper: Simonyan and Zisserman 2015 (arXiv 1409.1556); self-blended images, arXiv 2204.08376.
Cost and result: docs/log.md.
"""

from dataclasses import replace

from clarity.detectors.architectures import vgg16_keras
from train.batches import BatchRecipe
from train.initial.vgg16 import load_imagenet
from train.loop import Schedule
from train.recipe import Network, Phase
from train.recipes import efficientnet_lite0

NETWORK = Network(
    build=vgg16_keras.build,
    parameters=vgg16_keras.parameters,
    load_parameters=vgg16_keras.load_parameters,
    start=load_imagenet,
    mean=vgg16_keras.MEAN,
    std=vgg16_keras.STD,
    precision="mixed_bfloat16",
    mirrored=True,
    hints_at=("block3_conv1", "block4_conv1", "block5_conv1", "head"),
    detector="vgg16",
)

PHASES = [
    Phase(
        "112-start",
        BatchRecipe(size=32, input_size=112, forged=(("self_blend", 0.1),), delivery=0.4),
        Schedule(steps=3500, peak_rate=5e-5, warmup=100, report_every=50),
        input_size=112,
    ),
    Phase(
        "144-forged",
        BatchRecipe(
            size=32,
            input_size=144,
            forged=(
                ("self_blend", 0.15),
                ("face_swap", 0.05),
                ("mouth_swap", 0.03),
                ("expression", 0.03),
                ("upsampling", 0.03),
                ("autoencoder", 0.03),
            ),
            delivery=0.6,
        ),
        Schedule(steps=1500, peak_rate=5e-5, warmup=50, report_every=50),
        input_size=144,
    ),
    Phase(
        "144-more",
        BatchRecipe(size=32, input_size=144, forged=(("self_blend", 0.15),), delivery=0.6),
        Schedule(steps=8000, peak_rate=5e-5, warmup=100, report_every=100),
        input_size=144,
    ),
]

TEACHER: str | None = None
IMAGENET = NETWORK
FRESH = NETWORK
"""Where leave-one-source-out runs start: it has seen no face of the set."""

# it has the same limits as the other network that judges single frames
DESCRIPTION = replace(
    efficientnet_lite0.DESCRIPTION,
    name="vgg16",
    title="Second opinion",
    technique=(
        "Looks at one face at a time, in colour, through a network of another family than the "
        "generalist's: plain layers of small filters, which read texture and edges closely."
    ),
    architecture="VGG-16 without its last pool, global average pooling, one unit; a map of where",
    paper="Simonyan and Zisserman 2015, arXiv 1409.1556",
    licence="BSD-3-Clause (initial weights: torchvision); trained on media under research terms",
)
