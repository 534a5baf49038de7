"""Who may use a route. Every route names one rule; the application refuses to be built else."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from clarity.accounts.messages import Role, Scope
from clarity.accounts.sessions import AccountSuspended, Identity, SessionOver
from clarity.errors import ClarityError
from deployments.rest.gate import ADDRESS
from deployments.rest.limiter import TooManyRequests
from deployments.rest.services import Services


class LoginNeeded(ClarityError):
    """This is only for people who are logged in."""

    status: ClassVar[int] = 401
    code: ClassVar[str] = "login-needed"
    hint = "Log in, and send the token as `Authorization: Bearer …`."


class NotAllowed(ClarityError):
    """The account or the key may not do this."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "not-allowed"
    hint = "Use an account with the right role, or a key with the right scope; see /v1/docs."


class UnruledRoute(Exception):
    """A route names no access rule, or more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Attributes:
    address: unit of addresses that the request came from.
    identity: who is logged in; None for a stranger.
    token: what they came with; empty for a stranger.
    """

    address: str
    identity: Identity | None = None
    token: str = ""

    @property
    def who(self) -> Identity:
        """The identity, on routes that need one."""
        assert self.identity is not None
        return self.identity


class Access:
    """A rule, used as a dependency that gives the `Caller`.

    Args:
        roles: that may; None: strangers too.
        scope: that an API key needs; None: keys are refused, only a login will do.
        blind: do not even look at the token, so that a stale one is no hindrance.
    """

    def __init__(
        self,
        roles: Iterable[Role] | None = None,
        *,
        scope: Scope | None = None,
        blind: bool = False,
    ) -> None:
        self.roles = None if roles is None else frozenset(roles)
        self.scope = scope
        self.blind = blind

    async def __call__(self, request: Request) -> Caller:
        services: Services = request.app.state.services
        address = request.scope[ADDRESS]
        token = bearer(request)
        if self.blind or (not token and self.roles is None):
            return Caller(address=address, token=token)
        if not token:
            raise LoginNeeded("You are not logged in.")
        identity = await asyncio.to_thread(services.members.desk.identify, token)
        self.check(identity)
        services.limiter.hit(services.settings.account_limit, "account", identity.account_id)
        return Caller(address=address, identity=identity, token=token)

    def check(self, identity: Identity) -> None:
        """Raise `NotAllowed` unless role and scope suffice."""
        if self.roles is not None and identity.role not in self.roles:
            raise NotAllowed(f"This is not for the role of {identity.role.value}.")
        if identity.scopes is not None and self.scope not in identity.scopes:
            need = f"the scope {self.scope.value}" if self.scope else "a login, not a key"
            raise NotAllowed(f"This needs {need}.")


async def _hit_entrance(request: Request) -> None:
    services: Services = request.app.state.services
    services.limiter.hit(services.settings.entrance_limit, "entrance", request.scope[ADDRESS])


EVERYBODY = (Role.CUSTOMER, Role.EXPERT, Role.ADMINISTRATOR)

open_to_all = Access(blind=True)
anyone = Access(scope=Scope.SCAN)
members_only = Access(EVERYBODY)
members_or_keys = Access(EVERYBODY, scope=Scope.HISTORY)
experts_only = Access((Role.EXPERT,))
administrators = Access((Role.ADMINISTRATOR,))

Stranger = Annotated[Caller, Depends(open_to_all)]
Anyone = Annotated[Caller, Depends(anyone)]
Member = Annotated[Caller, Depends(members_only)]
MemberOrKey = Annotated[Caller, Depends(members_or_keys)]
Expert = Annotated[Caller, Depends(experts_only)]
Administrator = Annotated[Caller, Depends(administrators)]
OPEN = [Depends(open_to_all)]
"""For routes that do not care who asks."""
LIMITED = [Depends(_hit_entrance)]
"""For routes where passwords could be tried or letters sent."""

STRANGER_ERRORS = (TooManyRequests,)
ANYONE_ERRORS = (SessionOver, NotAllowed, AccountSuspended, TooManyRequests)
MEMBER_ERRORS = (LoginNeeded, *ANYONE_ERRORS)


def bearer(request: Request) -> str:
    """The token of the Authorization header; empty when there is none of this kind."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def rule_of(route: RouteContext) -> Access:
    """The rule of a route; raises `UnruledRoute` unless it has exactly one."""
    rules = {call for call in _calls(route.dependant) if isinstance(call, Access)}
    if len(rules) != 1:
        raise UnruledRoute(f"{route.path} names {len(rules)} access rules instead of one")
    return rules.pop()


def need_rules(app: FastAPI) -> None:
    """Raise `UnruledRoute` unless every route has a rule."""
    for route in routes(app):
        rule_of(route)


def routes(app: FastAPI) -> list[RouteContext]:
    """Every route of ours that the application answers, documented or not."""
    found = iter_route_contexts(app.routes)
    return [route for route in found if isinstance(route.original_route, APIRoute)]


def _calls(dependant: Dependant) -> Iterable[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
