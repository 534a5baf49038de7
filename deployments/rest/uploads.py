"""Uploads, streamed into the store: bounded in size and time, looked at as they arrive."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import ClassVar

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from clarity.errors import ClarityError
from clarity.media.sniff import HEAD_BYTES, sniff
from clarity.scans.rules import shown_name
from clarity.sizes import in_words
from clarity.storage import Incoming

FORM_OVERHEAD = 64 * 1024
"""Bytes allowed around the file: boundaries, headers, other small fields."""
DRAIN_BYTES = 8 * 1024**2
"""Read on so far after a refusal, so that the client gets to read the answer."""


class UploadTooLarge(ClarityError):
    """The file is larger than the service takes."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "upload-too-large"
    hint = "Send a shorter clip or a smaller copy of it."


class UploadStalled(ClarityError):
    """No bytes arrived for too long, or too few."""

    status: ClassVar[int] = 408
    code: ClassVar[str] = "upload-stalled"
    hint = "Check your connection and send the file again; nothing was kept."


class UploadBroken(ClarityError):
    """The form is cut off or malformed, or it has no file in it."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "upload-broken"
    hint = "Send one file as the multipart field 'file': curl -F file=@portrait.jpg …/v1/scans"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """Bounds on one upload.

    Attributes:
        file_bytes: of the file.
        idle_seconds: between two pieces of it.
        slowest: bytes a second, on average, once it has lasted for `idle_seconds`.
    """

    file_bytes: int
    idle_seconds: float
    slowest: int = 0


class FormReader:
    """Writes the part named `file` of a multipart form into the store, piece by piece.

    `feed` and `finish` do blocking work: call them in a thread.
    """

    def __init__(
        self,
        content_type: str,
        incoming: Incoming,
        limits: UploadLimits,
        *,
        check: Callable[[bytes], object] = sniff,
    ) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise UploadBroken("The form does not name its boundary.")
        self.filename: str | None = None
        self._incoming = incoming
        self._limits = limits
        self._check = check
        self._head = b""
        self._sniffed = False
        self._ended = False
        self._in_file = False
        self._seen_file = False
        self._header = [b"", b""]
        self._headers: dict[bytes, bytes] = {}
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise UploadBroken("The form's boundary is not valid.") from error

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            UploadTooLarge, UploadBroken, EmptyFile, UnsupportedMedia: as soon as it shows.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise UploadBroken("The form is malformed.") from error

    def finish(self) -> None:
        """The body is over; raises as `feed`."""
        if not self._ended:
            raise UploadBroken("The upload was cut off before its end.")
        if not self._seen_file:
            raise UploadBroken("The form has no field 'file'.")

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._in_file = options.get(b"name") == b"file"
        if not self._in_file:
            return
        if self._seen_file:
            raise UploadBroken("The form has more than one field 'file'.")
        self._seen_file = True
        self.filename = options.get(b"filename", b"").decode("utf-8", "replace")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if not self._in_file:
            return
        chunk = data[start:end]
        if self._incoming.size + len(chunk) > self._limits.file_bytes:
            raise _too_large(self._limits.file_bytes)
        self._incoming.write(chunk)
        if not self._sniffed:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
            if len(self._head) >= HEAD_BYTES:
                self._sniff()

    def _on_part_end(self) -> None:
        if self._in_file and not self._sniffed:
            self._sniff()
        self._in_file = False

    def _on_end(self) -> None:
        self._ended = True

    def _sniff(self) -> None:
        self._check(self._head)
        self._sniffed = True
        self._head = b""


async def receive_file(
    request: Request,
    incoming: Incoming,
    limits: UploadLimits,
    *,
    check: Callable[[bytes], object] = sniff,
) -> str:
    """Stream the request's file into `incoming`.

    Args:
        request: with a multipart body.
        incoming: takes the file's bytes.
        limits: of its size and pauses.
        check: is given its first bytes and raises where they are of the wrong kind.

    Returns:
        The file's name, fit to be shown.

    Raises:
        UploadTooLarge, UploadStalled, UploadBroken: the upload is at fault.
        EmptyFile, UnsupportedMedia: its content is.
    """
    largest = limits.file_bytes + FORM_OVERHEAD
    announced = request.headers.get("content-length", "")
    pieces = _pieces(request, limits)
    try:
        if announced.isdigit() and int(announced) > largest:
            raise _too_large(limits.file_bytes)
        reader = FormReader(request.headers.get("content-type", ""), incoming, limits, check=check)
        received = 0
        async for piece in pieces:
            received += len(piece)
            if received > largest:
                raise _too_large(limits.file_bytes)
            await asyncio.to_thread(reader.feed, piece)
        reader.finish()
    except ClarityError as error:
        if not isinstance(error, UploadStalled):
            await _drain(pieces)
        raise
    return shown_name(reader.filename)


async def _pieces(request: Request, limits: UploadLimits) -> AsyncIterator[bytes]:
    stream = request.stream()
    began, received = time.monotonic(), 0
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream), limits.idle_seconds)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise UploadStalled(f"No bytes arrived for {limits.idle_seconds:g} seconds.") from error
        received += len(piece)
        lasted = time.monotonic() - began
        # Else a byte now and then would hold a place for days.
        if lasted > limits.idle_seconds and received < limits.slowest * lasted:
            raise UploadStalled(f"Less than {limits.slowest} bytes a second arrived.")
        yield piece


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    received = 0
    try:
        async for piece in pieces:
            received += len(piece)
            if received > DRAIN_BYTES:
                return
    except UploadStalled:
        return


def _too_large(limit: int) -> UploadTooLarge:
    return UploadTooLarge(f"The file is larger than {in_words(limit)}.")
