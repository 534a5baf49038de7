"""The root of every error that a person may read."""

from typing import ClassVar


class ClarityError(Exception):
    """An error with a message, a hint that says what to do, and an HTTP status.

    Subclasses stand at the top of the module that raises them. The gateway renders them
    all as RFC 9457 problem documents; the command line and the app show message and hint.

    Attributes:
        status: the HTTP status that fits the error.
        code: a short stable identifier, used as the problem type.
        hint: what the reader can do about it; a class default or given at the raise.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    hint: str = "Try again; if it happens twice, report it with the scan's identifier."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
