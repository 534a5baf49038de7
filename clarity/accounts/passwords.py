"""Argon2id (RFC 9106), as many at a time as the machine can bear."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from clarity.errors import ClarityError

AT_ONCE = 2
"""Each takes 64 MiB and a core: more at once would only starve the scans."""
WAIT_SECONDS = 10.0


class PasswordsBusy(ClarityError):
    """Too many logins at this moment."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "logins-busy"
    hint = "Try again in a few seconds."
    retry_after = 5


class Passwords:
    """Hashes and checks passwords. Safe to share between threads.

    Args:
        memory_kibibytes: and the other two: RFC 9106's second recommended set of costs.
        rounds: passes over the memory.
        lanes: threads of one hash.
    """

    def __init__(
        self, *, memory_kibibytes: int = 64 * 1024, rounds: int = 3, lanes: int = 4
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=rounds, memory_cost=memory_kibibytes, parallelism=lanes, type=Type.ID
        )
        self._places = threading.BoundedSemaphore(AT_ONCE)
        # Compared with where there is no account, so that the answer takes as long.
        self._nobody = self._hasher.hash("nobody")

    def hash(self, password: str) -> str:
        """The password's hash with a new salt; raises `PasswordsBusy`."""
        with self._place():
            return self._hasher.hash(password)

    def matches(self, password: str, stored: str | None) -> bool:
        """Whether the password is the stored one; None stands for an account there is not.

        Raises:
            PasswordsBusy: no place was free for ten seconds.
        """
        with self._place():
            try:
                return self._hasher.verify(stored or self._nobody, password) and stored is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with lower costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise PasswordsBusy("Too many people are logging in just now.")
        try:
            yield
        finally:
            self._places.release()
