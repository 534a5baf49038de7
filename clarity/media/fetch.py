"""Fetch the video or the picture of a post on YouTube, X or Facebook."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from clarity.media.fetching.errors import NoMediaAtUrl
from clarity.media.fetching.guard import Dial, Guard, Resolve, check_url, dial, resolve
from clarity.media.fetching.posts import read_post
from clarity.media.frames import MediaKind
from clarity.media.limits import Limits
from clarity.media.sniff import HEAD_BYTES, sniff

if TYPE_CHECKING:
    from clarity.media.fetching.session import Session

__all__ = ["Fetched", "Fetcher", "check_url", "fetch"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched file.

    Attributes:
        path: the file, named by its content.
        url: where it was fetched from, in plain form.
        title: of the post; may be empty.
    """

    path: Path
    url: str
    title: str


def fetch(url: str, folder: Path, limits: Limits = Limits()) -> Fetched:
    """Fetch what an address shows into a folder. See `Fetcher.fetch`."""
    return Fetcher(limits).fetch(url, folder)


class Fetcher:
    """Fetches through connections to public addresses of the listed sites only.

    Args:
        limits: length, size and time.
        resolve: gives the addresses of a host name.
        dial: connects to a numeric address.
    """

    def __init__(
        self, limits: Limits = Limits(), *, resolve: Resolve = resolve, dial: Dial = dial
    ) -> None:
        self._limits = limits
        self._resolve = resolve
        self._dial = dial

    def fetch(self, url: str, folder: Path) -> Fetched:
        """Fetch what an address shows; on an error nothing is left in the folder.

        Args:
            url: of a video, or of a post with a picture or a video.
            folder: exists; takes the file.

        Raises:
            FetchError: see `clarity.media.fetching.errors`.
            VideoTooLong, MediaTooLarge: beyond the limits, before the download if known then.
            UnsupportedMedia, EmptyFile: what came is no image and no video.
        """
        address = check_url(url)
        # Imported here: it takes a second, and only those who fetch need it.
        from clarity.media.fetching.session import Session

        guard = Guard(self._limits.fetch_seconds, resolve=self._resolve, dial=self._dial)
        with TemporaryDirectory(dir=folder) as work:
            with Session(guard, self._limits, Path(work)) as session:
                path, title = _get(session, address)
            return Fetched(_keep(path, folder), address, title)


def _get(session: "Session", url: str) -> tuple[Path, str]:
    """The video of a post, else its picture. Short addresses are followed first."""
    if session.suits(url):
        try:
            return session.video(url)
        except NoMediaAtUrl:
            return _picture(session, session.page(url)[1])
    final, html = session.page(url)
    if session.suits(final):
        return session.video(final)
    return _picture(session, html)


def _picture(session: "Session", html: str) -> tuple[Path, str]:
    post = read_post(html)
    if post.is_video:
        raise NoMediaAtUrl("The video of this post cannot be fetched.")
    if post.picture is None:
        raise NoMediaAtUrl("There is no video and no picture at this address.")
    path = session.save(post.picture)
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES)).kind
    if kind is not MediaKind.IMAGE:
        raise NoMediaAtUrl("What this post shows as its picture is none.")
    return path, post.title


def _keep(path: Path, folder: Path) -> Path:
    """Move a file out of the temporary folder, named by its content."""
    with path.open("rb") as file:
        extension = sniff(file.read(HEAD_BYTES)).extension
    return path.rename(folder / f"fetched{extension}")
