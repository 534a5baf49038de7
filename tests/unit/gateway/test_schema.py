"""Whatever the OpenAPI document allows and forbids, sent by every kind of caller.

No answer is a 5xx but one that says what is switched off, every status is documented, and
every body is of the documented type and form. The document is the gateway's: every service
stands behind it.
"""

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

EXAMPLES = 3
"""Of good and of bad requests, for every operation and caller: some 80 x 3 x 2 x 3 in all."""
SWITCHED_OFF = frozenset({"payments-off", "no-letters"})
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
    document = schemathesis.openapi.from_asgi("/v1/openapi.json", open_gates.app)
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) > 60
    faults = [
        fault
        for operation in sorted(operations, key=lambda one: (one.method, one.path) in LAST)
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
        if answer.status_code == 503 and _problem(answer) in SWITCHED_OFF:
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
