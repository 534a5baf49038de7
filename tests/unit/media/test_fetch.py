"""Fetching through yt-dlp, over real HTTP, from a site on this machine."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from clarity.errors import ClarityError
from clarity.media.decode import decode
from clarity.media.decoding.errors import MediaTooLarge, VideoTooLong
from clarity.media.fetch import Fetched, Fetcher
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
    PrivateAddress,
    RegionLocked,
    UnsupportedSite,
)
from clarity.media.fetching.outcomes import outcome
from clarity.media.fetching.posts import is_post_picture, read_post
from clarity.media.limits import Limits
from clarity.media.sniff import UnsupportedMedia
from tests.unit.media.making import portrait, write_video
from tests.unit.media.site import PUBLIC, Site, running_site

WATCH = "www.facebook.com/watch?v=123"
FILE = "video.xx.fbcdn.net/v.mp4"
PHOTO = "www.facebook.com/photo?fbid=5"
PICTURE = "scontent.xx.fbcdn.net/p.jpg"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_video(tmp_path_factory.mktemp("clip") / "a.mp4", 20).read_bytes()


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def video_page(address: str = FILE, *, seconds: int = 2) -> str:
    """A page as `FacebookIE` reads it, with a title and a length."""
    config = {"video_id": "123", "videoData": [{"stream_type": "progressive", "hd_src": ""}]}
    config["videoData"][0]["hd_src"] = f"http://{address}"  # type: ignore[index]
    instances = json.dumps({"instances": [["a", ["VideoConfig"], [config]]]})
    about = {"@context": "https://schema.org", "@type": "VideoObject", "name": "A clip"}
    about |= {"duration": f"PT{seconds}S", "contentUrl": f"http://{address}"}
    return (
        f'<script type="application/ld+json">{json.dumps(about)}</script>'
        f"<script>handleServerJS({instances});</script>"
    )


def photo_page(picture: str, *more: str) -> str:
    title = '<meta property="og:title" content="A &amp; B"/>'
    return f'{title}<meta property="og:image" content="{picture}"/>{"".join(more)}'


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(portrait()).save(buffer, "JPEG")
    return buffer.getvalue()


def fetched(site: Site, folder: Path, url: str, limits: Limits = Limits()) -> Fetched:
    return Fetcher(limits, resolve=site.resolve, dial=site.dial).fetch(url, folder)


def refused(site: Site, folder: Path, url: str, limits: Limits = Limits()) -> ClarityError:
    """The error; and whatever it is, nothing may be left in the folder."""
    with pytest.raises(ClarityError) as caught:
        fetched(site, folder, url, limits)
    assert list(folder.iterdir()) == []
    assert caught.value.hint
    return caught.value


def test_a_video_is_fetched_and_can_be_decoded(site: Site, tmp_path: Path, clip: bytes) -> None:
    site.serve(WATCH, video_page())
    site.serve(FILE, clip)

    found = fetched(site, tmp_path, f"http://{WATCH}")

    assert (found.path, found.title) == (tmp_path / "fetched.mp4", "A clip")
    assert list(tmp_path.iterdir()) == [found.path]
    assert found.path.read_bytes() == clip
    assert len(decode(found.path).frames) == 20
    assert set(site.dialled) == {PUBLIC}


def test_eleven_minutes_are_refused_before_the_download(site: Site, tmp_path: Path) -> None:
    site.serve(WATCH, video_page(seconds=660))

    error = refused(site, tmp_path, f"http://{WATCH}")

    assert isinstance(error, VideoTooLong)
    assert "11.0 minutes" in error.message
    assert FILE not in site.visits


def test_an_announced_size_over_the_limit_is_refused(
    site: Site, tmp_path: Path, clip: bytes
) -> None:
    site.serve(WATCH, video_page())
    site.serve(FILE, clip)

    error = refused(site, tmp_path, f"http://{WATCH}", Limits(max_bytes=len(clip) - 1))

    assert isinstance(error, MediaTooLarge)


def test_bytes_are_counted_where_no_size_is_announced(site: Site, tmp_path: Path) -> None:
    site.serve(WATCH, video_page())
    site.serve(FILE, bytes(3_000_000), Content_Length="")
    site.serve(PHOTO, photo_page(f"http://{PICTURE}"))
    site.serve(PICTURE, jpeg() + bytes(3_000_000), Content_Length="")

    for address in (WATCH, PHOTO):
        error = refused(site, tmp_path, f"http://{address}", Limits(max_bytes=1_000_000))
        assert isinstance(error, MediaTooLarge)


def test_a_picture_post_is_fetched_through_its_metadata(site: Site, tmp_path: Path) -> None:
    site.serve(PHOTO, photo_page(f"http://{PICTURE}?a=1&amp;b=2"))
    site.serve(f"{PICTURE}?a=1&b=2", jpeg())

    found = fetched(site, tmp_path, f"http://{PHOTO}")

    assert (found.path.name, found.title) == ("fetched.jpg", "A & B")
    assert found.path.read_bytes() == jpeg()


def test_a_short_address_is_followed_to_its_video(site: Site, tmp_path: Path, clip: bytes) -> None:
    site.redirect("fb.watch/abc/", f"http://{WATCH}")
    site.serve(WATCH, video_page())
    site.serve(FILE, clip)

    assert fetched(site, tmp_path, "http://fb.watch/abc/").path.read_bytes() == clip


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/"])
@pytest.mark.parametrize("start", [WATCH, PHOTO, "fb.watch/abc/"])
def test_a_public_name_that_redirects_inside_is_refused(
    site: Site, tmp_path: Path, start: str, target: str
) -> None:
    site.redirect(start, target)

    error = refused(site, tmp_path, f"http://{start}")

    assert isinstance(error, PrivateAddress)
    assert set(site.dialled) == {PUBLIC}


def test_the_download_itself_may_not_lead_inside_either(site: Site, tmp_path: Path) -> None:
    site.serve(WATCH, video_page())
    site.redirect(FILE, "http://intern.fbcdn.net/secret.mp4")
    site.names["intern.fbcdn.net"] = ["10.0.0.7"]

    assert isinstance(refused(site, tmp_path, f"http://{WATCH}"), PrivateAddress)
    assert "10.0.0.7" not in site.dialled


def test_a_redirect_to_another_site_is_refused(site: Site, tmp_path: Path) -> None:
    site.redirect("fb.watch/abc/", "http://example.org/clip.mp4")

    assert isinstance(refused(site, tmp_path, "http://fb.watch/abc/"), UnsupportedSite)
    assert not any(visit.startswith("example.org") for visit in site.visits)


def test_a_redirect_to_another_protocol_is_refused(site: Site, tmp_path: Path) -> None:
    site.redirect("fb.watch/abc/", "ftp://ftp.facebook.com/clip.mp4")

    assert isinstance(refused(site, tmp_path, "http://fb.watch/abc/"), FetchFailed)


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ('<form id="login_form">', LoginRequired),
        ('<div class="uiInterstitialContent"><div>The video was deleted</div>', MediaGone),
        ('<div class="uiInterstitialContent"><div>This is a private video</div>', MediaPrivate),
    ],
)
def test_the_words_of_a_page_become_typed_errors(
    site: Site, tmp_path: Path, page: str, error: type[FetchError]
) -> None:
    site.serve(WATCH, page)

    assert isinstance(refused(site, tmp_path, f"http://{WATCH}"), error)


@pytest.mark.parametrize(("status", "error"), [(404, MediaGone), (429, BotCheck)])
@pytest.mark.parametrize("address", [WATCH, PHOTO])
def test_the_status_of_a_page_becomes_a_typed_error(
    site: Site, tmp_path: Path, address: str, status: int, error: type[FetchError]
) -> None:
    site.serve(address, "no", status=status)

    assert isinstance(refused(site, tmp_path, f"http://{address}"), error)


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (photo_page("http://static.xx.fbcdn.net/rsrc.php/logo.png"), NoMediaAtUrl),
        (photo_page("http://evil.org/p.jpg"), NoMediaAtUrl),
        (photo_page(f"http://{PICTURE}", '<meta property="og:video" content="x">'), NoMediaAtUrl),
        (photo_page(f"http://{PICTURE}"), UnsupportedMedia),
        ("<html>", NoMediaAtUrl),
    ],
)
def test_a_page_without_a_picture_of_its_own_gives_none(
    site: Site, tmp_path: Path, page: str, error: type[ClarityError]
) -> None:
    site.serve(PHOTO, page)
    site.serve(PICTURE, "no picture")

    assert isinstance(refused(site, tmp_path, f"http://{PHOTO}"), error)


def test_a_sign_in_page_is_recognised(site: Site, tmp_path: Path) -> None:
    site.redirect(PHOTO, "http://www.facebook.com/login/?next=photo")
    site.serve("www.facebook.com/login/?next=photo", photo_page(f"http://{PICTURE}"))

    assert isinstance(refused(site, tmp_path, f"http://{PHOTO}"), LoginRequired)


def test_the_time_is_kept(site: Site, tmp_path: Path) -> None:
    site.serve(WATCH, video_page())

    error = refused(site, tmp_path, f"http://{WATCH}", Limits(fetch_seconds=0))

    assert isinstance(error, FetchTimeout)
    assert site.visits == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Sign in to confirm you\u2019re not a bot. Use --cookies", BotCheck),
        ("HTTP Error 429: Too Many Requests", BotCheck),
        ("This content isn't available, try again later.", BotCheck),
        ("Private video. Sign in if you've been granted access to this video", MediaPrivate),
        ("You are not authorized to view this protected tweet", MediaPrivate),
        ("Video unavailable. This video has been removed by the uploader", MediaGone),
        ("This video is no longer available because the account has been terminated", MediaGone),
        ("Requested tweet is unavailable", MediaGone),
        ("HTTP Error 404: Not Found", MediaGone),
        ("Sign in to confirm your age. This video may be inappropriate", LoginRequired),
        ("Join this channel to get access to members-only content", LoginRequired),
        ("NSFW tweet requires authentication", LoginRequired),
        ("This video is only available for registered users", LoginRequired),
        ("The uploader has not made this video available in your country", RegionLocked),
        ("This video is not available from your location due to geo restriction", RegionLocked),
        ("Premieres in 3 hours", LiveStream),
        ("No video could be found in this tweet", NoMediaAtUrl),
        ("The read operation timed out", FetchTimeout),
        ("Something nobody has seen before", FetchFailed),
    ],
)
def test_what_the_sites_say_is_understood(text: str, error: type[FetchError]) -> None:
    assert type(outcome(f"ERROR: [youtube] abc: {text}")) is error


def test_pictures_of_posts_are_told_from_avatars() -> None:
    assert is_post_picture("https://pbs.twimg.com/media/abc.jpg:large")
    assert not is_post_picture("https://pbs.twimg.com/profile_images/1/me.jpg")
    assert not is_post_picture("http://[bad")
    assert read_post("<meta name='twitter:image' content='https://pbs.twimg.com/media/a'>") == (
        read_post("<META content='https://pbs.twimg.com/media/a' property='OG:IMAGE'>")
    )


def test_importing_fetch_does_not_import_the_downloader() -> None:
    program = "import sys, clarity.media.fetch; print('yt_dlp' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert run.stdout.strip() == "False", run.stderr
