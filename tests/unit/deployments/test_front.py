"""What stands before the gateway: heads are bounded, free submissions wait outside."""

import asyncio
import json
import socket
import threading
import time

import httpx
import pytest
import uvicorn

from deployments import front
from deployments.front import AT_ONCE, FreeDoor, HastyProtocol

FULL = json.dumps({"type": "/problems/free-lane-full"}).encode()


async def echo(scope, receive, send):
    """Answers with the number of bytes that it was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture
def port(monkeypatch):
    """Of a server that speaks by the protocol."""
    monkeypatch.setattr(front, "HEAD_SECONDS", 0.5)
    config = uvicorn.Config(echo, http=HastyProtocol, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def heard(port, *pieces, pause=0.0):
    """What the server says to pieces sent one after another, until it ends the line."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        try:
            for piece in pieces:
                line.sendall(piece)
                time.sleep(pause)
            return line.recv(1000)
        except ConnectionError:
            return b""


def test_large_bodies_and_kept_connections_are_served(port):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for size in (0, 10, 300_000, 0, 1_000_000, 5):
            answer = client.post("/", content=b"x" * size)
            assert answer.text == str(size)
        time.sleep(0.7)  # longer than a head may take: between requests none is awaited
        assert client.post("/", content=b"x").text == "1"


@pytest.mark.parametrize(
    "head", [[b"X: " + b"a" * 1000 + b"\r\n"] * 200, [b"X: ", *[b"a" * 10_000] * 100]]
)
def test_heads_that_are_too_large_end_the_connection(port, head):
    assert heard(port, b"GET / HTTP/1.1\r\nHost: c\r\n", *head, b"\r\n\r\n") == b""


def test_heads_that_take_too_long_end_the_connection(port):
    began = time.monotonic()
    assert heard(port) == b""
    assert heard(port, *[b"GET / HTTP/1.1\r\n", *[b"X: 1\r\n"] * 30], pause=0.05) == b""
    assert time.monotonic() - began < 4
    whole = b"GET / HTTP/1.1\r\nHost: c\r\nContent-Length: 3\r\n\r\n"
    assert heard(port, whole, b"a", b"b", b"c", pause=0.3).startswith(b"HTTP/1.1 200")


class Gateway:
    """Says what it is told to, when it is told to."""

    def __init__(self):
        self.asked = 0
        self.status, self.body = 202, b"{}"
        self.go = asyncio.Event()

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await self.go.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


def submission(door, *headers, path="/v1/scans"):
    """The status that a submission gets, as a task."""
    scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers)}
    statuses = []

    async def send(message):
        if "status" in message:
            statuses.append(message["status"])

    async def ask():
        await door(scope, None, send)
        return statuses[0]

    return asyncio.create_task(ask())


async def settled():
    await asyncio.sleep(0.02)


def test_a_burst_waits_outside_and_customers_pass():
    async def story():
        gateway = Gateway()
        door = FreeDoor(gateway)
        free = [submission(door) for _ in range(100)]
        await settled()
        assert gateway.asked == AT_ONCE
        paid = submission(door, (b"authorization", b"Bearer x"))
        other = submission(door, path="/v1/sessions")
        await settled()
        assert gateway.asked == AT_ONCE + 2
        gateway.go.set()
        assert (await paid, await other) == (202, 202)
        statuses = [await one for one in free]
        assert statuses.count(202) == AT_ONCE + front.MOST_WAITING
        assert statuses.count(429) == 100 - AT_ONCE - front.MOST_WAITING

    asyncio.run(story())


def test_after_the_lane_was_full_one_asks_and_then_more(monkeypatch):
    monkeypatch.setattr(front, "CLOSED_SECONDS", 0.1)

    async def story():
        gateway = Gateway()
        gateway.go.set()
        door = FreeDoor(gateway)
        gateway.status, gateway.body = 429, FULL
        assert await submission(door) == 429
        assert [await submission(door) for _ in range(5)] == [429] * 5
        assert gateway.asked == 1, "the gateway is left alone"
        await asyncio.sleep(0.15)
        gateway.status, gateway.body = 202, b"{}"
        gateway.go.clear()
        asking = [submission(door) for _ in range(5)]
        await settled()
        assert gateway.asked == 2, "one asks"
        gateway.go.set()
        assert sorted([await one for one in asking]) == [202, 429, 429, 429, 429]
        for _ in range(AT_ONCE):
            assert await submission(door) == 202

    asyncio.run(story())


def test_who_uploads_slowly_or_waits_long_keeps_nobody_out(monkeypatch):
    monkeypatch.setattr(front, "HOLD_SECONDS", 0.05)

    async def story():
        gateway = Gateway()
        door = FreeDoor(gateway)
        slow = [submission(door) for _ in range(AT_ONCE)]
        await asyncio.sleep(0.1)
        quick = submission(door)
        await settled()
        assert gateway.asked == AT_ONCE + 1
        gateway.go.set()
        assert {await one for one in (*slow, quick)} == {202}
        assert door._inside == 0

    asyncio.run(story())


def test_what_is_said_at_the_door_is_a_problem_as_the_gateway_writes_it():
    problem = json.loads(front._REFUSAL)
    assert problem["type"] == "/problems/free-lane-full"
    assert problem["status"] == 429
    assert problem["detail"]
    assert problem["hint"]
