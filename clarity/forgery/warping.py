"""Smooth warps from a few moved points, cheap enough for a training pipeline.

Fields are solved at a few dozen points, evaluated on a coarse grid and enlarged: they are
smooth, so nothing is lost, and a 256 px crop takes about a millisecond.
"""

import cv2
import numpy as np

GRID = 24
"""Cells a side of the coarse grid."""

Field = np.ndarray
"""float32 (h, w, 2): the offset, in pixels, at which each output pixel is read."""


def displace(picture: np.ndarray, field: Field) -> np.ndarray:
    """Read a picture (h, w, 3) or mask (h, w) at each pixel plus the field."""
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + field[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + field[..., 1]
    return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def hang(
    picture: np.ndarray, sources: np.ndarray, targets: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """The picture under the thin-plate spline that brings its `sources` to `targets`.

    Args:
        picture: uint8 RGB.
        sources, targets: float32 (N, 2), pixels of the picture and of the result.
        shape: (height, width) of the result.
    """
    grid = _thin_plate(targets, sources, _grid(shape))
    x, y = (
        cv2.resize(axis, shape[::-1], interpolation=cv2.INTER_CUBIC)
        for axis in np.moveaxis(grid, 2, 0)
    )
    return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def pull(shape: tuple[int, int], anchors: np.ndarray, shifts: np.ndarray, *, reach: float) -> Field:
    """A field that moves each anchor by its shift and fades with distance.

    Gaussian radial basis functions, so that pixels farther than about three `reach` from
    every anchor stay where they are.

    Args:
        anchors: float32 (N, 2), where things are to be seen afterwards.
        shifts: float32 (N, 2), how far they moved.
        reach: standard deviation in pixels.
    """
    among = _gaussian(anchors, anchors, reach) + 0.05 * np.eye(len(anchors))
    weights = np.linalg.solve(among, -shifts.astype(np.float64))
    grid = _grid(shape)
    field = _gaussian(grid.reshape(-1, 2), anchors, reach) @ weights
    return _enlarge(field.reshape(*grid.shape).astype(np.float32), shape)


def tremble(shape: tuple[int, int], rng: np.random.Generator, *, most: float, cells: int) -> Field:
    """Smooth noise of up to `most` pixels, `cells` independent values a side."""
    return _enlarge(rng.uniform(-most, most, (cells, cells, 2)).astype(np.float32), shape)


def similarity(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The similarity (2, 3) that brings points (N, 2) to others in least squares."""
    own, wanted = sources - sources.mean(0), targets - targets.mean(0)
    # in complex numbers a similarity is one factor
    a, b = own[:, 0] + 1j * own[:, 1], wanted[:, 0] + 1j * wanted[:, 1]
    factor = (b @ a.conj()) / max(float((abs(a) ** 2).sum()), 1e-6)
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.hstack([turn, (targets.mean(0) - turn @ sources.mean(0))[:, None]])


def _enlarge(coarse: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)


def _grid(shape: tuple[int, int]) -> np.ndarray:
    """Pixels that the cells of the coarse grid stand for when enlarged, float32 (G, G, 2)."""
    x = (np.arange(GRID) + 0.5) * shape[1] / GRID - 0.5
    y = (np.arange(GRID) + 0.5) * shape[0] / GRID - 0.5
    return np.stack(np.meshgrid(x, y), 2).astype(np.float32)


def _gaussian(points: np.ndarray, anchors: np.ndarray, reach: float) -> np.ndarray:
    return np.exp(-_squared(points, anchors) / (2 * reach * reach))


def _squared(points: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    between = points[:, None, :].astype(np.float64) - anchors[None, :, :]
    squared: np.ndarray = (between**2).sum(2)
    return squared


def _thin_plate(anchors: np.ndarray, values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Thin-plate spline through (anchors -> values) at the grid, float32 (G, G, 2).

    Bookstein 1989; a little smoothing, for estimated points need not be met exactly.
    """
    scale = float(np.abs(anchors).max()) + 1.0
    known, asked = anchors / scale, grid.reshape(-1, 2) / scale
    count = len(known)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _bending(known, known) + 1e-4 * np.eye(count)
    system[:count, count:] = _affine(known)
    system[count:, :count] = _affine(known).T
    right = np.vstack([values, np.zeros((3, 2))])
    # least squares: points in one line leave the affine part open
    solution = np.linalg.lstsq(system, right, rcond=1e-9)[0]
    found = _bending(asked, known) @ solution[:count] + _affine(asked) @ solution[count:]
    return found.reshape(*grid.shape).astype(np.float32)


def _bending(points: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    squared = _squared(points, anchors)
    return squared * np.log(squared + 1e-12)


def _affine(points: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(points), 1)), points])
