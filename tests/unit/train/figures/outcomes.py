"""What Clarity might have said of items, made up."""

import numpy as np

from train.evaluate import Outcome


def outcome(number, label, score, source):
    return Outcome(
        path=str(number),
        label=label,
        manipulation="face_swap" if label else "none",
        source=source,
        group=f"person {number // 3}",
        scores={} if score is None else {"xception": score},
        confidence=score,
        verdict="real",
        reason="",
        faces=2,
        detector_seconds=0.02,
        watt_hours=0.001,
        gco2e=0.0001,
    )


def outcomes(count, *, noise=0.25, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    scores = np.clip(0.3 + 0.4 * labels + noise * rng.standard_normal(count), 0.01, 0.99)
    return [
        outcome(n, int(label), float(score), "lone" if label and n % 5 == 0 else "paired")
        for n, (label, score) in enumerate(zip(labels, scores, strict=True))
    ]
