"""Options that commands share, and what they lead to."""

from typing import Annotated

import typer

from apps.cli.credentials import credentials
from apps.gateway_client import Gateway, GatewayError

CONTACT_SECONDS = 3.0
"""A person at a terminal should learn soon that the service is not running."""

Service = Annotated[
    str | None,
    typer.Option(
        "--service",
        envvar="CLARITY_GATEWAY_URL",
        help="Address of the service; http://127.0.0.1:8000 unless told.",
        show_default=False,
    ),
]


def connect(service: str | None) -> Gateway:
    """The gateway, called with the login or the key of this machine.

    Raises:
        typer.BadParameter: the certificates of CLARITY_GATEWAY_CA cannot be read.
    """
    try:
        gateway = Gateway(service, contact=CONTACT_SECONDS)
    except GatewayError as error:
        raise typer.BadParameter(f"{error.message} {error.hint}") from error
    return gateway.signed(credentials(gateway.url))
