"""Balanced, augmented batches: the part of the recipe that decides what is learnt.

Each batch holds as many real as forged faces of every family of sources, so that the look
of a source says nothing about the label. A part of the forged ones are self-blended reals.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from clarity.faces.align import CROP_MARGIN
from clarity.forgery.degrade import deliver
from clarity.forgery.self_blend import self_blend
from data.crops import STORED_MARGIN, STORED_SIZE
from train.crops import CropSet

FAMILIES = {
    "ffpp_deepfakes": "ffpp",
    "ffpp_faceswap": "ffpp",
    "ffpp_face2face": "ffpp",
    "ffpp_neuraltextures": "ffpp",
    "stylegan2_ffhq": "portraits",
    "stylegan2_hard": "portraits",
    "stylegan_crops": "portraits",
    "progan_celebahq": "portraits",
    "sd21": "portraits",
    "celebahq": "portraits",
    "all_age_faces": "portraits",
}
"""Sources that share their real faces; a source not named is its own family."""


@dataclass(frozen=True, slots=True)
class BatchRecipe:
    """How batches are drawn.

    Attributes:
        size: crops a batch, even.
        input_size: side of the network's input, pixels.
        self_blend: part of the forged crops that are self-blended, in [0, 1].
        delivery: strength of the delivery chain, in [0, 1].
        margins: range of the framing, in face sizes; serving uses `CROP_MARGIN`.
        manipulations: forged crops of these kinds only; empty for all.
        lone_reals: families without forged crops join in, each real with its self-blend.
    """

    size: int = 32
    input_size: int = 128
    self_blend: float = 0.2
    delivery: float = 0.8
    margins: tuple[float, float] = (1.0, 1.35)
    manipulations: tuple[str, ...] = ()
    lone_reals: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """`pixels` uint8 RGB (N, size, size, 3); `labels` float32 (N,), 1 = fake."""

    pixels: np.ndarray
    labels: np.ndarray


class BatchSource:
    """Endless batches of a split, reproducible from (seed, step)."""

    def __init__(
        self, crops: CropSet, recipe: BatchRecipe, *, indices: np.ndarray, seed: int
    ) -> None:
        self._crops, self._recipe, self._seed = crops, recipe, seed
        self._families = _families(crops, indices, recipe)
        sizes = np.array([len(real) + len(fake) for real, fake in self._families], float)
        self._weights = np.sqrt(sizes) / np.sqrt(sizes).sum()

    def batch(self, step: int) -> Batch:
        """The batch of a step; the same for the same seed and step, wherever it is drawn."""
        rng = np.random.default_rng((self._seed, step))
        pixels, labels = [], []
        for _ in range(self._recipe.size // 2):
            real, fake = self._families[rng.choice(len(self._families), p=self._weights)]
            original = int(rng.choice(real))
            pixels.append(self._view(original, rng, blended=False))
            blended = len(fake) == 0 or rng.random() < self._recipe.self_blend
            pixels.append(
                self._view(original if blended else int(rng.choice(fake)), rng, blended=blended)
            )
            labels += [0.0, 1.0]
        return Batch(np.stack(pixels), np.array(labels, np.float32))

    def stream(self, first_step: int, *, ahead: int = 6) -> Iterator[Batch]:
        """Batches from `first_step` on, drawn by a thread that keeps `ahead` ready.

        The thread ends with the iterator: close it or let go of it.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
            waiting = deque(thread.submit(self.batch, first_step + i) for i in range(ahead))
            step = first_step + ahead
            try:
                while True:
                    yield waiting.popleft().result()
                    waiting.append(thread.submit(self.batch, step))
                    step += 1
            finally:
                thread.shutdown(cancel_futures=True)

    def _view(self, index: int, rng: np.random.Generator, *, blended: bool) -> np.ndarray:
        stored = np.asarray(self._crops.pixels[index])
        if blended:
            stored = self_blend(stored, self._crops.landmarks[index], rng)
        view = _framed(stored, rng, self._recipe)
        if rng.random() < 0.5:
            view = np.ascontiguousarray(view[:, ::-1])
        return deliver(view, rng, strength=self._recipe.delivery)


def serving_view(stored: np.ndarray, size: int) -> np.ndarray:
    """The part of a stored crop that serving would see, uint8 (size, size, 3)."""
    side = STORED_SIZE * CROP_MARGIN / STORED_MARGIN
    return _cut(stored, side, (STORED_SIZE / 2, STORED_SIZE / 2), size)


def _framed(stored: np.ndarray, rng: np.random.Generator, recipe: BatchRecipe) -> np.ndarray:
    side = STORED_SIZE * rng.uniform(*recipe.margins) / STORED_MARGIN
    slack = min((STORED_SIZE - side) / 2, 0.06 * side)
    centre = STORED_SIZE / 2 + rng.uniform(-slack, slack, 2)
    return _cut(stored, side, (centre[0], centre[1]), recipe.input_size)


def _cut(stored: np.ndarray, side: float, centre: tuple[float, float], size: int) -> np.ndarray:
    left, top = round(centre[0] - side / 2), round(centre[1] - side / 2)
    window = stored[top : top + round(side), left : left + round(side)]
    return cv2.resize(window, (size, size), interpolation=cv2.INTER_AREA)


def _families(
    crops: CropSet, indices: np.ndarray, recipe: BatchRecipe
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(real, fake) indices of each family that has what the recipe needs."""
    found: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for index in indices:
        row = crops.rows[index]
        if row.fake and recipe.manipulations and row.manipulation not in recipe.manipulations:
            continue
        found[FAMILIES.get(row.source, row.source)][row.fake].append(int(index))
    return [
        (np.array(real), np.array(fake, int))
        for real, fake in found.values()
        if real and (fake or recipe.lone_reals)
    ]
