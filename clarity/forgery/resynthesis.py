"""Traces of generators: what is left when pixels come out of a network instead of a lens.

Every function takes uint8 RGB (h, w, 3) and gives uint8 RGB of the same shape. None of them
is trained: filters are drawn, or fitted to the picture itself.
"""

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from clarity.forgery.contract import Parameters

PATCH = 8
STRIDE = 4
NOTHING: np.ndarray = np.empty(0, np.float32)


def upsample(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Shrink and enlarge as decoders do: local pixels depend on each other afterwards.

    Nearest, bilinear, transposed convolution or sub-pixel shuffle, each with a drawn filter.
    Tan et al. 2024 (NPR, arXiv 2312.10461); checkerboards: Odena et al. 2016.
    """
    way = str(rng.choice(list(UPSAMPLERS)))
    factor = int(rng.choice([2, 2, 2, 4]))
    height, width = picture.shape[:2]
    small = cv2.resize(
        picture.astype(np.float32),
        (-(-width // factor), -(-height // factor)),
        interpolation=cv2.INTER_AREA,
    )
    small = _sharper(small, rng.uniform(0.0, 0.7))
    while factor > 1:
        small = _doubled(small, way, rng)
        factor //= 2
    enlarged = small[:height, :width]
    kept = rng.uniform(0.0, 0.35)
    detail = picture.astype(np.float32) - cv2.GaussianBlur(picture, (0, 0), 1.0)
    return _bytes(enlarged + kept * detail), {"upsampling": way, "detail": float(kept)}


def autoencode(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Through a linear autoencoder: principal components of the picture's own patches.

    Patches of 8 px every 4 px are encoded by few components and decoded by overlapping
    addition, a transposed convolution; its rim weights are drawn, so the overlap is uneven.
    """
    components = int(rng.integers(10, 42))
    padded = cv2.copyMakeBorder(
        picture, PATCH, 2 * PATCH, PATCH, 2 * PATCH, cv2.BORDER_REFLECT_101
    ).astype(np.float32)
    windows = sliding_window_view(padded, (PATCH, PATCH), (0, 1))[::STRIDE, ::STRIDE]
    rows, columns = windows.shape[:2]
    patches = windows.reshape(rows * columns, -1)
    mean = patches.mean(0)
    patches = patches - mean
    basis = _principal(patches[:: max(1, len(patches) // 1024)], components, rng)
    code = _product(patches, basis)
    code += rng.standard_normal(code.shape, np.float32) * code.std(0) * rng.uniform(0.0, 0.04)
    decoded = _product(code, basis.T) + mean
    unevenness = float(rng.uniform(0.0, 0.025))
    blocks = decoded.reshape(rows, columns, 3, PATCH, PATCH)
    whole = _overlapped(blocks, padded.shape, unevenness)
    height, width = picture.shape[:2]
    inside = whole[PATCH : PATCH + height, PATCH : PATCH + width]
    return _bytes(inside), {"components": components, "unevenness": unevenness}


def replicate(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Copies of the spectrum at high frequencies, and peaks on the grid of the up-sampler.

    AutoGAN: Zhang, Karaman, Chang 2019 (arXiv 1907.06515); peaks: Frank et al. 2020
    (arXiv 2003.08685).
    """
    factor = int(rng.choice([2, 4]))
    strength = float(rng.uniform(0.03, 0.15))
    height, width = picture.shape[:2]
    base = picture.astype(np.float32)
    comb = np.zeros((height, width), np.float32)
    comb[rng.integers(factor) :: factor, rng.integers(factor) :: factor] = factor * factor
    # zeros put between samples copy the spectrum: the comb's modulation is that operation
    copies: np.ndarray = (base - cv2.GaussianBlur(base, (0, 0), 6)) * (comb - 1)[..., None]
    copies = cv2.GaussianBlur(copies, (0, 0), rng.uniform(0.4, 0.7))
    peaks = _peaks((height, width), rng)[..., None] * rng.uniform(0.5, 1.0, 3).astype(np.float32)
    soft = cv2.GaussianBlur(base, (0, 0), rng.uniform(0.4, 0.9))
    return _bytes(soft + strength * copies + peaks), {"copies": factor, "strength": strength}


def denoise(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Parameters]:
    """Noise added and taken away again, as diffusion does, then decoded from a coarse grid.

    Fine bands are shrunk towards zero (Donoho 1995) after noise of their own was added: real
    grain goes, plausible texture without a sensor stays. Corvi et al. 2023 (arXiv 2211.00680)
    show the smooth residual that this leaves.
    """
    sigma = float(rng.uniform(4, 16))
    noisy = picture + rng.standard_normal(picture.shape, np.float32) * np.float32(sigma)
    levels: list[np.ndarray] = []
    coarse: np.ndarray = noisy
    for _ in range(3):
        lower = cv2.pyrDown(coarse)
        levels.append(coarse - cv2.pyrUp(lower, dstsize=coarse.shape[1::-1]))
        coarse = lower
    gain = rng.uniform(1.0, 1.5)
    for number, band in reversed(list(enumerate(levels))):
        threshold = sigma * rng.uniform(0.7, 1.1) / 2**number
        kept = np.sign(band) * np.maximum(np.abs(band) - threshold, 0) * gain
        coarse = cv2.pyrUp(coarse, dstsize=band.shape[1::-1]) + kept
    return _bytes(coarse), {"sigma": sigma, "gain": float(gain)}


WAYS = {
    "upsampling": upsample,
    "autoencoder": autoencode,
    "replication": replicate,
    "denoising": denoise,
}


def regenerate(
    picture: np.ndarray, rng: np.random.Generator, *, ways: tuple[str, ...] = tuple(WAYS)
) -> tuple[np.ndarray, Parameters]:
    """One of the above, drawn."""
    way = str(rng.choice(ways))
    made, parameters = WAYS[way](picture, rng)
    return made, {"generator": way, **parameters}


def _principal(patches: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """An orthonormal basis of about the `count` strongest components, float32 (192, count).

    Subspace iteration (Halko et al. 2011): two rounds are enough, for nobody needs the exact
    eigenvectors.
    """
    covariance = cv2.mulTransposed(np.ascontiguousarray(patches), True)
    basis = rng.standard_normal((patches.shape[1], count), np.float32)
    for _ in range(2):
        basis = np.linalg.qr(_product(covariance, basis))[0].astype(np.float32)
    return basis


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix product on this thread: NumPy's would wake a pool that fights with training."""
    return cv2.gemm(np.ascontiguousarray(left), np.ascontiguousarray(right), 1, NOTHING, 0)


def _doubled(small: np.ndarray, way: str, rng: np.random.Generator) -> np.ndarray:
    """Twice the size, float32, by an up-sampler with a drawn filter.

    Padded first, so that filters see no border.
    """
    rim = 4
    small = cv2.copyMakeBorder(small, rim, rim, rim, rim, cv2.BORDER_REFLECT_101)
    large = UPSAMPLERS[way](small, rng)
    return large[2 * rim : -2 * rim, 2 * rim : -2 * rim]


def _nearest(small: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    large = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    return cv2.filter2D(large, -1, _filter(rng, 3, 0.1))


def _bilinear(small: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    large = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    return cv2.filter2D(large, -1, _sharpening(rng))


def _transposed(small: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Zeros between the samples, then a 4x4 filter: one 2x2 filter for each of four phases."""
    kernel = _filter(rng, 4, 0.1)
    for y in range(2):
        for x in range(2):
            # phases that do not sum to one alike are the checkerboard
            kernel[y::2, x::2] *= (1 + rng.normal(0, 0.008)) / kernel[y::2, x::2].sum()
    spread = np.zeros((2 * small.shape[0], 2 * small.shape[1], 3), np.float32)
    spread[::2, ::2] = small
    return cv2.filter2D(spread, -1, kernel)


def _shuffled(small: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sub-pixel convolution: each of four phases has a filter of its own (Shi et al. 2016)."""
    large = np.empty((2 * small.shape[0], 2 * small.shape[1], 3), np.float32)
    for y in range(2):
        for x in range(2):
            kernel = 0.1 * _filter(rng, 3, 0.3)
            # a pixel of a phase lies a quarter of a sample beside the sample's middle
            line_y, line_x = ((1, 3, 0), (0, 3, 1))[y], ((1, 3, 0), (0, 3, 1))[x]
            kernel += np.outer(line_y, line_x).astype(np.float32) / 16
            kernel *= (1 + rng.normal(0, 0.008)) / kernel.sum()
            large[y::2, x::2] = cv2.filter2D(small, -1, kernel)
    return large


UPSAMPLERS = {
    "nearest": _nearest,
    "bilinear": _bilinear,
    "transposed": _transposed,
    "shuffle": _shuffled,
}


def _filter(rng: np.random.Generator, size: int, spread: float) -> np.ndarray:
    """A low-pass filter with drawn irregularities, float32 (size, size), summing to 1."""
    line = {3: np.array([1, 2, 1]), 4: np.array([1, 3, 3, 1])}[size]
    kernel = np.outer(line, line) / line.sum() ** 2
    kernel = kernel * (1 + rng.normal(0, spread, kernel.shape))
    return (kernel / kernel.sum()).astype(np.float32)


def _sharpening(rng: np.random.Generator) -> np.ndarray:
    amount = rng.uniform(0.0, 0.8)
    kernel = -amount * _filter(rng, 3, 0.1)
    kernel[1, 1] += 1 + amount
    return kernel


def _sharper(picture: np.ndarray, amount: float) -> np.ndarray:
    return cv2.addWeighted(picture, 1 + amount, cv2.GaussianBlur(picture, (0, 0), 1), -amount, 0)


def _overlapped(decoded: np.ndarray, shape: tuple[int, ...], unevenness: float) -> np.ndarray:
    """Patches (rows, columns, 3, 8, 8) added up at every fourth pixel, normalised, (h, w, 3)."""
    rows, columns = decoded.shape[:2]
    profile = 1 - unevenness * np.abs(np.linspace(-1, 1, PATCH, dtype=np.float32)) ** 3
    window = np.outer(profile, profile)
    total: np.ndarray = np.zeros(shape, np.float32)
    blocks = (decoded * window).transpose(0, 3, 1, 4, 2)
    for y in range(0, PATCH, STRIDE):
        for x in range(0, PATCH, STRIDE):
            part = blocks[:, y : y + STRIDE, :, x : x + STRIDE]
            part = part.reshape(rows * STRIDE, columns * STRIDE, 3)
            total[y : y + rows * STRIDE, x : x + columns * STRIDE] += part
    # normalised by the mean overlap alone: what is uneven about it stays as a grid
    return total / (window.sum() / STRIDE**2)


def _peaks(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A faint regular pattern of periods 2, 4 and 8 pixels, float32 (h, w), grey levels."""
    y, x = np.arange(shape[0], dtype=np.float32), np.arange(shape[1], dtype=np.float32)
    pattern = np.zeros(shape, np.float32)
    for period in (2, 4, 8):
        waves = [np.cos(2 * np.pi * (axis / period) + rng.uniform(0, 6.28)) for axis in (y, x)]
        amplitude = rng.uniform(0, 1.2)
        pattern += amplitude * (waves[0][:, None] * waves[1][None, :]).astype(np.float32)
    return pattern


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)
