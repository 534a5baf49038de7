"""Requests that are at fault: the right status, a message, a hint, nothing left behind."""

import asyncio

import httpx
import pytest

from clarity.scans.messages import Problem

from .conftest import picture


def assert_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert problem.status == status
    assert problem.type == f"/problems/{code}"
    assert problem.detail
    assert problem.hint


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty-file"),
        (b"just some text, whatever its name says", 415, "unsupported-media"),
        (b"%PDF-1.7 " + bytes(10_000), 415, "unsupported-media"),
        (b"\x00" * 100_000, 415, "unsupported-media"),
    ],
)
def test_what_is_no_media_is_refused_at_once(clarity, content, status, code):
    assert_problem(clarity.send(content, "portrait.jpg"), status, code)
    assert clarity.objects() == []


def test_files_over_the_limit_are_refused_at_the_limit(installed):
    clarity = installed(upload_bytes=100_000)
    exact = picture()
    exact += bytes(100_000 - len(exact))
    assert clarity.send(exact).status_code == 202
    assert_problem(clarity.send(exact + b"1"), 413, "upload-too-large")
    assert len(clarity.objects()) == 1


def chunked(clarity, chunks, boundary="b"):
    """Send a form without announcing its length; gives the answer and the chunks taken."""
    taken = []

    async def body():
        yield (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        ).encode()
        for chunk in chunks:
            taken.append(len(chunk))
            yield chunk
            await asyncio.sleep(0)

    async def once():
        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
            return await client.post("/v1/scans", content=body(), headers=headers)

    return asyncio.run(once()), taken


def test_the_limit_holds_while_streaming(installed):
    clarity = installed(upload_bytes=1_000_000)
    endless = [picture()] + [bytes(1_000_000)] * 1000
    answer, taken = chunked(clarity, endless)
    assert_problem(answer, 413, "upload-too-large")
    assert sum(taken) < 20_000_000, "not read to the end"
    assert clarity.objects() == []


def test_an_upload_that_breaks_off_is_refused(clarity):
    answer, _ = chunked(clarity, [picture(), bytes(1000)])
    assert_problem(answer, 400, "upload-broken")
    assert clarity.objects() == []


def test_an_upload_that_stalls_is_refused(installed):
    clarity = installed(upload_idle_seconds=0.2)

    async def once():
        async def body():
            yield b"--b\r\n"
            await asyncio.sleep(5)

        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            return await client.post("/v1/scans", content=body(), headers=headers)

    assert_problem(asyncio.run(once()), 408, "upload-stalled")


@pytest.mark.parametrize(
    "options",
    [
        {"files": {"other": ("a.png", picture())}},
        {"files": [("file", ("a.png", picture())), ("file", ("b.png", picture()))]},
        {"content": b"", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"garbage", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
    ],
)
def test_forms_without_exactly_one_file_are_refused(clarity, options):
    assert_problem(clarity.call("POST", "/v1/scans", **options), 400, "upload-broken")
    assert clarity.objects() == []


def test_other_fields_beside_the_file_are_passed_over(clarity):
    answer = clarity.call(
        "POST", "/v1/scans", files={"file": ("a.png", picture())}, data={"note": "hello"}
    )
    assert answer.status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "image/png", "application/x-www-form-urlencoded"])
def test_other_bodies_are_refused(clarity, kind):
    answer = clarity.call("POST", "/v1/scans", content=b"x", headers={"Content-Type": kind})
    assert_problem(answer, 415, "unsupported-body")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"url": 1}', b'{"url": ""}'])
def test_addresses_that_are_none_are_refused(clarity, body):
    headers = {"Content-Type": "application/json"}
    answer = clarity.call("POST", "/v1/scans", content=body, headers=headers)
    assert_problem(answer, 422, "invalid-request")


def test_addresses_are_checked_before_a_scan_is_made(clarity):
    answer = clarity.call("POST", "/v1/scans", json={"url": "http://127.0.0.1/"})
    assert_problem(answer, 422, "unknown-site")


def test_a_validation_error_does_not_repeat_the_value(clarity):
    secret = "my-private-token" * 200
    answer = clarity.call("POST", "/v1/scans", json={"url": secret})
    assert_problem(answer, 422, "invalid-request")
    assert "my-private-token" not in answer.text


def test_unknown_addresses_and_methods(clarity):
    assert_problem(clarity.call("GET", "/v1/nothing"), 404, "no-such-address")
    wrong = clarity.call("DELETE", "/v1/scans")
    assert_problem(wrong, 405, "method-not-allowed")
    assert "POST" in wrong.headers["allow"]
    assert_problem(clarity.call("GET", "/v1/models/none"), 404, "model-not-found")
    assert_problem(clarity.call("GET", f"/v1/scans/{'x' * 65}"), 422, "invalid-request")


def test_what_goes_wrong_inside_stays_inside(clarity, monkeypatch, capsys):
    def explode(scan_id):
        raise RuntimeError("secret detail of the database")

    monkeypatch.setattr(type(clarity.archive), "row", lambda self, scan_id: explode(scan_id))
    answer = clarity.call("GET", "/v1/scans/abc")
    assert_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["request-id"] in answer.json()["detail"]
