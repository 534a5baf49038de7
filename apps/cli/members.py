"""`clarity login`, `logout`, `whoami` and `clarity keys`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from apps.cli import credentials, tables
from apps.cli.options import Service, connect
from apps.gateway_client import GatewayError
from apps.member_client import Members
from clarity.accounts.messages import Scope

FAILED = 1

keys = typer.Typer(help="API keys for programs.", no_args_is_help=True)


def login(
    email: Annotated[str, typer.Option(prompt="E-mail address", help="Of the account.")],
    *,
    service: Service = None,
) -> None:
    """Log in; later commands act in your name. The password is asked for, never an option."""
    gateway = connect(service)
    password = typer.prompt("Password", hide_input=True)
    with _told():
        try:
            opened = Members(gateway).log_in(email, password)
        except GatewayError as error:
            if error.code != "second-factor-needed":
                raise
            code = typer.prompt("Code of your authenticator app")
            opened = Members(gateway).log_in(email, password, code=code)
    credentials.keep(gateway.url, opened.token)
    Console().print(
        f"Logged in at {gateway.url} as {opened.account.email} until {opened.expires_at:%Y-%m-%d}.",
        markup=False,
        highlight=False,
    )


def logout(*, service: Service = None) -> None:
    """End the login of this machine."""
    gateway = connect(service)
    with _told():
        Members(gateway).log_out()
    credentials.forget(gateway.url)


def whoami(*, service: Service = None) -> None:
    """Tell as whom commands act."""
    with _told():
        account = Members(connect(service)).account()
    text = f"{account.email}, {account.role.value}, plan {account.plan}"
    Console().print(text, markup=False, highlight=False)


@keys.command("list")
def list_keys(*, service: Service = None) -> None:
    """List your keys; never the keys themselves."""
    with _told():
        found = Members(connect(service)).keys()
    table = Table(header_style="bold")
    for title in ("Id", "Name", "Begins", "May", "Good until", "Last used"):
        table.add_column(title, overflow="fold")
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never"
        scopes = ", ".join(scope.value for scope in key.scopes)
        cells = (key.id, key.name, key.start, scopes, f"{key.expires_at:%Y-%m-%d}", used)
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)


@keys.command("make")
def make_key(
    name: Annotated[str, typer.Argument(help="To tell it from others.")],
    *,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; `scan` unless told.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="Life of the key.")] = 90,
    service: Service = None,
) -> None:
    """Make a key and print it: alone on standard output, this once."""
    scopes = [chosen.value for chosen in scope or [Scope.SCAN]]
    with _told():
        made = Members(connect(service)).make_key(name, scopes, days)
    sys.stdout.write(made.key + "\n")
    Console(stderr=True).print("Keep it well: it is not shown again.")


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="As `clarity keys list` shows it.")],
    *,
    service: Service = None,
) -> None:
    """End a key at once."""
    with _told():
        Members(connect(service)).revoke_key(key_id)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except GatewayError as error:
        Console(stderr=True).print(tables.trouble(error.message, error.hint))
        raise typer.Exit(FAILED) from error
