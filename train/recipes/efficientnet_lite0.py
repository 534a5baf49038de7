"""EfficientNet-Lite0 from ImageNet weights, fine-tuned on all manipulations.

    python -m train fit efficientnet_lite0

The first generalist, and the teacher of those that have no initial weights.

Paper: Tan and Le 2019 (arXiv 1905.11946); self-blended images, arXiv 2204.08376.
Cost and result: docs/log.md.
"""

from clarity.detectors.architectures import efficientnet_lite0_keras
from train.batches import BatchRecipe
from train.initial.efficientnet_lite0 import load_imagenet
from train.loop import Schedule
from train.recipe import Network, Phase
from train.release import Description
from train.search import Between, OneOf

NETWORK = Network(
    build=efficientnet_lite0_keras.build,
    parameters=efficientnet_lite0_keras.parameters,
    load_parameters=efficientnet_lite0_keras.load_parameters,
    start=load_imagenet,
    mean=efficientnet_lite0_keras.MEAN,
    std=efficientnet_lite0_keras.STD,
    mirrored=True,
    framings=(1.0, 0.83),
    hints_at=("block3_expand", "block5_expand", "block11_expand", "head"),
    detector="efficientnet_lite0",
)

PHASES = [
    Phase(
        "128-start",
        BatchRecipe(size=32, input_size=128, forged=(("self_blend", 0.1),), delivery=0.4),
        Schedule(steps=2000, peak_rate=1e-4, warmup=100, report_every=100),
        input_size=128,
    ),
    Phase(
        "128-more",
        BatchRecipe(size=32, input_size=128, forged=(("self_blend", 0.1),), delivery=0.4),
        Schedule(steps=900, peak_rate=1.5e-4, warmup=50, report_every=100),
        input_size=128,
    ),
    Phase(
        "160",
        BatchRecipe(size=32, input_size=160, forged=(("self_blend", 0.1),), delivery=0.4),
        Schedule(steps=2200, peak_rate=1.5e-4, warmup=50, report_every=100),
        input_size=160,
    ),
    Phase(
        "160-hard",
        BatchRecipe(size=32, input_size=160, forged=(("self_blend", 0.15),), delivery=0.6),
        Schedule(steps=5000, peak_rate=1.5e-4, warmup=100, report_every=100),
        input_size=160,
    ),
    Phase(
        "160-forged",
        BatchRecipe(
            size=32,
            input_size=160,
            forged=(
                ("self_blend", 0.15),
                ("face_swap", 0.06),
                ("mouth_swap", 0.03),
                ("expression", 0.03),
                ("upsampling", 0.03),
                ("autoencoder", 0.03),
            ),
            delivery=0.7,
        ),
        Schedule(steps=3300, peak_rate=1.2e-4, warmup=100, report_every=100),
        input_size=160,
    ),
    Phase(
        "192",
        BatchRecipe(
            size=32,
            input_size=192,
            forged=(
                ("self_blend", 0.15),
                ("face_swap", 0.04),
                ("mouth_swap", 0.02),
                ("expression", 0.02),
                ("upsampling", 0.02),
                ("autoencoder", 0.02),
            ),
            delivery=0.6,
        ),
        Schedule(steps=5000, peak_rate=1.2e-4, warmup=100, report_every=100),
        input_size=192,
    ),
    Phase(
        "192-more",
        BatchRecipe(
            size=32,
            input_size=192,
            forged=(
                ("self_blend", 0.15),
                ("face_swap", 0.04),
                ("mouth_swap", 0.03),
                ("expression", 0.02),
                ("upsampling", 0.03),
                ("autoencoder", 0.03),
            ),
            delivery=0.7,
        ),
        Schedule(steps=3300, peak_rate=1e-4, warmup=100, report_every=100),
        input_size=192,
    ),
    Phase(
        "192-placed",
        BatchRecipe(
            size=32,
            input_size=192,
            forged=(
                ("self_blend", 0.18),
                ("face_swap", 0.05),
                ("mouth_blend", 0.03),
                ("mouth_swap", 0.03),
                ("mouth_move", 0.03),
                ("expression", 0.03),
                ("head_turn", 0.02),
                ("upsampling", 0.02),
                ("autoencoder", 0.02),
            ),
            delivery=0.6,
        ),
        Schedule(steps=3000, peak_rate=1e-4, warmup=100, report_every=100, placed=0.2),
        input_size=192,
    ),
]

SEARCH = {
    "schedule.peak_rate": Between(3e-5, 2e-3, log=True),
    "schedule.weight_decay": OneOf((0.0, 0.02, 0.1)),
    "schedule.label_smoothing": OneOf((0.0, 0.06, 0.12)),
    "batches.delivery": Between(0.2, 0.8),
}
"""What `python -m train tune efficientnet_lite0` tries."""

TEACHER: str | None = None
IMAGENET = NETWORK
FRESH = NETWORK
"""Where leave-one-source-out runs start: it has seen no face of the set."""

DESCRIPTION = Description(
    name="efficientnet_lite0",
    title="Generalist",
    technique=(
        "Looks at one face at a time, in colour, for traces of every kind of manipulation: seams "
        "of blending, texture that a generator smoothed or repeated, light that does not fit."
    ),
    architecture="EfficientNet-Lite0, global average pooling, one unit; a map of where",
    paper="Tan and Le 2019, arXiv 1905.11946",
    licence="Apache-2.0 (code and weights); trained on media under research terms",
    limits=[
        "It was trained on few generators; of others it sees less, and may see nothing.",
        "It judges single frames: forgeries that only time betrays, such as good lip-sync, "
        "are out of its reach.",
        "Strong compression, darkness, profile views and faces below 100 pixels weaken it.",
        "Retouched and heavily filtered real photographs can look forged to it.",
    ],
)
