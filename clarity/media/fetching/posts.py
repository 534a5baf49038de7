"""The picture of a post, from the metadata that its page carries for link previews."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from clarity.media.fetching.guard import PICTURE_HOSTS, is_under

_PICTURES = ("og:image:secure_url", "og:image", "twitter:image", "twitter:image:src")
_TITLES = ("og:title", "twitter:title", "og:description")
_VIDEOS = ("og:video", "og:video:url", "og:video:secure_url", "twitter:player")


@dataclass(frozen=True, slots=True)
class Post:
    """What a page says about itself.

    Attributes:
        picture: address of its picture, or None where it has none of its own.
        title: may be empty.
        is_video: whether the page is about a video, of which the picture is only a preview.
    """

    picture: str | None
    title: str
    is_video: bool


def read_post(html: str) -> Post:
    """Read a page's metadata (https://ogp.me); the parser takes any text."""
    parser = _MetaParser()
    parser.feed(html)
    found = parser.found
    pictures = [found[name] for name in _PICTURES if name in found]
    return Post(
        picture=next((picture for picture in pictures if is_post_picture(picture)), None),
        title=next((found[name] for name in _TITLES if name in found), ""),
        is_video=any(name in found for name in _VIDEOS),
    )


def is_post_picture(url: str) -> bool:
    """Whether an address is a picture that somebody posted, not an avatar or the site's logo."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not is_under(host, PICTURE_HOSTS) or host.startswith("static."):
        return False
    return not host.endswith("twimg.com") or parts.path.startswith("/media/")


class _MetaParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            return
        given = dict(attrs)
        name, content = given.get("property") or given.get("name"), given.get("content")
        if name and content:
            self.found.setdefault(name.lower(), content.strip())
