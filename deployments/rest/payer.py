"""Who pays: the one place where the money routes learn whose money it is.

Accounts are another service. The gateway is given something that knows them (`People`); as
long as it is given none, every route that needs an account answers 401.
"""

from typing import Annotated, ClassVar, Protocol

from fastapi import Depends, Request

from clarity.errors import ClarityError
from deployments.rest.services import ServicesOf


class NotLoggedIn(ClarityError):
    """This is only for accounts, and nobody is logged in."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "not-logged-in"
    hint = "Log in, and send the token as `Authorization: Bearer …`."


class NotForThisRole(ClarityError):
    """The account may not do this."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "not-for-this-role"
    hint = "Refunds and payouts are for administrators."


class People(Protocol):
    """Knows who asks."""

    async def account_of(self, request: Request) -> str:
        """Identifier (UUID) of the account that asks. Raises a 401 or 403 error if none does."""
        ...

    async def administrator_of(self, request: Request) -> str:
        """The same, where the account is an administrator's."""
        ...


async def _account(request: Request, services: ServicesOf) -> str:
    if services.people is None:
        raise NotLoggedIn("Nobody is logged in.")
    return await services.people.account_of(request)


async def _administrator(request: Request, services: ServicesOf) -> str:
    if services.people is None:
        raise NotLoggedIn("Nobody is logged in.")
    return await services.people.administrator_of(request)


Account = Annotated[str, Depends(_account)]
Administrator = Annotated[str, Depends(_administrator)]
