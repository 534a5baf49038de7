"""The gateway's surface: documented, protected, honest about its health, quiet in its logs."""

import json
import re
import sys

import pytest
import structlog

from clarity.reports.expertise import EXAMPLE, ExpertForm, need_complete
from clarity.reports.messages import Report
from clarity.scans.messages import Scan
from deployments.logs import configure_logs
from deployments.rest import examples
from deployments.rest.docs import STYLE
from deployments.rest.preferences import wait_seconds
from deployments.rest.problems import MEDIA_TYPE

from .conftest import picture


def test_models_and_their_cards(clarity):
    cards = clarity.call("GET", "/v1/models").json()
    assert [card["name"] for card in cards] == ["xception"]
    assert clarity.call("GET", "/v1/models/xception").json() == cards[0]


def test_health_and_readiness_are_two_things(clarity):
    assert clarity.call("GET", "/v1/ready").json()["models"] == {"xception": "r1"}
    clarity.catalogue.down = True
    assert clarity.call("GET", "/v1/health").status_code == 200
    waiting = clarity.call("GET", "/v1/ready")
    assert waiting.status_code == 503
    assert waiting.json()["detail"] == "The detector is still loading."
    assert waiting.headers["retry-after"]


def test_a_database_that_is_gone_is_not_ready(clarity):
    database = clarity.settings.home / "databases" / "scans.sqlite"
    clarity.archive.close()
    for path in database.parent.iterdir():
        path.unlink()
    database.parent.rmdir()
    answer = clarity.call("GET", "/v1/ready")
    assert answer.status_code == 503
    assert "database" in answer.json()["detail"]


@pytest.mark.parametrize("service", ["payments", "billing", "accounts", "customers", "audit"])
def test_the_database_of_every_service_is_looked_at(clarity, service):
    for part in (clarity.desk, clarity.members, clarity.archive):
        part.close()
    path = clarity.settings.home / "databases" / f"{service}.sqlite"
    path.unlink()
    path.mkdir()  # Not even an empty database can be made there.
    answer = clarity.call("GET", "/v1/ready")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The database does not answer."
    assert clarity.call("GET", "/v1/health").status_code == 200


@pytest.mark.parametrize("path", ["/v1/health", "/v1/nothing", "/v1/docs", "/v1/scans/abc"])
def test_every_answer_carries_the_security_headers(clarity, path):
    headers = clarity.call("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", headers["request-id"])


def test_openapi_documents_every_error_with_an_example_and_a_hint(clarity):
    document = clarity.call("GET", "/v1/openapi.json").json()
    operations = [
        (f"{method} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    assert len(operations) > 40
    for name, operation in operations:
        assert operation["summary"], name
        assert operation["description"], name
        assert "500" in operation["responses"], name
        for status, answer in operation["responses"].items():
            if status == "4XX" or int(status) < 400:
                continue
            content = answer["content"][MEDIA_TYPE]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            for example in content["examples"].values():
                assert example["value"]["hint"], name
                assert example["value"]["status"] == int(status)
    posted = document["paths"]["/v1/scans"]["post"]
    codes = {200, 202, 400, 401, 403, 408, 413, 415, 422, 429, 500}
    assert {int(code) for code in posted["responses"]} == codes
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(document)


def test_examples_are_valid():
    Scan.model_validate(examples.QUEUED_SCAN)
    Scan.model_validate(examples.DONE_SCAN)
    Report.model_validate(examples.REPORT)


def test_the_docs_page_shows_every_route_and_needs_nobody_else(clarity):
    page = clarity.call("GET", "/v1/docs")
    paths = clarity.call("GET", "/v1/openapi.json").json()["paths"]
    for path in paths:
        assert path in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("https://www.youtube.com", "")
    assert f"<style>{STYLE}</style>" in page.text
    assert clarity.call("GET", "/").headers["location"] == "/v1/docs"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("respond-async", None),
        ("wait=5", 5),
        ("Wait = 5", 5),
        ('wait="5"; x=1', 5),
        ("respond-async, wait=7", 7),
        ("wait=7, wait=9", 7),
        ("wait=100000", 50),
        ("wait=-1", None),
        ("wait=abc", None),
        ("await=5", None),
    ],
)
def test_prefer_is_read_as_rfc_7240_says(header, seconds):
    assert wait_seconds(header, 50) == seconds


def test_logs_are_json_without_identifiers_names_or_addresses(clarity, capsys):
    configure_logs(sys.stderr)
    try:
        with clarity.working():
            scan = clarity.send(picture(), "private name.png", prefer="wait=10").json()
        clarity.call("GET", f"/v1/scans/{scan['id']}")
    finally:
        structlog.reset_defaults()
    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert routes == ["/v1/scans", "/v1/scans/{scan_id}"]
    assert any(line["event"] == "scan-done" for line in lines)
    assert scan["id"] not in text
    assert "private name" not in text


def test_the_example_of_an_experts_report_may_be_submitted():
    need_complete(ExpertForm.model_validate(EXAMPLE))
