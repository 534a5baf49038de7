"""`clarity up`: the whole of Clarity on this machine, until Ctrl-C.

python -m deployments.up [--port 8000] [--app-port 8501] [--review-port 8502] [--home var]
    [--no-app]
"""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

import httpx
from pydantic import ValidationError

from clarity import python_path
from clarity.detectors.artefact import ReleaseMissing
from clarity.errors import ClarityError
from clarity.promotions.shelf import open_shelf
from clarity.settings import Settings, load_settings
from deployments import environment
from deployments.children import Child
from deployments.tls import need_certificate, own_trust

PAGES = {"app": Path("apps/scanner/app.py"), "review": Path("apps/review/app.py")}
READY_SECONDS = 180.0
TEND_SECONDS = 0.5


class PortTaken(ClarityError):
    """Something else listens where Clarity is to listen."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "port-taken"
    hint = "Stop it, or choose others: clarity up --port 8010 --app-port 8511 --review-port 8512"


class NotUp(ClarityError):
    """The service or the page did not become ready."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "not-up"
    hint = "Look at the files in the log folder (var/logs)."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until interrupted; gives the exit status."""
    began = _process_start()
    stop = threading.Event()
    try:
        options = _options(arguments)
        settings = _settings(options)
        _need_free(settings, with_app=not options.no_app)
        need_certificate(settings)
        _need_releases(settings)
        _stop_on_signals(stop)
        _run(settings, with_app=not options.no_app, began=began, stop=stop)
    except ValidationError as error:
        print(f"clarity up: a setting is wrong.\n{error}", file=sys.stderr)
        return 2
    except ClarityError as error:
        print(f"clarity up: {error.message}\n  {error.hint}", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 - the command's edge: Ray raises bare Exceptions
        if stop.is_set():
            return 0  # Interrupted while starting: whatever failed then, failed because of it.
        print(f"clarity up: the cluster failed. {error}\n  {NotUp.hint}", file=sys.stderr)
        return 1
    return 0


def _run(settings: Settings, *, with_app: bool, began: float, stop: threading.Event) -> None:
    print("Clarity is starting …", flush=True)
    with ExitStack() as stack:
        children = [_start_page(settings, name) for name in PAGES] if with_app else []
        for child in children:
            stack.callback(child.stop)
        environment.prepare()
        # Imported only now: Ray reads its environment when it is imported.
        from deployments.cluster import running

        stack.enter_context(running(settings))
        _wait_until_ready(settings, with_app=with_app, stop=stop)
        if not stop.is_set():
            _announce(settings, with_app=with_app, seconds=time.time() - began)
        while not stop.wait(TEND_SECONDS):
            for child in children:
                child.tend()
        print("\nStopping …", flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="clarity up", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, help="of the service (CLARITY_PORT, 8000)")
    parser.add_argument("--app-port", type=int, help="of the page (CLARITY_APP_PORT, 8501)")
    parser.add_argument(
        "--review-port", type=int, help="of the experts' page (CLARITY_REVIEW_PORT, 8502)"
    )
    parser.add_argument("--home", type=Path, help="folder of all data (CLARITY_HOME, var)")
    parser.add_argument("--no-app", action="store_true", help="without the pages")
    return parser.parse_args(arguments)


def _settings(options: argparse.Namespace) -> Settings:
    names = ("port", "app_port", "review_port", "home")
    given = {name: getattr(options, name) for name in names}
    for name, value in given.items():
        if value is not None:
            os.environ[f"CLARITY_{name.upper()}"] = str(value)
    settings = load_settings()
    folder = settings.log_folder or settings.home / "logs"
    return settings.model_copy(update={"log_folder": folder})


def _need_free(settings: Settings, *, with_app: bool) -> None:
    for port in [settings.port, *(_page_ports(settings).values() if with_app else ())]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as error:
                raise PortTaken(f"Port {port} of {settings.host} is taken.") from error


def _need_releases(settings: Settings) -> None:
    """Raise `ReleaseMissing` now rather than let the cluster try again and again."""
    shelf = open_shelf(settings)
    shelf.upgrade()
    for name in settings.detectors:
        if not shelf.earlier(name):
            raise ReleaseMissing(f"No release of {name} is deployed.")
    shelf.close()


def _stop_on_signals(stop: threading.Event) -> None:
    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)


def _page_ports(settings: Settings) -> dict[str, int]:
    return {"app": settings.app_port, "review": settings.review_port}


def _start_page(settings: Settings, name: str) -> Child:
    root = Path(__file__).parents[1]
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(root / PAGES[name])),
        *("--server.port", str(_page_ports(settings)[name]), "--server.address", settings.host),
        *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
    ]
    own = {"CLARITY_GATEWAY_URL": _address(settings, settings.port)}
    if settings.tls_certificate:
        command += ["--server.sslCertFile", str(settings.tls_certificate)]
        command += ["--server.sslKeyFile", str(settings.tls_key)]
        own["CLARITY_GATEWAY_CA"] = str(settings.tls_certificate)
    own["PYTHONPATH"] = python_path.for_children()
    log = (settings.log_folder or settings.home / "logs") / f"{name}.log"
    return Child(command, environment={**os.environ, **own}, log=log)


def _wait_until_ready(settings: Settings, *, with_app: bool, stop: threading.Event) -> None:
    wanted = {"service": _address(settings, settings.port) + "/v1/ready"}
    if with_app:
        for name, port in _page_ports(settings).items():
            wanted[f"page ({name})"] = _address(settings, port) + "/_stcore/health"
    until = time.monotonic() + READY_SECONDS
    with httpx.Client(trust_env=False, timeout=10, verify=own_trust(settings)) as client:
        for name, url in wanted.items():
            while not _answers(client, url) and not stop.wait(0.1):
                if time.monotonic() > until:
                    raise NotUp(f"The {name} is not ready after {READY_SECONDS:g} seconds.")


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False


def _announce(settings: Settings, *, with_app: bool, seconds: float) -> None:
    service = _address(settings, settings.port)
    if with_app:
        print(f"  Page     {_address(settings, settings.app_port)}")
        print(f"  Experts  {_address(settings, settings.review_port)}")
    print(f"  Service  {service}  (documentation: {service}/v1/docs)")
    if not settings.smtp_url.get_secret_value():
        print(f"  Letters  {settings.home / 'mail'}  (no mail server is set: CLARITY_SMTP_URL)")
    print(f"Ready {seconds:.1f} s after the command. Stop with Ctrl-C.", flush=True)


def _address(settings: Settings, port: int) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "") else settings.host  # noqa: S104
    return f"{settings.scheme}://{host}:{port}"


def _process_start() -> float:
    """When this process began, in seconds since 1970: before Python and its imports."""
    import psutil

    began: Any = psutil.Process().create_time()
    return float(began)


if __name__ == "__main__":
    sys.exit(main())
