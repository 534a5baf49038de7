"""Evidence over time: do lips and sound belong together, and do the frames stand in their order?

A stretch of consecutive frames is followed face by face, and two things are measured of it.

Agreement: the correlation of the opening of the lips with the loudness of the sound, at the best
of the shifts that a careless transmission makes (`NEAR` frames), held against all shifts up to
`FAR` frames. Sound that was put under the pictures later, or shifted, agrees at no shift better
than at others. A forger who makes lips for the sound makes them agree: this is no evidence
against lip-sync by a network, and `python -m train timing` says so in figures.

Restlessness: how much the curves of a face turn about, over how much they move. Frames out of
their order, and a face that jitters, are restless at every frame.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from clarity.faces.detect import FaceDetector
from clarity.faces.geometry import Face, Sighting, Track, overlap
from clarity.faces.mesh import FaceMesh
from clarity.faces.motion import CURVES, curves
from clarity.labels import Abstention
from clarity.media.frames import DecodedMedia, MediaKind, Run
from clarity.media.sound import SAMPLE_RATE, WINDOW, log_mel

RUN_FRAMES = 200
"""Frames that are followed: eight seconds. Agreement told foreign sound worse over fewer."""

FEWEST_FRAMES = 75
LOWEST_RATE = 18.0
"""Frames a second below which speech is not seen."""

NEAR, FAR = 3, 25
"""Shifts, in frames, at which sound counts as being in its place, and which are tried."""

STEADY_SOUND = 0.4
"""Deviation of the logarithm of loudness below which nobody can be speaking."""

STILL_MOUTH = 0.008
"""Deviation of the opening of the lips, in distances of the eyes' corners, likewise."""

SAME_FACE = 0.2
"""Least overlap of a person's face in the nearest sampled frame with one in the run."""

LOST_SECONDS = 1.0
"""How far that frame may be from the run."""

MEASURES = ("agreement", "heard", "restlessness")


@dataclass(frozen=True, slots=True)
class Motion:
    """What was measured of one person over a run.

    Attributes:
        measures: float32 (len(MEASURES),), what a detector of motion judges; agreement counts
            where `heard` is 1.
        begin, end: of what was followed, in seconds.
        frames: that were followed.
        unheard: why agreement was not measured, as a sentence for a person; empty: it was.
        curves: float32 (frames, len(CURVES)).
        loudness: float32 (frames,), of the sound beside; None without sound.
    """

    measures: np.ndarray
    begin: float
    end: float
    frames: int
    unheard: str
    curves: np.ndarray = field(repr=False)
    loudness: np.ndarray | None = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the curves and of the loudness that were measured."""
        whole = hashlib.sha256(np.ascontiguousarray(self.curves).data)
        whole.update(b"" if self.loudness is None else self.loudness.tobytes())
        return whole.hexdigest()


def motions(media: DecodedMedia, people: Sequence[Track]) -> list[Motion | Abstention]:
    """For each person the motion, or why there is none to judge."""
    run = media.run
    if media.kind is MediaKind.IMAGE:
        return [Abstention("A still picture has no motion to judge.")] * len(people)
    if run is None or len(run.frames) < FEWEST_FRAMES:
        reason = f"No scene of it is longer than {FEWEST_FRAMES} frames, too short to judge motion."
        return [Abstention(reason)] * len(people)
    if run.rate < LOWEST_RATE:
        reason = f"It has {run.rate:.0f} frames a second, too few to judge motion."
        return [Abstention(reason)] * len(people)
    detector, mesh = FaceDetector(), FaceMesh()
    first = detector.detect(run.frames[0].pixels)
    return [_motion(media, run, person, first, mesh=mesh, detector=detector) for person in people]


def _motion(
    media: DecodedMedia,
    run: Run,
    person: Track,
    first: Sequence[Face],
    *,
    mesh: FaceMesh,
    detector: FaceDetector,
) -> Motion | Abstention:
    face = _recognised(media, run, person, first)
    if face is None:
        return Abstention("This person is not in the scene whose motion was looked at.")
    followed = mesh.follow([frame.pixels for frame in run.frames], face, detector)
    if len(followed) < FEWEST_FRAMES:
        return Abstention("This face is lost too soon to judge its motion.")
    moved = curves(followed)
    loud = loudness(run, len(moved)) if len(run.sound) else None
    told, unheard = measures(moved, loud)
    frames = run.frames[: len(moved)]
    return Motion(
        measures=told,
        begin=frames[0].seconds,
        end=frames[-1].seconds,
        frames=len(frames),
        unheard=unheard,
        curves=moved,
        loudness=loud,
    )


def _recognised(media: DecodedMedia, run: Run, person: Track, first: Sequence[Face]) -> Face | None:
    """The face of the run's first frame that is this person's in the sampled frame nearest it."""
    begin = run.frames[0].seconds

    def away(sighting: Sighting) -> float:
        return abs(media.frames[sighting.frame].seconds - begin)

    nearest = min(person.sightings, key=away)
    if away(nearest) > LOST_SECONDS:
        return None
    reduced = run.frames[0].pixels.shape[1] / media.frames[nearest.frame].pixels.shape[1]
    x, y, width, height = nearest.face.box
    box = (x * reduced, y * reduced, width * reduced, height * reduced)
    best = max(first, key=lambda face: overlap(face.box, box), default=None)
    return best if best and overlap(best.box, box) >= SAME_FACE else None


def loudness(run: Run, frames: int) -> np.ndarray:
    """Mean log-mel energy in the middle of each of the first frames, float32 (frames,)."""
    own = (np.arange(frames) + 0.5) * SAMPLE_RATE / run.rate
    starts = (own[:, None] + np.array([-WINDOW, -WINDOW // 2, 0])).round().astype(int)
    energies = log_mel(run.sound, starts.ravel()).mean(1)
    told: np.ndarray = energies.reshape(frames, -1).mean(1)
    return told


def measures(moved: np.ndarray, loud: np.ndarray | None) -> tuple[np.ndarray, str]:
    """The measures of curves and sound, and why there is no agreement among them, if so.

    Args:
        moved: float32 (frames, len(CURVES)).
        loud: float32 (frames,); None without sound.
    """
    opening = moved[:, CURVES.index("opening")].astype(np.float64)
    agrees, unheard = _agreement_or_why_not(opening, loud)
    told = np.array([agrees, float(not unheard), restlessness(moved)], np.float32)
    return told, unheard


def _agreement_or_why_not(opening: np.ndarray, loud: np.ndarray | None) -> tuple[float, str]:
    if loud is None:
        return 0.0, "there is no sound beside this scene"
    if loud.std() < STEADY_SOUND:
        return 0.0, "nobody speaks in the sound"
    if opening.std() < STILL_MOUTH:
        return 0.0, "the mouth hardly moves"
    return agreement(opening, loud.astype(np.float64)), ""


def agreement(opening: np.ndarray, loud: np.ndarray) -> float:
    """How far the best correlation near shift 0 stands out of those at far shifts.

    In standard deviations of the far ones; about 0.6 for sound that does not belong to the
    pictures, 2 to 3 for sound that does.
    """
    shifts = np.arange(-FAR, FAR + 1)
    found = np.array([_correlation(opening, loud, int(shift)) for shift in shifts])
    near = found[np.abs(shifts) <= NEAR].max()
    far = found[np.abs(shifts) > 2 * NEAR]
    return float((near - far.mean()) / (far.std() + 0.02))


def _correlation(one: np.ndarray, other: np.ndarray, shift: int) -> float:
    length = len(one) - abs(shift)
    a = one[max(0, -shift) :][:length]
    b = other[max(0, shift) :][:length]
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / max(np.sqrt((a @ a) * (b @ b)), 1e-9))


def restlessness(moved: np.ndarray) -> float:
    """Mean over the curves of log(energy of second differences / energy of first ones).

    log 3 for frames in a random order, whatever is in them; 0.2 to 0.8 for real clips.
    """
    once, twice = np.diff(moved, axis=0), np.diff(moved, 2, axis=0)
    energies = [np.square(one.astype(np.float64)).mean(0) + 1e-8 for one in (once, twice)]
    return float(np.log(energies[1] / energies[0]).mean())
