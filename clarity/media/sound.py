"""Sound as a network sees it: log-mel energies, in NumPy alone."""

from functools import lru_cache

import numpy as np

SAMPLE_RATE = 16_000
"""Samples a second; speech has little above 8 kHz."""

WINDOW = 800
"""Samples of one spectrum: 50 ms."""

HOP = 160
"""Samples from one spectrum to the next: 10 ms."""

BANDS = 80
BAND_EDGES = (55.0, 7600.0)
"""Lowest and highest frequency, in Hz; with `BANDS` and `WINDOW` as in Prajwal et al., "A Lip
Sync Expert Is All You Need for Speech to Lip Generation In The Wild", 2020."""

FLOOR = 1e-5
"""Energy that counts as silence: the logarithm goes no lower."""


def log_mel(samples: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Natural logarithms of the mel-band energies of windows.

    Args:
        samples: float32 (n,), mono, in [-1, 1], at `SAMPLE_RATE`.
        starts: int (windows,), first sample of each window; what lies outside is silence.

    Returns:
        float32 (windows, BANDS), at least log(FLOOR).
    """
    places = starts[:, None] + np.arange(WINDOW)
    inside = (places >= 0) & (places < len(samples))
    cut = np.where(inside, samples[np.clip(places, 0, max(len(samples) - 1, 0))], 0.0)
    spectrum = np.abs(np.fft.rfft(cut * np.hanning(WINDOW + 1)[:-1]))
    return np.log(np.maximum(spectrum @ _filters().T, FLOOR)).astype(np.float32)


@lru_cache(maxsize=1)
def _filters() -> np.ndarray:
    """Triangles (BANDS, WINDOW // 2 + 1) evenly spread on the mel scale, each of area one."""
    low, high = (2595 * np.log10(1 + edge / 700) for edge in BAND_EDGES)
    corners = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    left, middle, right = (corners[i : i + BANDS, None] for i in range(3))
    rising = (frequencies - left) / (middle - left)
    falling = (right - frequencies) / (right - middle)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left))


def liveliness(samples: np.ndarray) -> float:
    """How much the loudness of sound varies, in natural logarithms; speech has about 2.

    Args:
        samples: float32 (n,), mono, in [-1, 1], at `SAMPLE_RATE`; 0.0 where it is too short.
    """
    whole = len(samples) // WINDOW * WINDOW
    if whole < 2 * WINDOW:
        return 0.0
    energy = np.square(samples[:whole].reshape(-1, WINDOW).astype(np.float64)).mean(1)
    return float(np.log(energy + FLOOR**1.5).std())
