"""Whatever the OpenAPI document allows and forbids, sent by every kind of caller.

No answer is a 5xx but one that says what is switched off, every status is documented, and
every body is of the documented type and form. The document is the gateway's: every service
stands behind it.
"""

from datetime import UTC, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.paypal.server import Server, Signer

from .paying import ADA, ROOT, Paying

EXAMPLES = 5
"""Of good and of bad requests, for every operation and caller: some 80 x 3 x 2 x 5 in all."""
NOT_OURS = frozenset({"payments-off", "no-letters", "payment-provider-refused"})
"""What is switched off, and what PayPal declines: a 5xx that is no fault of ours."""
LAST = frozenset({("DELETE", "/v1/sessions/current"), ("DELETE", "/v1/sessions")})
"""These end the session that the others are tried with."""
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture
def open_gates(installed):
    """A gateway that is never asked too often."""
    return installed(
        entrance_limit="1000000/minute",
        address_limit="1000000/minute",
        account_limit="1000000/minute",
        free_scan_limit="1000000/minute",
    )


@pytest.mark.parametrize("role", ["stranger", "customer", "administrator"])
def test_every_answer_is_one_that_the_document_names(open_gates, role):
    headers = {}
    if role != "stranger":
        member = open_gates.member(f"{role}@example.org", role=role)
        headers["Authorization"] = f"Bearer {member.token}"
    _attack(open_gates.app, headers)


def test_every_answer_about_money_is_one_that_the_document_names(tmp_path):
    with Server(datetime(2026, 1, 15, 9, 30, tzinfo=UTC), Signer()) as server:
        shop = Paying(tmp_path / "home", server, address_limit="1000000/minute")
        for who in (ADA, ROOT):
            headers = {"Authorization": f"Bearer {shop.logged_in[who].token}"}
            _attack(shop.app, headers, tags=("plans", "payments", "billing"))
        shop.close()


def _attack(app, headers, *, tags=None):
    """Every operation, or those with one of the tags, with good and with bad requests."""
    document = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) > 60
    wanted = [one for one in operations if tags is None or set(one.tags or ()) & set(tags)]
    assert wanted
    faults = [
        fault
        for operation in sorted(wanted, key=lambda one: (one.method.upper(), one.path) in LAST)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for fault in _faults(operation, mode, headers)
    ]
    assert not faults, "\n\n".join(faults)


def _faults(operation, mode, headers):
    """What is wrong with the answers of one operation, in words."""

    @seed(7)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def attack(case):
        answer = case.call(headers=headers)
        if answer.status_code in (502, 503) and _problem(answer) in NOT_OURS:
            return
        case.validate_response(answer, checks=CHECKS)

    name = f"{operation.method.upper()} {operation.path}, {mode.value} requests"
    try:
        attack()
    except Unsatisfiable:
        return []  # Without parameter and body there is no bad request.
    except FailureGroup as group:
        # Gathered, so that one run tells all.
        return [f"{name}: {fault.title}: {fault.message}" for fault in group.exceptions]
    return []


def _problem(answer):
    return answer.json().get("type", "").rpartition("/")[2]
