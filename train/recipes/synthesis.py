"""The specialist for faces that were made whole by a generator.

    python -m train adopt synthesis released --detector efficientnet_lite0
    python -m train fit synthesis

How specialists are made: train/specialists.py. Cost and result: docs/log.md.
"""

from train.specialists import description, network, phases

NETWORK = network("synthesis")
IMAGENET = NETWORK
FRESH = NETWORK

PHASES = phases(
    "synthesis",
    (
        ("upsampling", 0.15),
        ("autoencoder", 0.15),
        ("denoising", 0.1),
        ("replication", 0.05),
    ),
)

TEACHER: str | None = None

DESCRIPTION = description(
    "synthesis",
    title="Generated face",
    technique=(
        "Looks for what generators leave all over a face: texture that repeats, detail that up-"
        "sampling invented, noise that no camera makes."
    ),
    blind="Enlarged, denoised or heavily filtered photographs can look generated to it.",
)
