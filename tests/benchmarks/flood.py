"""Free traffic in a process of its own: so many uploads a second, whether answered or not.

    python -m tests.benchmarks.flood --port 8000 --rate 100 --seconds 60

Every upload is another file, from one of many addresses that the gateway is told by
X-Forwarded-For, as by a load balancer. Speaks HTTP/1.1 by hand, because a client library
would take more of the machine than what it is to load. Prints one JSON document.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.integration.media import portrait

MOST_OPEN = 1000
"""Connections at once; what is due beyond them is counted as not sent."""
PATIENCE_SECONDS = 60.0
BOUNDARY = "siege"


@dataclass
class Tally:
    """What became of the requests.

    Attributes:
        answers: by status and, of problems, their code.
        placed: answers that told a place in the queue.
        broken: requests without an answer, by reason.
        seconds: until the answer.
        lasted: seconds that the sending took; more than asked for where the machine was busy.
    """

    answers: Counter[str] = field(default_factory=Counter)
    placed: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0


class Flood:
    """Uploads at a fixed rate."""

    def __init__(self, port: int, addresses: int) -> None:
        self.tally = Tally()
        self._port = port
        self._addresses = addresses
        self._picture = portrait(size=256)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._open = 0

    async def run(self, rate: float, seconds: float) -> None:
        """Send at this rate, in requests a second, then wait for the last answers."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        tasks = set()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            if self._open >= MOST_OPEN:
                self.tally.broken["not sent"] += 1
                continue
            task = asyncio.create_task(self._one(number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        self.tally.lasted = loop.time() - began
        await asyncio.gather(*tasks)

    async def _one(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._open += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._exchange(self._request(number))
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            self.tally.broken[type(error).__name__] += 1
            return
        finally:
            self._open -= 1
        self.tally.seconds.append(loop.time() - began)
        self._count(*answer)

    def _count(self, status: int, body: dict[str, object]) -> None:
        problem = str(body.get("type", "")).rpartition("/")[2] if status >= 400 else ""
        self.tally.answers[f"{status} {problem}".strip()] += 1
        if body.get("waiting"):
            self.tally.placed += 1

    async def _exchange(self, request: bytes) -> tuple[int, dict[str, object]]:
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = head.lower().split("\r\n")
            fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
            body = await reader.readexactly(int(fields["content-length"]))
        except BaseException:
            writer.close()
            raise
        if fields.get("connection") == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head.split(" ", 2)[1]), json.loads(body)

    def _request(self, number: int) -> bytes:
        who = number % self._addresses
        address = f"10.{who >> 16 & 255}.{who >> 8 & 255}.{who & 255}"
        body = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
            'name="file"; filename="free.jpg"\r\n\r\n'
        ).encode()
        body += self._picture + b"%d\r\n--%s--\r\n" % (number, BOUNDARY.encode())
        head = (
            "POST /v1/scans HTTP/1.1\r\nHost: siege\r\n"
            f"X-Forwarded-For: {address}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="uploads a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--addresses", type=int, default=1000)
    options = parser.parse_args(arguments)
    flood = Flood(options.port, options.addresses)
    asyncio.run(flood.run(options.rate, options.seconds))
    tally = flood.tally
    seconds = sorted(tally.seconds) or [0.0]
    figures = {
        "answers": dict(tally.answers),
        "placed": tally.placed,
        "broken": dict(tally.broken),
        "lasted": tally.lasted,
        "p50": seconds[len(seconds) // 2],
        "p95": seconds[int(len(seconds) * 0.95)],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
