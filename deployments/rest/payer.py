"""Who pays: the money routes know an account by its identifier alone."""

from typing import Annotated

from fastapi import Depends

from deployments.rest.access import Administrator as AdministratorCaller
from deployments.rest.access import Member


def _account(caller: Member) -> str:
    return caller.who.account_id


def _administrator(caller: AdministratorCaller) -> str:
    return caller.who.account_id


Account = Annotated[str, Depends(_account)]
Administrator = Annotated[str, Depends(_administrator)]
