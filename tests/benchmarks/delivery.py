"""How many verdicts flip when faces are sent on, by several rules, and what looking costs.

    python -m tests.benchmarks.delivery --crops var/prepared/pool [--faces 300]
    python -m tests.benchmarks.delivery --scans-only

Faces of the validation split, as many real as forged, each judged as it is and after every
delivery of `clarity.scanner.delivery`, by the deployed detectors of faces one by one. For every
rule the share of real and of forged faces that it would make Suspicious, and what the labels were.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from clarity.detectors import registry
from clarity.detectors.contract import CROP_SIZE
from clarity.labels import FAKE_ABOVE, REAL_BELOW
from clarity.scanner.delivery import delivered
from clarity.scanner.pipeline import scan
from train.batches import serving_view
from train.crops import load_crops

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Levels (N,) and those of copies (N, deliveries) -> which flip, bool (N,).

Levels are 0 Real, 1 Suspicious, 2 Fake.
"""

RULES: dict[str, Rule] = {
    "any copy has another label": lambda own, copies: (copies != own[:, None]).any(1),
    "most copies have another label": lambda own, copies: (copies != own[:, None]).mean(1) > 0.5,
    "any copy has the opposite label (this one is in use)": lambda own, copies: (
        np.abs(copies - own[:, None]) == 2
    ).any(1),
    "most copies have the opposite label": lambda own, copies: (
        (np.abs(copies - own[:, None]) == 2).mean(1) > 0.5
    ),
}

EXAMPLES = Path("apps/scanner/examples")
ROUNDS = 7
"""Scans of each example, with and without copies by turns; medians are told."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crops", type=Path, default=Path("var/prepared/pool"))
    parser.add_argument("--faces", type=int, default=300)
    parser.add_argument("--scans-only", action="store_true", help="only what looking costs")
    options = parser.parse_args()
    _cost()
    if options.scans_only:
        return
    views, fake = _faces(options.crops, options.faces)
    print(f"{len(views)} validation faces, {int(fake.sum())} of them forged")
    copies = [delivered(view[None], moving=True).crops for view in views]
    pixels = np.stack([np.concatenate([*copy.values()]) for copy in copies])
    for name in registry.deployed():
        _table(name, views, pixels, tuple(copies[0]), fake)


def _cost() -> None:
    """Seconds of the whole scan of a picture and of a clip by the deployed detectors of faces."""
    panel = {name: registry.load(name) for name in registry.deployed()}
    for item in ("portrait.jpg", "clip.mp4"):
        times: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(ROUNDS):
            for deliveries, spent in times.items():
                began = time.perf_counter()
                report = scan(EXAMPLES / item, panel=panel, deliveries=deliveries).report
                spent.append(time.perf_counter() - began)
        plain, whole = (float(np.median(spent)) for spent in times.values())
        frames = report.people[0].frames_seen
        print(f"{item} ({frames} frames): {plain:.2f} s, with copies {whole:.2f} s")


def _faces(folder: Path, count: int) -> tuple[np.ndarray, np.ndarray]:
    """As many real as forged faces, spread over the validation split; and which are forged."""
    crops = load_crops(folder)
    own = crops.of_split("validation")
    chosen = np.concatenate(
        [
            part[np.linspace(0, len(part) - 1, min(len(part), count // 2)).astype(int)]
            for part in (own[~crops.fake[own]], own[crops.fake[own]])
        ]
    )
    views = np.stack([serving_view(crops.pixels[i], CROP_SIZE) for i in chosen])
    return views, crops.fake[chosen]


def _table(
    name: str, views: np.ndarray, copies: np.ndarray, deliveries: tuple[str, ...], fake: np.ndarray
) -> None:
    detector = registry.load(name)
    told = detector.card.calibration.probabilities
    own = told(detector.predict(views).logits)
    scores = told(detector.predict(copies.reshape(-1, *copies.shape[2:])).logits)
    scores = scores.reshape(len(views), -1)
    print(f"\n{name}")
    for copy, column in zip(deliveries, scores.T, strict=True):
        print(f"  {copy:10} moves the confidence by {np.abs(column - own).mean():.3f} in the mean")
    spread = np.ptp(np.column_stack([own, scores]), axis=1)
    quantiles = np.quantile(spread, (0.5, 0.9, 0.99))
    print("  spread: " + ", ".join(f"{value:.3f}" for value in quantiles) + " (50, 90, 99 %)")
    level, levels = _levels(own), _levels(scores)
    print(f"  {'':52}   real: Real Susp. Fake  forged: Real Susp. Fake   flips: real forged")
    print(f"  {'as it is':52} {_shares(level, fake)}")
    for title, rule in RULES.items():
        flipped = rule(level, levels)
        after = np.where(flipped, 1, level)
        changed = " ".join(f"{flipped[fake == forged].mean():.3f}" for forged in (False, True))
        print(f"  {title:52} {_shares(after, fake)}          {changed}")


def _levels(scores: np.ndarray) -> np.ndarray:
    return (scores >= REAL_BELOW).astype(int) + (scores > FAKE_ABOVE)


def _shares(level: np.ndarray, fake: np.ndarray) -> str:
    parts = [
        " ".join(f"{(level[fake == forged] == one).mean():5.3f}" for one in range(3))
        for forged in (False, True)
    ]
    return f"      {parts[0]}           {parts[1]}"


if __name__ == "__main__":
    main()
