"""Milliseconds per crop of every forgery and of the delivery chain, on one core.

    python -m tests.benchmarks.forge [--rounds 40]

Processor time of the process, so that a busy machine counts little; 256 px crops of a
public-domain portrait.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from clarity.forgery import degrade, overlays, registry
from clarity.forgery.contract import RealFace
from clarity.forgery.sheet import second_person
from clarity.media import codecs
from train.shown_faces import portrait

Work = Callable[[np.random.Generator], object]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    face = portrait()
    works = {**forgeries(face), **deliveries(face.pixels)}
    print("| what | median ms | mean ms | longest ms |\n|---|---:|---:|---:|")
    for name, work in works.items():
        taken = [milliseconds(work, seed) for seed in range(-1, options.rounds)][1:]
        print(
            f"| {name} | {statistics.median(taken):.1f} | {statistics.mean(taken):.1f} "
            f"| {max(taken):.1f} |"
        )


def forgeries(face: RealFace) -> dict[str, Work]:
    """Every forged still."""
    other = second_person(face)
    return {
        kind: lambda rng, kind=kind: registry.forge(kind, rng, face=face, other=other)
        for kind in registry.kinds()
    }


def deliveries(picture: np.ndarray) -> dict[str, Work]:
    """The whole chain and its dear or new steps alone."""
    return {
        "deliver": lambda rng: degrade.deliver(picture, rng),
        "jpeg": lambda rng: codecs.jpeg(picture, 75),
        "webp": lambda rng: codecs.webp(picture, 75),
        "avif": lambda rng: codecs.avif(picture, 60),
        "h264, one frame": lambda rng: codecs.h264([picture], 28),
        "overlay": lambda rng: overlays.overlay(picture, rng),
        "screenshot": lambda rng: overlays.screenshot(picture, rng),
    }


def milliseconds(work: Work, seed: int) -> float:
    """Processor time of one call; a negative seed stands for a call to warm up."""
    rng = np.random.default_rng(abs(seed))
    began = time.process_time()
    work(rng)
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main()
