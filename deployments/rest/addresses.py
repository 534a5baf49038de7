"""Whose request it is, by address; and which addresses are turned away."""

import ipaddress
import time
from collections.abc import Sequence
from threading import Lock
from typing import ClassVar

from sqlalchemy.exc import SQLAlchemyError

from clarity.accounts import administration
from clarity.accounts.rules import address_unit
from clarity.errors import ClarityError
from deployments.rest.members import Members

FRESH_SECONDS = 2.0
"""So long after a ban on one replica the others may still answer."""
UNKNOWN = "unknown"


class AddressBanned(ClarityError):
    """Requests from this address are not answered."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "address-banned"
    hint = "Write to the operator of this service if you think that this is a mistake."


def client_unit(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """The client that counts: one IPv4 address or one IPv6 /64.

    Args:
        peer: address of the other end of the connection.
        forwarded: the X-Forwarded-For header.
        trusted: proxies whose header is believed; each adds the address it got the request
            from at the end, so the last one that is no trusted proxy is the client.
    """
    hops = [peer, *reversed([hop.strip() for hop in forwarded.split(",") if hop.strip()])]
    for number, hop in enumerate(hops):
        last = number == len(hops) - 1
        try:
            if last or not _is_trusted(hop, trusted):
                return address_unit(hop)
        except ValueError:
            # Garbage in the header: what a trusted proxy was told counts for nothing.
            return _unit_or_unknown(hops[number - 1]) if number else UNKNOWN
    return UNKNOWN


def ban_digest(members: Members, unit: str) -> str:
    """How an address stands in the list of bans."""
    return members.desk.digest("address bans", unit)


class BanList:
    """The bans that hold, read from the database every few seconds."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._digests: frozenset[str] = frozenset()
        self._read = float("-inf")
        self._lock = Lock()

    def check(self, unit: str) -> None:
        """Raise `AddressBanned` if the address is banned; blocks now and then."""
        if ban_digest(self._members, unit) in self._current():
            raise AddressBanned("This address has been banned.")

    def forget(self) -> None:
        """Read the list anew at the next request."""
        self._read = float("-inf")

    def is_fresh(self) -> bool:
        """Whether `check` will not block."""
        return time.monotonic() - self._read < FRESH_SECONDS

    def _current(self) -> frozenset[str]:
        with self._lock:
            if not self.is_fresh():
                try:
                    with self._members.accounts.read() as session:
                        bans = administration.bans(session, now=self._members.clock())
                    self._digests = frozenset(ban.digest for ban in bans)
                except SQLAlchemyError:
                    pass  # The list as it was known; whatever needs the database will say so.
                self._read = time.monotonic()
            return self._digests


def _is_trusted(hop: str, trusted: Sequence[str]) -> bool:
    address = ipaddress.ip_address(hop)
    return any(address in ipaddress.ip_network(network) for network in trusted)


def _unit_or_unknown(hop: str) -> str:
    try:
        return address_unit(hop)
    except ValueError:
        return UNKNOWN
