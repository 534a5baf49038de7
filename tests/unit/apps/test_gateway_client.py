"""The way to the gateway, over a real socket: refusals, silence, answers of another release."""

import time

import pytest
from pydantic import TypeAdapter

from apps.gateway_client import Gateway, GatewayError, ServiceUnreachable, read_answer
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
        read_answer(TypeAdapter(Scan), answer)
    assert (caught.value.status, caught.value.code) == (200, "foreign_answer")
