"""A release on disk: one folder, every file named in the card by its SHA-256.

<folder>/card.json                what it is; digests of the files below
         model.xml, model.bin     OpenVINO IR, what is served on the CPU
         parameters.safetensors   Flax and Keras parameters, to go on training from
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from pydantic import ValidationError

from clarity.detectors.card import Card
from clarity.errors import ClarityError

MODEL_FILES = ("model.xml", "model.bin")
PARAMETERS_FILE = "parameters.safetensors"
FILES = (*MODEL_FILES, PARAMETERS_FILE)
_REINSTALL = "Restore the release folder, from the repository by `git checkout` or from the store."


class ReleaseMissing(ClarityError):
    """There is no such release, or one of its files is absent."""

    status = 503
    code = "release-missing"
    hint = _REINSTALL


class ReleaseDamaged(ClarityError):
    """A file of a release is not the one its card names; its verdicts would not be replayable."""

    status = 500
    code = "release-damaged"
    hint = _REINSTALL


class ReleaseExists(ClarityError):
    """A release is immutable: its folder cannot be written twice."""

    status = 409
    code = "release-exists"
    hint = "Choose a new release name, or delete the folder if it was never deployed."


@dataclass(frozen=True, slots=True)
class Release:
    """A release folder whose card has been read."""

    folder: Path
    card: Card

    def verified(self, *names: str) -> tuple[Path, ...]:
        """Paths of files of the release, after comparing them with the card.

        Raises:
            ReleaseMissing: a file is absent.
            ReleaseDamaged: a file differs from its digest, or the card has none for it.
        """
        return tuple(self._verified(name) for name in names)

    def _verified(self, name: str) -> Path:
        path, expected = self.folder / name, self.card.digests.get(name)
        if not path.is_file():
            raise ReleaseMissing(f"{path} is missing")
        if expected is None:
            raise ReleaseDamaged(f"the card of {self.card.release} has no digest of {name}")
        if (found := digest(path)) != expected:
            raise ReleaseDamaged(f"{path} has SHA-256 {found}, but its card says {expected}")
        return path


def read(folder: Path) -> Release:
    """The release in a folder; its large files are compared with the card when they are opened.

    Raises:
        ReleaseMissing: no card there.
        ReleaseDamaged: the card is not a valid card.
    """
    try:
        return Release(folder, Card.read(folder))
    except FileNotFoundError as error:
        raise ReleaseMissing(f"there is no release in {folder}") from error
    except (ValidationError, ValueError) as error:
        raise ReleaseDamaged(f"{folder / 'card.json'} is not a valid card: {error}") from error


def write(card: Card, folder: Path, fill: Callable[[Path], None]) -> Release:
    """Make a release folder, whole or not at all.

    Args:
        card: its `digests` are completed with those of the files.
        folder: must not exist yet.
        fill: writes the release's files into the folder that it is given.

    Raises:
        ReleaseExists: the folder exists.
        ReleaseMissing: `fill` left out a file of the model.
    """
    if folder.exists():
        raise ReleaseExists(f"{folder} exists")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(draft)
        written = card.model_copy(update={"digests": card.digests | _digests(draft, FILES)})
        written.write(draft)
        draft.chmod(0o755)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft)
        raise
    return Release(folder, written)


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digests(folder: Path, names: Sequence[str]) -> dict[str, str]:
    absent = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if absent:
        raise ReleaseMissing(f"the release lacks {', '.join(absent)}")
    return {name: digest(folder / name) for name in names if (folder / name).is_file()}
