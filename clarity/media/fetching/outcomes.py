"""What went wrong at a site, told from the words of yt-dlp's error.

yt-dlp hands on the site's own sentence, so the words are all there is to go by.
"""

import re

from clarity.media.fetching.errors import (
    BotCheck,
    FetchError,
    FetchFailed,
    FetchTimeout,
    LiveStream,
    LoginRequired,
    MediaGone,
    MediaPrivate,
    NoMediaAtUrl,
    RegionLocked,
)

_OUTCOMES: tuple[tuple[str, type[FetchError], str], ...] = (
    # The first that matches counts: a private video also asks to sign in, and so on.
    (
        r"not a bot|captcha|HTTP Error 429|too many requests|likely being blocked"
        r"|rate.limit|try again later",
        BotCheck,
        "The site refuses automatic visits at the moment.",
    ),
    (
        r"geo.?restrict|in your country|from your location",
        RegionLocked,
        "The site does not show this in the country of this service.",
    ),
    (
        r"private video|video is private|protected tweet|limits who can",
        MediaPrivate,
        "This post is private.",
    ),
    (
        r"live event will begin|premieres in|has not yet started|premiere will begin",
        LiveStream,
        "This broadcast has not begun.",
    ),
    (
        r"\blog ?in\b|sign in|registered users|members.only|join this channel"
        r"|requires authentication|confirm your age|age.restricted|account owner limits",
        LoginRequired,
        "The site shows this only to people who have signed in.",
    ),
    (
        r"been removed|terminated|no longer (?:available|exists)|(?:does not|doesn.t) exist"
        r"|video unavailable|is(?: not|n.t) available|tweet is unavailable|was deleted"
        r"|no status found|suspended|HTTP Error (?:404|410)",
        MediaGone,
        "This post is gone: it was removed, or the address is wrong.",
    ),
    (
        r"no video could be found|is not a video|cannot parse data|no suitable extractor"
        r"|unsupported url|no video formats|requested format is not available",
        NoMediaAtUrl,
        "There is no video at this address that can be fetched.",
    ),
    (
        r"timed out|timeout",
        FetchTimeout,
        "The site took too long to answer.",
    ),
)


def outcome(text: str) -> FetchError:
    """The error that fits the text of a failure; `FetchFailed` where no other does."""
    for pattern, error, message in _OUTCOMES:
        if re.search(pattern, text, re.IGNORECASE):
            return error(message)
    return FetchFailed("The site could not be read.")
