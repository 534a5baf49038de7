"""Events are PayPal's or are refused: the certificate comes over a real socket."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clarity.payments.paypal.connection import ProviderUnreachable
from clarity.payments.paypal.signatures import FETCHES, ForgedEvent, Signatures
from tests.paypal.server import WEBHOOK_ID, Server, Signer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = json.dumps({"id": "WH-1", "amount": "10.00"}).encode()


@pytest.fixture(scope="module")
def signer():
    return Signer()


@pytest.fixture
def server(signer):
    with Server(NOW, signer) as running:
        yield running


@pytest.fixture
def signatures(server):
    with httpx.Client(base_url=server.base, trust_env=False) as http:
        yield Signatures(http, webhook_id=WEBHOOK_ID, now=lambda: NOW)


def test_what_paypal_signed_is_taken_also_while_it_is_away(signer):
    with Server(NOW, signer) as server:
        http = httpx.Client(base_url=server.base, trust_env=False)
        signatures = Signatures(http, webhook_id=WEBHOOK_ID, now=lambda: NOW)
        signatures.check(signer.headers(BODY, base=server.base), BODY)
    signatures.check(signer.headers(BODY, base=server.base), BODY)
    unknown = {**signer.headers(BODY, base=server.base)}
    unknown["paypal-cert-url"] += "-2"
    with pytest.raises(ProviderUnreachable):
        signatures.check(unknown, BODY)
    http.close()


@pytest.mark.parametrize(
    "header",
    [
        "paypal-transmission-id",
        "paypal-transmission-time",
        "paypal-transmission-sig",
        "paypal-auth-algo",
        "paypal-cert-url",
    ],
)
def test_every_signed_part_counts(signatures, server, signer, header):
    headers = signer.headers(BODY, base=server.base)
    for value in ("", "x", headers[header][:-1], headers[header] + "0", "é"):
        with pytest.raises(ForgedEvent):
            signatures.check({**headers, header: value}, BODY)
    with pytest.raises(ForgedEvent):
        signatures.check({k: v for k, v in headers.items() if k != header}, BODY)


def test_another_body_or_another_shops_webhook_is_refused(signatures, server, signer):
    with pytest.raises(ForgedEvent):
        signatures.check(signer.headers(BODY, base=server.base), BODY + b" ")
    foreign = signer.headers(BODY, base=server.base, webhook_id="WH-OTHER")
    with pytest.raises(ForgedEvent):
        signatures.check(foreign, BODY)


def test_another_key_is_refused(signatures, server):
    with pytest.raises(ForgedEvent):
        signatures.check(Signer().headers(BODY, base=server.base), BODY)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v1/notifications/certs/CERT-1",
        "{base}@evil.example/v1/notifications/certs/CERT-1",
        "{base}.evil.example/v1/notifications/certs/CERT-1",
        "http://127.0.0.1:1/v1/notifications/certs/CERT-1",
        "https://127.0.0.1/v1/notifications/certs/CERT-1",
        "{base}/v1/notifications/certs/../../oauth2/token",
        "{base}/v1/notifications/certs/CERT-1?next=https://evil.example",
        "{base}/v1/other/CERT-1",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_certificates_of_others_are_never_fetched(signatures, server, signer, address):
    headers = signer.headers(BODY, base=server.base)
    with pytest.raises(ForgedEvent):
        signatures.check({**headers, "paypal-cert-url": address.format(base=server.base)}, BODY)
    assert server.protocol.calls == []


def test_the_sandbox_and_the_real_thing_do_not_vouch_for_each_other(signer):
    http = httpx.Client(base_url="https://api-m.paypal.com")
    live = Signatures(http, webhook_id=WEBHOOK_ID, now=lambda: NOW)
    path = "/v1/notifications/certs/CERT-1"
    assert live._path(f"https://api.paypal.com{path}")
    assert live._path(f"https://api-m.paypal.com{path}")
    with pytest.raises(ForgedEvent):
        live._path(f"https://api.sandbox.paypal.com{path}")


def test_certificates_out_of_their_time_and_weak_keys_are_refused(server):
    for weak in (Signer(days=30), Signer(bits=1024)):
        server.signer = weak
        with httpx.Client(base_url=server.base, trust_env=False) as http:
            strict = Signatures(http, webhook_id=WEBHOOK_ID, now=lambda: NOW)
            with pytest.raises(ForgedEvent, match="certificate"):
                strict.check(weak.headers(BODY, base=server.base), BODY)


def test_a_flood_of_certificate_names_is_not_followed(server, signer):
    clock = [0.0]
    with httpx.Client(base_url=server.base, trust_env=False) as http:
        signatures = Signatures(
            http, webhook_id=WEBHOOK_ID, now=lambda: NOW, monotonic=lambda: clock[0]
        )
        headers = signer.headers(BODY, base=server.base)
        for number in range(FETCHES):
            url = f"{server.base}/v1/notifications/certs/CERT-{number}"
            with pytest.raises(ForgedEvent):
                signatures.check({**headers, "paypal-cert-url": url}, BODY)
        with pytest.raises(ProviderUnreachable):
            signatures.check(headers, BODY)
        assert len(server.protocol.calls) == FETCHES
        clock[0] += timedelta(hours=1).total_seconds()
        signatures.check(headers, BODY)


def test_without_a_webhook_nothing_is_taken(server, signer):
    with httpx.Client(base_url=server.base, trust_env=False) as http:
        closed = Signatures(http, webhook_id="", now=lambda: NOW)
        with pytest.raises(ForgedEvent):
            closed.check(signer.headers(BODY, base=server.base, webhook_id=""), BODY)
