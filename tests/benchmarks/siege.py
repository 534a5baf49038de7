"""Can free traffic slow a paying customer? A siege of the service as `clarity up` starts it.

    python -m tests.benchmarks.siege [--times 50] [--seconds 60] [--idle 60]

First the customer scans alone, one scan after another; then a burst of free scans tells how
many the machine does in a second; then free uploads come at 50 times that rate from a
thousand addresses, under the limits that the service has by default, and the customer goes
on as before. The bar: the customer's 95th percentile under siege at most 1.3 times the idle
one; free users get 202 or 429, never 5xx. Whatever else the machine does slows both phases,
and the flood, which comes from this machine too, only the second.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from tests.integration.media import portrait
from tests.running import ROOT, Service, running, token_of_letter

BAR = 1.3
BURST = 20
PASSWORD = "correct horse battery"
ROOT_EMAIL = "root@example.org"
PAUSE_SECONDS = 0.2
MEMORY_SECONDS = 4.0


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    settings = {"CLARITY_ADMINISTRATORS": json.dumps([ROOT_EMAIL])}
    with (
        TemporaryDirectory(prefix="clarity-siege-") as folder,
        running(Path(folder) / "home", "--no-app", settings=settings) as service,
    ):
        customer = Customer(service)
        for _ in range(5):
            customer.scan()
        customer.stages.clear()
        load = os.getloadavg()[0]
        idle = [customer.scan() for _ in range(options.idle)]
        idle_stages = _of_stages(customer.stages)
        capacity = free_capacity(service)
        rate = options.times * capacity
        print(f"idle: {_told(idle)}; load average before {load:.1f}", flush=True)
        print(f"capacity: {capacity:.2f} free scans a second; siege at {rate:.0f}", flush=True)
        customer.stages.clear()
        with peak_memory(service) as peak, flood(service, rate, options.seconds) as ended:
            siege = list(_until(ended, customer.scan))
        free = ended.figures
        siege_stages = _of_stages(customer.stages)
        after = [customer.scan() for _ in range(5)]
    figures = {
        "idle": _percentiles(idle),
        "siege": _percentiles(siege),
        "after": _percentiles(after),
        "stages": {"idle": idle_stages, "siege": siege_stages},
        "ratio": _p95(siege) / _p95(idle),
        "capacity": capacity,
        "rate": rate,
        "free": free,
        "peak_bytes": peak.bytes,
        "load_average": load,
    }
    _print(figures, siege)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n")


class Customer:
    """Somebody on the highest plan, who comes by an address of their own."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._number = 0
        self.stages: list[dict[str, float]] = []
        root = self._join(ROOT_EMAIL)
        paying = self._join("customer@example.org")
        place = f"/v1/admin/accounts/{paying['account']['id']}/plan"
        signed = {"Authorization": f"Bearer {root['token']}"}
        service.http.put(place, json={"plan": "pro"}, headers=signed).raise_for_status()
        self._headers = {
            "Authorization": f"Bearer {paying['token']}",
            "X-Forwarded-For": "198.51.100.1",
            "Prefer": "wait=50",
        }
        self._picture = portrait(size=256)

    def scan(self) -> float:
        """Seconds from the upload of a new file to its report."""
        time.sleep(PAUSE_SECONDS)
        self._number += 1
        files = {"file": ("paid.jpg", self._picture + f"paid {self._number}".encode())}
        began = time.perf_counter()
        answer = self._service.http.post("/v1/scans", files=files, headers=self._headers)
        seconds = time.perf_counter() - began
        scan = answer.raise_for_status().json()
        assert scan["state"] == "done", scan
        assert not scan["instant"], scan
        stages = {time["stage"]: time["seconds"] for time in scan["report"]["times"]}
        self.stages.append(stages | {"around": seconds - sum(stages.values())})
        return seconds

    def _join(self, email: str) -> dict[str, dict[str, str]]:
        http = self._service.http
        given = {"email": email, "password": PASSWORD}
        http.post("/v1/accounts", json=given).raise_for_status()
        proof = {"token": token_of_letter(self._service.home, email), "password": PASSWORD}
        answer = http.post("/v1/accounts/confirmation", json=proof)
        joined: dict[str, dict[str, str]] = answer.raise_for_status().json()
        return joined


def free_capacity(service: Service) -> float:
    """Free scans that the machine finishes in a second: of a burst, all handed in before."""
    picture = portrait(size=256)
    began = time.perf_counter()
    places = []
    for number in range(BURST):
        files = {"file": ("free.jpg", picture + f"burst {number}".encode())}
        places.append(service.http.post("/v1/scans", files=files).headers["location"])
    for place in places:
        while service.http.get(place).json()["state"] not in ("done", "failed"):
            time.sleep(0.2)
    return BURST / (time.perf_counter() - began)


class Ended(threading.Event):
    """Set when the flood is over; then `figures` are what it printed."""

    figures: Mapping[str, object] = {}


@contextmanager
def flood(service: Service, rate: float, seconds: float) -> Iterator[Ended]:
    """Free traffic in a process of its own."""
    port = httpx.URL(service.url).port
    command = [sys.executable, "-m", "tests.benchmarks.flood"]
    given = [f"--port={port}", f"--rate={rate}", f"--seconds={seconds}"]
    # Attackers have machines of their own: this one's cores are the service's first.
    process = subprocess.Popen(
        ["nice", "-n", "10", *command, *given], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    ended = Ended()

    def wait() -> None:
        output, _ = process.communicate()
        ended.figures = json.loads(output) if output else {}
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield ended
    finally:
        thread.join(seconds + 120)
        process.kill()


class Peak:
    """Proportional set size of every process of the service together, at its highest."""

    bytes = 0


@contextmanager
def peak_memory(service: Service) -> Iterator[Peak]:
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(MEMORY_SECONDS):
            total = 0
            for process in service.family:
                with suppress(psutil.Error):
                    total += process.memory_full_info().pss
            peak.bytes = max(peak.bytes, total)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _until(ended: threading.Event, scan: Callable[[], float]) -> Iterator[float]:
    while not ended.is_set():
        yield scan()


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {"scans": len(seconds), "p50": statistics.median(seconds), "p95": _p95(seconds)}


def _of_stages(stages: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Median and 95th percentile of every stage, and of what lies around them."""

    def told(seconds: list[float]) -> str:
        return f"{statistics.median(seconds):.3f}, {_p95(seconds):.3f}"

    return {name: told([one[name] for one in stages]) for name in stages[0]}


def _told(seconds: Sequence[float]) -> str:
    told = _percentiles(seconds)
    return f"{len(seconds)} scans, median {told['p50']:.2f} s, 95th percentile {told['p95']:.2f} s"


def _print(figures: Mapping[str, object], siege: Sequence[float]) -> None:
    free = figures["free"]
    print(f"siege: {_told(siege)}")
    print(f"seconds by stage: {json.dumps(figures['stages'])}")
    print(f"free: {json.dumps(free)}")
    ratio, peak = figures["ratio"], figures["peak_bytes"]
    holds = "holds" if float(str(ratio)) <= BAR else "does not hold"
    print(f"ratio of the 95th percentiles {ratio:.2f}, bar {BAR}: it {holds}")
    errors = [name for name in free.get("answers", {}) if name.startswith("5")]
    print(
        f"answers of 5xx: {errors or 'none'}; peak of all processes {int(str(peak)) / 1e6:.0f} MB"
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=float, default=50, help="the measured capacity")
    parser.add_argument("--seconds", type=float, default=60, help="of siege")
    parser.add_argument("--idle", type=int, default=60, help="scans before it")
    parser.add_argument("--json", type=Path, default=Path("var/bench/siege.json"))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
