"""Balanced, augmented batches: the part of the recipe that decides what is learnt.

Each batch holds as many real as forged faces of every family of sources, so that the look
of a source says nothing about the label. A part of the forged ones are made here, of reals.
"""

from collections import defaultdict, deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from clarity.errors import ClarityError
from clarity.faces.align import CROP_MARGIN
from clarity.forgery import registry
from clarity.forgery.contract import Forgery
from clarity.forgery.degrade import deliver
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

PLACES = 24
"""Cells a side in which `Batch.places` tells where a face was changed; maps have fewer."""

UNCHANGED = np.zeros((STORED_SIZE, STORED_SIZE), np.float32)
"""Where a real face was changed."""


class ShareUneven(ClarityError):
    code = "share-uneven"
    hint = "Choose a batch size that is a multiple of twice the number of processes."


@dataclass(frozen=True, slots=True)
class BatchRecipe:
    """How batches are drawn.

    Attributes:
        size: crops a batch, even.
        input_size: side of the network's input, pixels.
        forged: (kind, share): parts of the forged crops that are made of real ones on the way,
            by kinds of `clarity.forgery.registry`; the shares sum to at most 1.
        delivery: strength of the delivery chain, in [0, 1].
        margins: range of the framing, in face sizes; serving uses `CROP_MARGIN`.
        manipulations: forged crops of these kinds only; empty for all.
        lone_reals: families without forged crops join in, with forgeries of their own alone.
    """

    size: int = 32
    input_size: int = 128
    forged: tuple[tuple[str, float], ...] = (("self_blend", 0.2),)
    delivery: float = 0.8
    margins: tuple[float, float] = (1.0, 1.35)
    manipulations: tuple[str, ...] = ()
    lone_reals: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Faces, what they are, and where they were changed.

    Attributes:
        pixels: uint8 RGB (N, size, size, 3).
        labels: float32 (N,), 1 = fake.
        places: float32 (N, PLACES, PLACES) in [0, 1]: how far a forgery made on the way replaced
            each cell of the view. All 0 for reals, and for forged crops of the set, whose places
            nobody knows.
    """

    pixels: np.ndarray
    labels: np.ndarray
    places: np.ndarray


class BatchSource:
    """Endless batches of a split, reproducible from (seed, step)."""

    def __init__(
        self,
        crops: CropSet,
        recipe: BatchRecipe,
        *,
        indices: np.ndarray,
        seed: int,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """Args:
            crops: the prepared set.
            indices: the crops of it that may be drawn.
            seed: of the draws.
            share: (number, of how many): of several processes each draws its own share of
                every batch, `recipe.size` crops together.

        Raises:
            UnknownForgery: the recipe names a kind that is not there.
            ShareUneven: the batch does not divide into pairs for all shares.
        """
        if recipe.size % (2 * share[1]):
            raise ShareUneven(f"A batch of {recipe.size} does not divide among {share[1]} shares.")
        for kind, _ in recipe.forged:
            registry.entry(kind)  # an unknown one is told at once, not by the batches' thread
        self._crops, self._recipe, self._seed, self._share = crops, recipe, seed, share
        self._families = _families(crops, indices, recipe)
        sizes = np.array([len(real) + len(fake) for real, fake in self._families], float)
        self._weights = np.sqrt(sizes) / np.sqrt(sizes).sum()

    def batch(self, step: int) -> Batch:
        """The batch of a step; the same for the same seed and step, wherever it is drawn."""
        number, shares = self._share
        key = (self._seed, step) if shares == 1 else (self._seed, step, number, shares)
        rng = np.random.default_rng(key)
        views, labels = [], []
        for _ in range(self._recipe.size // 2 // shares):
            real, fake = self._families[rng.choice(len(self._families), p=self._weights)]
            original = int(rng.choice(real))
            views.append(self._view(self._stored(original), UNCHANGED, rng))
            kind = self._kind(rng, alone=len(fake) == 0)
            if kind:
                forgery = self._forged(kind, original, real, rng)
                views.append(self._view(forgery.pixels, forgery.mask, rng))
            else:
                views.append(self._view(self._stored(int(rng.choice(fake))), UNCHANGED, rng))
            labels += [0.0, 1.0]
        pixels, places = zip(*views, strict=True)
        return Batch(np.stack(pixels), np.array(labels, np.float32), np.stack(places))

    def stream(self, first_step: int, *, ahead: int = 6) -> Generator[Batch]:
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

    def _kind(self, rng: np.random.Generator, *, alone: bool) -> str | None:
        """The forgery to make; None for a forged crop of the set, which `alone` rules out."""
        kinds = [kind for kind, _ in self._recipe.forged]
        bounds = np.cumsum([share for _, share in self._recipe.forged])
        place = rng.random() * (bounds[-1] if alone else 1.0) if kinds else 1.0
        chosen = int(np.searchsorted(bounds, place, side="right"))
        return kinds[chosen] if chosen < len(kinds) else None

    def _forged(
        self, kind: str, original: int, reals: np.ndarray, rng: np.random.Generator
    ) -> Forgery:
        """A forgery of a real crop, together with another person's of its family if need be."""
        face = self._crops.face(original)
        if "other" not in registry.entry(kind).needs:
            return registry.forge(kind, rng, face=face)
        other = self._crops.face(self._stranger(original, reals, rng))
        return registry.forge(kind, rng, face=face, other=other)

    def _stranger(self, original: int, reals: np.ndarray, rng: np.random.Generator) -> int:
        """A real crop of another group; of the same one where a few draws find no other."""
        for _ in range(8):
            drawn = int(rng.choice(reals))
            if self._crops.rows[drawn].group != self._crops.rows[original].group:
                break
        return drawn

    def _stored(self, index: int) -> np.ndarray:
        return np.asarray(self._crops.pixels[index])

    def _view(
        self, stored: np.ndarray, changed: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """A stored crop as a network sees it, and where it was changed in the same framing."""
        framing = _Framing.drawn(rng, self._recipe)
        view = framing.of(stored, self._recipe.input_size)
        return deliver(view, rng, strength=self._recipe.delivery), framing.of(changed, PLACES)


def serving_view(stored: np.ndarray, size: int) -> np.ndarray:
    """The part of a stored crop that serving would see, uint8 (size, size, 3)."""
    side = STORED_SIZE * CROP_MARGIN / STORED_MARGIN
    return _cut(stored, side, (STORED_SIZE / 2, STORED_SIZE / 2), size)


@dataclass(frozen=True, slots=True)
class _Framing:
    """A window of a stored crop, perhaps seen in a mirror; lengths in stored pixels."""

    side: float
    centre: tuple[float, float]
    mirrored: bool

    @classmethod
    def drawn(cls, rng: np.random.Generator, recipe: BatchRecipe) -> "_Framing":
        side = STORED_SIZE * rng.uniform(*recipe.margins) / STORED_MARGIN
        slack = min((STORED_SIZE - side) / 2, 0.06 * side)
        centre = STORED_SIZE / 2 + rng.uniform(-slack, slack, 2)
        return cls(side, (centre[0], centre[1]), rng.random() < 0.5)

    def of(self, picture: np.ndarray, size: int) -> np.ndarray:
        view = _cut(picture, self.side, self.centre, size)
        return np.ascontiguousarray(view[:, ::-1]) if self.mirrored else view


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
        if real and (fake or (recipe.lone_reals and sum(share for _, share in recipe.forged)))
    ]
