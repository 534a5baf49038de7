"""Which addresses may be visited, checked again at every single connection.

A redirect, a second request of the downloader or a name that suddenly resolves elsewhere all
end in a new connection, so that is where the guard stands: it resolves the name itself and
connects to the very address that it has checked.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from urllib.parse import SplitResult, urlsplit, urlunsplit

from clarity.media.fetching.errors import (
    FetchError,
    FetchTimeout,
    InvalidUrl,
    PrivateAddress,
    UnsupportedSite,
)

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]
Dial = Callable[[tuple[str, int], float], socket.socket]

PAGE_HOSTS = frozenset(
    {"youtube.com", "youtu.be", "youtube-nocookie.com", "x.com", "twitter.com", "t.co"}
    | {"facebook.com", "fb.watch", "fb.com"}
)
"""Hosts, with their subdomains, whose addresses people may send."""

PICTURE_HOSTS = frozenset({"twimg.com", "fbcdn.net", "fbsbx.com"})
"""Hosts on which the pictures of posts lie."""

VIDEO_HOSTS = frozenset({"googlevideo.com", "ytimg.com", "youtubei.googleapis.com"})

ALL_HOSTS = PAGE_HOSTS | PICTURE_HOSTS | VIDEO_HOSTS
"""Hosts that a connection may go to while something is fetched."""

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 2048
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check_url(url: str, hosts: Iterable[str] = PAGE_HOSTS) -> str:
    """The address in its plain form, if it may be fetched. Nothing is resolved or visited.

    Raises:
        InvalidUrl: not an http(s) address, or one with a user, a port or odd characters.
        PrivateAddress: a number that is not a public address, in whatever notation.
        UnsupportedSite: another host than those listed.
    """
    parts, host = _parts(url)
    check_host(host, hosts)
    if "@" in parts.netloc or parts.port not in (None, PORTS[parts.scheme]):
        raise InvalidUrl("An address with a user name or a port is not fetched.")
    return urlunsplit(parts._replace(netloc=host, fragment=""))


def check_host(host: str, hosts: Iterable[str]) -> None:
    """Raise unless `host` is one of `hosts` or below one.

    Raises:
        PrivateAddress, UnsupportedSite: as in `check_url`.
    """
    literal = literal_address(host)
    if host == "localhost" or (literal is not None and not is_public(literal)):
        raise PrivateAddress(f"{host} is not a public address.")
    if not is_under(host, hosts):
        raise UnsupportedSite(f"{host} is not a site that is fetched from.")


def is_under(host: str, hosts: Iterable[str]) -> bool:
    """Whether a host is one of these or a subdomain of one."""
    return any(host == known or host.endswith(f".{known}") for known in hosts)


def literal_address(host: str) -> IPAddress | None:
    """The address that a host writes as a number; also 2130706433, 0177.1 and 0x7f000001."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def is_public(address: IPAddress) -> bool:
    """Whether everybody on the Internet reaches the same machine by this address.

    An IPv6 address that carries an IPv4 address inside is judged by that too.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64 or int(address) >> 32 == 0:  # the latter: IPv4-compatible, retired
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_public(one) for one in inner if one is not None):
            return False
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def dial(address: tuple[str, int], timeout: float) -> socket.socket:
    """Connect to a numeric address."""
    return socket.create_connection(address, timeout)


class Refused(OSError):
    """A connection that the guard does not make; an `OSError`, as HTTP clients expect."""


class Guard:
    """Makes the connections of one fetch.

    Args:
        seconds: how long the whole fetch may take.
        hosts: hosts that connections may go to.
        resolve: gives the addresses of a name.
        dial: connects to a numeric address.

    Attributes:
        refusal: why the last connection was refused, if one was. HTTP clients turn
            exceptions into their own, so it is kept here for whoever asks afterwards.
    """

    def __init__(
        self,
        seconds: float,
        *,
        hosts: Iterable[str] = ALL_HOSTS,
        resolve: Resolve = resolve,
        dial: Dial = dial,
    ) -> None:
        self._hosts = frozenset(hosts)
        self._resolve = resolve
        self._dial = dial
        self._deadline = time.monotonic() + seconds
        self.refusal: FetchError | None = None

    def check_time(self) -> None:
        """Raise once the time is over.

        Raises:
            FetchTimeout: it is.
        """
        if time.monotonic() > self._deadline:
            raise FetchTimeout("Fetching took too long.")

    def connect(self, address: tuple[str, int], timeout: float, *_: object) -> socket.socket:
        """A connected socket, like `socket.create_connection` gives and with its arguments.

        Raises:
            Refused: with `refusal` set.
            OSError: nothing answers there.
        """
        host, port = address
        try:
            self.check_time()
            addresses = self._checked(host.rstrip(".").lower(), port)
        except FetchError as error:
            self.refusal = error
            raise Refused(error.message) from error
        return self._first(addresses, port, timeout)

    def _checked(self, host: str, port: int) -> list[str]:
        """The addresses of a host; one that is not public spoils them all."""
        check_host(host, self._hosts)
        if port not in PORTS.values():
            raise UnsupportedSite(f"{host} is not fetched from by port {port}.")
        addresses = list(self._resolve(host, port))
        for address in addresses:
            number = literal_address(address)
            if number is None or not is_public(number):
                raise PrivateAddress(f"{host} leads to a private address.")
        return addresses

    def _first(self, addresses: list[str], port: int, timeout: float) -> socket.socket:
        failure = OSError("the name has no address")
        for address in addresses:
            try:
                return self._dial((address, port), timeout)
            except OSError as error:
                failure = error
        raise failure


def _parts(url: str) -> tuple[SplitResult, str]:
    """The parts of an address, and its host as the network will see it."""
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    odd = any(character.isspace() or not character.isprintable() for character in text)
    if odd or "\\" in text or len(text) > LONGEST_URL:
        raise InvalidUrl("This is not a web address.")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # raises where it is not a number
        host = (parts.hostname or "").rstrip(".").encode("idna").decode() or None
    except ValueError:  # also UnicodeError: a name that cannot exist
        raise InvalidUrl("This is not a web address.") from None
    if parts.scheme not in PORTS or host is None:
        raise InvalidUrl("Only addresses that start with http:// or https:// are fetched.")
    return parts, host
