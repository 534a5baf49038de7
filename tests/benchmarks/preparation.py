"""The Ray pipeline against a plain loop over the same functions, in one run.

    python -m tests.benchmarks.preparation [--manifest CSV] [--items 4000] [--plain 4000]

The bar: items a second of Ray, its start included, at least 0.85 x cores x those of the loop.
The loop does every so many-th item of the set where --plain says fewer: its rate is the same,
and a set large enough to hide Ray's start need not be waited for twice. As many plain loops at
once as there are cores tell how much of the bar the machine itself takes.
The set is varied copies of scikit-image's portrait unless a manifest is given. A busy machine
slows both, but not alike: the load average is printed with the figures.
"""

import argparse
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from skimage import data

from clarity.media.frames import MediaKind
from data.items import Item
from data.manifest import read_manifest
from data.peak import PeakMemory
from data.pipeline import on_ray
from data.preparation import Runner, plainly, prepare

BAR = 0.85


@dataclass(frozen=True, slots=True)
class Speed:
    """One way over the whole set; `peak_bytes` is of all its processes together."""

    items: int
    seconds: float
    peak_bytes: int

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.seconds


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    cores = min(options.workers, len(os.sched_getaffinity(0)))
    with TemporaryDirectory(dir=options.folder) as folder:
        items = (
            read_manifest(options.manifest)[: options.items]
            if options.manifest
            else list(portraits(Path(folder), options.items))
        )
        load = os.getloadavg()[0]
        some = part(items, options.plain)
        plain = measure(some, Path(folder) / "plain", plainly)
        at_once = side_by_side(some, Path(folder), loops=cores)
        ray = measure(items, Path(folder) / "ray", on_ray(options.workers))
    ratio, most = (rate / (cores * plain.rate) for rate in (ray.rate, at_once))
    for name, speed in (("plain", plain), ("ray", ray)):
        print(
            f"{name}: {speed.items} items in {speed.seconds:.1f} s, {speed.rate:.1f} a second, "
            f"peak {speed.peak_bytes / 1e6:.0f} MB"
        )
    print(f"{cores} plain loops at once: {at_once:.1f} a second, {most:.2f} of {cores} x plain")
    print(f"ray / ({cores} cores x plain) = {ratio:.2f}, bar {BAR}; load average before {load:.1f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "plain": asdict(plain),
        "plain_at_once": at_once,
        "ray": asdict(ray),
        "ratio": ratio,
        "load_average": load,
    }
    options.json.write_text(json.dumps(figures, indent=2) + "\n")


def part(items: Sequence[Item], count: int | None) -> Sequence[Item]:
    """About so many items, spread evenly over the set; all of them if it is None."""
    return items[:: max(1, len(items) // count)][:count] if count else items


def measure(items: Sequence[Item], folder: Path, run: Runner) -> Speed:
    """Prepare all items into a fresh set, which is removed again."""
    with PeakMemory() as memory:
        done = prepare(items, folder, run=run, allow_near_duplicates=True)
    shutil.rmtree(folder)
    return Speed(done.items, done.seconds, memory.peak_bytes)


def side_by_side(items: Sequence[Item], folder: Path, *, loops: int) -> float:
    """Items a second of some plain loops at once, each over its share, their start left out."""
    places = [folder / f"plain-{number}" for number in range(loops)]
    with ProcessPoolExecutor(loops, mp_context=get_context("spawn")) as processes:
        shares = [items[number::loops] for number in range(loops)]
        done = processes.map(measure, shares, places, [plainly] * loops)
        return sum(speed.rate for speed in done)


def portraits(folder: Path, count: int) -> Iterator[Item]:
    """The portrait moved, scaled, lit and compressed differently each time."""
    rng = np.random.default_rng(0)
    portrait = data.astronaut()[:320, 64:384, ::-1]
    for number in range(count):
        moved = np.roll(portrait, rng.integers(-24, 24, 2), (0, 1))
        side = int(rng.integers(192, 320))
        lit = np.clip(moved * rng.uniform(0.6, 1.3), 0, 255).astype(np.uint8)
        path = folder / f"{number}.jpg"
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
        cv2.imwrite(str(path), cv2.resize(lit, (side, side)), quality)
        yield Item(
            key=path.name,
            path=path,
            fake=False,
            manipulation="none",
            source="portrait",
            origin="scikit-image",
            group=path.stem,
            split="train",
            kind=MediaKind.IMAGE,
        )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--manifest", type=Path, help="CSV in the pool's format")
    parser.add_argument("--items", type=int, default=4000, help="of the set, at most")
    parser.add_argument("--plain", type=int, help="of them for the plain loop; default: all")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, help="where the sets are written; default: /tmp")
    parser.add_argument("--json", type=Path, default=Path("var/bench/preparation.json"))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
