"""Which addresses are visited."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.media.fetching.errors import (
    FetchError,
    FetchTimeout,
    InvalidUrl,
    PrivateAddress,
    UnsupportedSite,
)
from clarity.media.fetching.guard import Guard, Refused, check_url, is_public

PRIVATE_NETWORKS = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"]
PRIVATE_NETWORKS += ["172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15"]
PRIVATE_NETWORKS += ["224.0.0.0/4", "240.0.0.0/4"]

private_addresses = st.sampled_from(PRIVATE_NETWORKS).flatmap(
    lambda network: st.ip_addresses(network=network)
)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://www.youtube.com/watch?v=1#t=3", "https://www.youtube.com/watch?v=1"),
        ("  youtu.be/abc ", "https://youtu.be/abc"),
        ("https://X.com./a/status/1", "https://x.com/a/status/1"),
        ("http://m.facebook.com:80/watch?v=1", "http://m.facebook.com/watch?v=1"),
        ("https://\uff59outube.com/shorts/1", "https://youtube.com/shorts/1"),
    ],
)
def test_posts_of_the_three_sites_pass_in_plain_form(url: str, plain: str) -> None:
    assert check_url(url) == plain


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://vimeo.com/1", UnsupportedSite),
        ("https://evilyoutube.com/", UnsupportedSite),
        ("https://youtube.com.evil.org/", UnsupportedSite),
        ("https://youtube.com@evil.org/", UnsupportedSite),
        ("http://8.8.8.8/", UnsupportedSite),
        ("https://video.fbcdn.net/a.mp4", UnsupportedSite),
        ("http://127.0.0.1", PrivateAddress),
        ("http://127.0.0.1:8000/v1", PrivateAddress),
        ("http://localhost/", PrivateAddress),
        ("http://2130706433/", PrivateAddress),
        ("http://0x7f.1/", PrivateAddress),
        ("http://0177.0.0.1/", PrivateAddress),
        ("http://127。0。0。1/", PrivateAddress),
        ("http://[::1]/", PrivateAddress),
        ("http://[::ffff:127.0.0.1]/", PrivateAddress),
        ("http://[64:ff9b::10.0.0.1]/", PrivateAddress),
        ("http://[2002:a00:1::]/", PrivateAddress),
        ("http://[fd00::1]/", PrivateAddress),
        ("http://[fe80::1%25eth0]/", PrivateAddress),
        ("https://youtube.com@127.0.0.1/", PrivateAddress),
        ("https://me:secret@youtube.com/watch?v=1", InvalidUrl),
        ("https://youtube.com:22/", InvalidUrl),
        ("https://youtube.com\\@evil.org/", InvalidUrl),
        ("https://youtube.com/\x00", InvalidUrl),
        ("ftp://youtube.com/a", InvalidUrl),
        ("file:///etc/passwd", InvalidUrl),
        ("javascript:alert(1)", InvalidUrl),
        ("https://", InvalidUrl),
        ("", InvalidUrl),
        ("https://youtube.com/" + "a" * 3000, InvalidUrl),
    ],
)
def test_every_other_address_is_refused(url: str, error: type[FetchError]) -> None:
    with pytest.raises(error) as caught:
        check_url(url)

    assert caught.value.status == 422
    assert caught.value.hint


@given(private_addresses, st.sampled_from(["{0}", "{1}", "{1:#x}", "{1:#o}", "[::ffff:{0}]"]))
def test_a_private_address_is_refused_in_every_notation(
    address: ipaddress.IPv4Address, notation: str
) -> None:
    with pytest.raises(PrivateAddress):
        check_url(f"http://{notation.format(address, int(address)).replace('0o', '0')}/")


@given(st.text(max_size=60))
def test_any_text_is_answered_by_an_address_or_a_typed_error(text: str) -> None:
    try:
        plain = check_url(text)
    except FetchError:
        return
    assert check_url(plain) == plain


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def no_dialling(address: tuple[str, int], timeout: float) -> socket.socket:
    raise AssertionError(f"dialled {address}")


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.215.14", "10.0.0.7"], ["::1"], ["fe80::1%eth0"]]
)
def test_a_name_that_leads_inside_is_never_dialled(addresses: list[str]) -> None:
    guard = Guard(10, resolve=lambda host, port: addresses, dial=no_dialling)

    with pytest.raises(Refused):
        guard.connect(("www.youtube.com", 443), 1.0)

    assert isinstance(guard.refusal, PrivateAddress)


@pytest.mark.parametrize(
    ("host", "port", "error"),
    [
        ("evil.org", 443, UnsupportedSite),
        ("youtube.com", 6379, UnsupportedSite),
        ("169.254.169.254", 80, PrivateAddress),
    ],
)
def test_other_hosts_and_ports_are_never_dialled(
    host: str, port: int, error: type[FetchError]
) -> None:
    guard = Guard(10, resolve=lambda host, port: ["93.184.215.14"], dial=no_dialling)

    with pytest.raises(Refused):
        guard.connect((host, port), 1.0)

    assert isinstance(guard.refusal, error)


def test_what_was_checked_is_what_is_dialled() -> None:
    """A name that resolves differently the second time gains nothing."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    dialled: list[tuple[str, int]] = []

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(address)
        return socket.socket()

    guard = Guard(10, resolve=lambda host, port: next(answers), dial=dial)
    guard.connect(("www.youtube.com", 443), 1.0).close()

    assert dialled == [("93.184.215.14", 443)]


def test_no_connection_is_made_after_the_time() -> None:
    guard = Guard(-1, dial=no_dialling)

    with pytest.raises(Refused):
        guard.connect(("www.youtube.com", 443), 1.0)

    assert isinstance(guard.refusal, FetchTimeout)
    assert guard.refusal.status == 504
