"""Why an address gave no media."""

from typing import ClassVar

from clarity.errors import ClarityError

UPLOAD = "Save the video or the picture on your device and upload the file."


class FetchError(ClarityError):
    """Anything that stopped a fetch; `status` is 422 where the address is at fault."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "fetch-error"
    hint = UPLOAD


class InvalidUrl(FetchError):
    """Not a web address, or one that hides where it leads."""

    code: ClassVar[str] = "invalid-url"
    hint = "Copy the address of the post from the browser; it starts with https://."


class UnsupportedSite(FetchError):
    """A site outside the list."""

    code: ClassVar[str] = "unsupported-site"
    hint = "Download it and upload the file; only YouTube, X and Facebook are fetched."


class PrivateAddress(FetchError):
    """An address inside a network, which the public cannot reach either."""

    code: ClassVar[str] = "private-address"
    hint = "Only public addresses are fetched; upload the file instead."


class MediaPrivate(FetchError):
    """The owner shows it to chosen people only."""

    code: ClassVar[str] = "media-private"
    hint = f"If you may see it: {UPLOAD[0].lower()}{UPLOAD[1:]}"


class MediaGone(FetchError):
    """It was removed, or never was there."""

    code: ClassVar[str] = "media-gone"
    hint = "Check the address; if you still have a copy, upload the file."


class LoginRequired(FetchError):
    """The site shows it only to people who have signed in."""

    code: ClassVar[str] = "login-required"


class BotCheck(FetchError):
    """The site refuses automatic visits, for now."""

    code: ClassVar[str] = "bot-check"
    hint = f"Try again in an hour, or do not wait: {UPLOAD[0].lower()}{UPLOAD[1:]}"


class RegionLocked(FetchError):
    """The site does not show it in the country of this service."""

    code: ClassVar[str] = "region-locked"


class LiveStream(FetchError):
    """A live broadcast, or one that is yet to begin."""

    code: ClassVar[str] = "live-stream"
    hint = "Wait until the broadcast is over, or record a part of it and upload the file."


class NoMediaAtUrl(FetchError):
    """A page without a video or a picture of its own."""

    code: ClassVar[str] = "no-media-at-url"
    hint = "Open the post itself and copy its address, or save the media and upload the file."


class FetchTimeout(FetchError):
    """The site took too long."""

    status: ClassVar[int] = 504
    code: ClassVar[str] = "fetch-timeout"
    hint = f"Try again, or do not wait: {UPLOAD[0].lower()}{UPLOAD[1:]}"


class FetchFailed(FetchError):
    """The site answered with something that could not be used."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "fetch-failed"
    hint = f"Try again later, or do not wait: {UPLOAD[0].lower()}{UPLOAD[1:]}"
