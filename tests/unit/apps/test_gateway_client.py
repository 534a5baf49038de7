"""The way to the gateway, over a real socket: refusals, silence, answers of another release."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from apps.cases_client import Cases
from apps.experts_client import Chair
from apps.gateway_client import Gateway, GatewayError, ServiceUnreachable, read_answer
from apps.member_client import Members
from apps.models_client import Models
from apps.reviews_client import Reviews
from apps.scans_client import Scans
from apps.wallet_client import Wallet
from apps.webhooks_client import Webhooks
from clarity.scans.messages import Scan
from tests.running import free_port
from tests.unit.apps.contract_server import ContractServer, Ledger


def test_problem_document_becomes_message_and_hint() -> None:
    with ContractServer(Ledger()) as server, pytest.raises(GatewayError) as caught:
        Gateway(server.url).ask("POST", "/v1/scans", json={"url": "http://127.0.0.1/secret"})
    assert (caught.value.status, caught.value.code) == (400, "forbidden_url")
    assert caught.value.message == "That address is not public."
    assert caught.value.hint == "Use a public link."


def test_a_silent_address_is_unreachable_within_the_contact_time() -> None:
    gateway = Gateway(f"http://127.0.0.1:{free_port()}", contact=0.3)
    start = time.monotonic()
    with pytest.raises(ServiceUnreachable) as caught:
        gateway.ask("GET", "/v1/models")
    assert time.monotonic() - start < 2
    assert "clarity up" in caught.value.hint


def test_an_answer_of_another_form_is_one_of_another_release() -> None:
    with ContractServer(Ledger()) as server:
        answer = Gateway(server.url).ask("GET", "/v1/plans")
    with pytest.raises(GatewayError, match="not this version of Clarity") as caught:
        read_answer(Scan, answer)
    assert (caught.value.status, caught.value.code) == (200, "foreign_answer")


class _Elsewhere(BaseHTTPRequestHandler):
    """Another program, which answers all with a word."""

    def do_GET(self) -> None:
        body = b'"welcome"'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Gateway(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


@pytest.mark.parametrize(
    "call",
    [
        lambda gateway: Cases(gateway).about("scan"),
        lambda gateway: Chair(gateway).experts(),
        lambda gateway: Members(gateway).account(),
        lambda gateway: Models(gateway).cards(),
        lambda gateway: Reviews(gateway).dashboard(),
        lambda gateway: Scans(gateway).scan("scan"),
        lambda gateway: Wallet(gateway).cancel(),
        lambda gateway: Webhooks(gateway).listed(),
    ],
)
def test_every_client_tells_an_answer_that_it_does_not_understand(elsewhere, call) -> None:
    with pytest.raises(GatewayError) as caught:
        call(elsewhere)
    assert (caught.value.status, caught.value.code) == (200, "foreign_answer")
