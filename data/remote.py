"""Where versions are kept: a folder on this machine, or a bucket of Google Cloud Storage.

    python -m data remote gs://BUCKET/FOLDER

The address goes to `.dvc/config.local`, which git ignores: each machine names its own.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from clarity.errors import ClarityError
from data.versions import REMOTE, find_repository, open_dvc

BUCKET = re.compile(r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^?#\s]*)?")
"""https://cloud.google.com/storage/docs/buckets#naming, and a folder in it."""


class RemoteAddressUnknown(ClarityError):
    """Neither a folder nor a bucket."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "remote-address-unknown"
    hint = "Give a folder, or gs://BUCKET/FOLDER."


class RemotePackageMissing(ClarityError):
    """The package that speaks to the bucket is not installed."""

    status: ClassVar[int] = 501
    code: ClassVar[str] = "remote-package-missing"
    hint = "`pip install 'clarity-deepfake[gcs]'`, or `pip install dvc-gs`."


def set_remote(url: str, *, repository: Path = Path()) -> str:
    """Keep versions there from now on; those at the old address stay there.

    Args:
        url: `gs://BUCKET/FOLDER`, or a folder.
        repository: a folder in the git repository.

    Returns:
        The address as it is written down.

    Raises:
        RemoteAddressUnknown: it is neither.
        RemotePackageMissing: a bucket, without dvc-gs.
        NoRepository: `repository` is in none.
    """
    root = find_repository(repository)
    if "://" not in url:
        url = str(Path(url).expanduser().absolute())
    elif not BUCKET.fullmatch(url):
        raise RemoteAddressUnknown(f"{url} is no address that versions can be kept at")
    elif find_spec("dvc_gs") is None:
        raise RemotePackageMissing(f"{url} needs the package dvc-gs")
    with open_dvc(root) as dvc, dvc.config.edit("local") as settings:
        settings.setdefault("remote", {}).setdefault(REMOTE, {})["url"] = url
    return url
