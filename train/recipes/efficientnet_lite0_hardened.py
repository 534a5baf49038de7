"""EfficientNet-Lite0 hardened: the released generalist goes on, half of every batch attacked.

    python -m train adopt efficientnet_lite0_hardened released
    python -m train fit efficientnet_lite0_hardened

Paper: Madry et al. 2018 (arXiv 1706.06083), by the single step of Wong et al. 2020 (arXiv
2001.03994). Cost: one and a half times the images of a clean run. Result: not trained yet; the
bar is `python -m train promote` and the attack table of docs/log.md.
"""

from dataclasses import replace

from train.adversarial import Adversarial
from train.recipe import Phase
from train.recipes import efficientnet_lite0

NETWORK = efficientnet_lite0.NETWORK

_LAST = efficientnet_lite0.PHASES[-1]

PHASES = [
    replace(_LAST, name="released"),
    Phase(
        "hardened",
        _LAST.batches,
        replace(
            _LAST.schedule,
            steps=3000,
            peak_rate=5e-5,
            adversarial=Adversarial(epsilon=2.0, steps=1, share=0.5),
        ),
        input_size=_LAST.input_size,
    ),
]

TEACHER: str | None = None
IMAGENET = NETWORK
FRESH = NETWORK
DESCRIPTION = efficientnet_lite0.DESCRIPTION
