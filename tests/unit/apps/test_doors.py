"""How a browser gets and loses the cookie of a login."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from apps.scanner.doors import BROWSER, SESSION, BrowserCookie, routes, tickets

APP = Starlette(
    routes=[
        Route("/", lambda request: HTMLResponse("<h1>page</h1>")),
        Route("/data", lambda request: JSONResponse({})),
        *routes(SESSION),
    ],
    middleware=[Middleware(BrowserCookie)],
)


def get(path, cookies=None, base="http://page"):
    async def once():
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(
            transport=transport, base_url=base, cookies=cookies or {}
        ) as client:
            return await client.get(path)

    return asyncio.run(once())


def cookie(answer, name):
    found = [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}=")]
    return found[0] if found else ""


def leave(browser="mine"):
    return tickets.leave("the-token", browser=browser, seconds=100)


def test_a_browser_gets_a_cookie_of_its_own_once():
    first = get("/")
    assert "HttpOnly" in cookie(first, BROWSER)
    assert cookie(first, BROWSER) != cookie(get("/"), BROWSER)
    assert not cookie(get("/", {BROWSER: "known"}), BROWSER)
    assert not cookie(get("/data"), BROWSER), "only with a page"


def test_a_ticket_becomes_a_cookie_that_scripts_cannot_read():
    answer = get(f"/enter?ticket={leave()}&page=account", {BROWSER: "mine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    made = cookie(answer, SESSION)
    assert made.startswith(f"{SESSION}=the-token; ")
    for part in ("HttpOnly", "Max-Age=100", "Path=/", "SameSite=lax"):
        assert part in made
    assert "Secure" not in made
    secure = get(f"/enter?ticket={leave()}", {BROWSER: "mine"}, base="https://page")
    assert "Secure" in cookie(secure, SESSION)


def test_a_ticket_counts_once():
    ticket = leave()
    assert cookie(get(f"/enter?ticket={ticket}", {BROWSER: "mine"}), SESSION)
    assert not cookie(get(f"/enter?ticket={ticket}", {BROWSER: "mine"}), SESSION)


@pytest.mark.parametrize("cookies", [{}, {BROWSER: "another"}, {BROWSER: ""}])
def test_a_ticket_is_for_one_browser(cookies):
    assert not cookie(get(f"/enter?ticket={leave()}", cookies), SESSION)
    assert not cookie(get(f"/enter?ticket={leave('')}", cookies), SESSION)


def test_a_ticket_runs_out(monkeypatch):
    monkeypatch.setattr("apps.scanner.doors.TICKET_SECONDS", -1)
    assert not cookie(get(f"/enter?ticket={leave()}", {BROWSER: "mine"}), SESSION)


@pytest.mark.parametrize("page", ["//evil.example", "https://evil.example", "../x", "%0d%0aX: y"])
@pytest.mark.parametrize("door", ["enter", "leave"])
def test_the_doors_lead_to_pages_of_ours_only(door, page):
    assert get(f"/{door}?page={page}").headers["location"] == "/"


def test_leaving_forgets_the_cookie():
    assert "Max-Age=0" in cookie(get("/leave", {SESSION: "the-token"}), SESSION)
