"""One fetch: the requests it makes, with typed errors and limits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from yt_dlp.networking import Request
from yt_dlp.utils import YoutubeDLError

from clarity.errors import ClarityError
from clarity.media.decoding.errors import MediaTooLarge, VideoTooLong
from clarity.media.fetching.downloader import GuardedDL
from clarity.media.fetching.errors import FetchFailed, LiveStream, LoginRequired, NoMediaAtUrl
from clarity.media.fetching.guard import Guard
from clarity.media.fetching.outcomes import outcome
from clarity.media.limits import Limits
from clarity.sizes import in_words

_log = logging.getLogger(__name__)

PAGE_BYTES = 4 * 1024**2
"""As much of a page as is read; its metadata stands at its beginning."""

CHUNK_BYTES = 64 * 1024
LENGTH_TOLERANCE = 0.5
"""Seconds over the allowed length that are rounding."""

PREVIEW_AGENT = "facebookexternalhit/1.1"
"""Sites give the metadata for link previews to programs that ask by this name."""

_NOT_BEGUN_OR_OVER = {"is_live", "is_upcoming"}


class Session:
    """Used as a context manager, for one address.

    Args:
        guard: makes the connections.
        limits: length and size of what is fetched.
        folder: takes the files; everything in it is the caller's to remove.
    """

    def __init__(self, guard: Guard, limits: Limits, folder: Path) -> None:
        self._guard = guard
        self._limits = limits
        self._folder = folder
        self._downloader = GuardedDL(self._parameters(), guard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._downloader.close()

    def suits(self, url: str) -> bool:
        """Whether videos are read from such an address."""
        return bool(self._downloader.suits(url))

    def video(self, url: str) -> tuple[Path, str]:
        """Download the video of an address: its file and its title.

        Length and size are known and checked before the download, where the site tells them,
        and the bytes are counted while they come.

        Raises:
            FetchError: see `clarity.media.fetching.errors`.
            VideoTooLong, MediaTooLarge: beyond the limits.
        """
        with self._typed_errors():
            found = self._downloader.extract_info(url, download=False)
            info = _first_video(found)
            self._check(info)
            self._downloader.process_ie_result(info, download=True)
        files = [path for path in self._folder.iterdir() if path.is_file()]
        if not files:  # yt-dlp drops a file that is announced as too large, without an error
            raise self._too_large()
        return max(files, key=lambda path: path.stat().st_size), str(info.get("title") or "")

    def page(self, url: str) -> tuple[str, str]:
        """Where an address leads in the end, and the beginning of the page there.

        Raises:
            LoginRequired: it leads to a sign-in page.
            FetchError: see `clarity.media.fetching.errors`.
        """
        request = Request(url, headers={"User-Agent": PREVIEW_AGENT})
        with self._typed_errors(), self._downloader.urlopen(request) as response:
            html = response.read(PAGE_BYTES).decode("utf-8", errors="replace")
        if "/login" in response.url:
            raise LoginRequired("The site shows this only to people who have signed in.")
        return response.url, html

    def save(self, url: str) -> Path:
        """Download one file as it is.

        Raises:
            MediaTooLarge: by its announced size, or while it comes.
            FetchError: see `clarity.media.fetching.errors`.
        """
        path = self._folder / "picture"
        with (
            self._typed_errors(),
            self._downloader.urlopen(Request(url)) as response,
            path.open("wb") as file,
        ):
            self._count(int(response.headers.get("Content-Length") or 0))
            while chunk := response.read(CHUNK_BYTES):
                file.write(chunk)
                self._count(file.tell())
        return path

    def _parameters(self) -> dict[str, Any]:
        size = f"[filesize<?{self._limits.max_bytes}]"
        shape = "[width<=?1920][height<=?1920]"
        wishes = (f"{shape}{size}", size, "")
        return {
            # One file with the picture, with or without sound, so that nothing must be merged.
            "format": "/".join(
                f"bv*[protocol^=http]{wish}/bv*[protocol=m3u8_native]{wish}" for wish in wishes
            ),
            "outtmpl": {"default": str(self._folder / "video.%(ext)s")},
            "progress_hooks": [self._progress],
            "max_filesize": self._limits.max_bytes,
            "socket_timeout": 15,
            "retries": 1,
            "fragment_retries": 1,
            "extractor_retries": 1,
            "noplaylist": True,
            "playlist_items": "1",
            "cachedir": False,
            "proxy": "",
            "fixup": "never",
            # No other program may fetch for it past the guard.
            "ffmpeg_location": str(self._folder / "none"),
            "quiet": True,
            "no_warnings": True,
            "noprogress": True,
            "color": "never",
            "logger": _log,
        }

    def _check(self, info: dict[str, Any]) -> None:
        """Refuse what the site already says is too much."""
        if info.get("live_status") in _NOT_BEGUN_OR_OVER:
            raise LiveStream("This is a live broadcast that is not over.")
        seconds = float(info.get("duration") or 0)
        if seconds > self._limits.max_seconds + LENGTH_TOLERANCE:
            raise VideoTooLong(
                f"The video is {seconds / 60:.1f} minutes long; "
                f"at most {self._limits.max_seconds / 60:g} minutes are read."
            )
        self._count(int(info.get("filesize") or info.get("filesize_approx") or 0))

    def _progress(self, status: dict[str, Any]) -> None:
        self._count(int(status.get("total_bytes") or 0))
        self._count(int(status.get("downloaded_bytes") or 0))

    def _count(self, size: int) -> None:
        """Called whenever something came: the right moment to look at the clock as well."""
        self._guard.check_time()
        if size > self._limits.max_bytes:
            raise self._too_large()

    def _too_large(self) -> MediaTooLarge:
        return MediaTooLarge(
            f"The file is over {in_words(self._limits.max_bytes)}.",
        )

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        try:
            yield
        except ClarityError:
            raise
        except (YoutubeDLError, OSError) as error:
            raise self._typed(str(error)) from error

    def _typed(self, text: str) -> ClarityError:
        """The site's own words count most, then what the guard refused."""
        _log.info("not fetched: %s", text)
        typed = outcome(text)
        vague = isinstance(typed, FetchFailed | NoMediaAtUrl)
        return self._guard.refusal or typed if vague else typed


def _first_video(info: dict[str, Any] | None) -> dict[str, Any]:
    """The video itself, or the first of a post that has several."""
    entries = [entry for entry in (info or {}).get("entries") or () if entry]
    video = entries[0] if entries else info
    if not video or not (video.get("formats") or video.get("url")):
        raise NoMediaAtUrl("There is no video at this address that can be fetched.")
    return video
