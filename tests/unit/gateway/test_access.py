"""Every route for every kind of caller. A route that is new must be written down here."""

import re

import pytest
from fastapi import APIRouter, FastAPI

from deployments.rest.access import UnruledRoute, need_rules, routes

CALLERS = (
    "stranger",
    "customer",
    "expert",
    "administrator",
    "key for scans",
    "key for history",
    "revoked",
    "suspended",
    "key of a suspended account",
)
OPEN = "open"
ANYONE = "anyone"
MEMBER = "member"
HISTORY = "member or key for history"
EXPERT = "expert"
ADMINISTRATOR = "administrator"

RULES = {
    "GET /": OPEN,
    "GET /v1/docs": OPEN,
    "GET /v1/health": OPEN,
    "GET /v1/ready": OPEN,
    "GET /v1/models": OPEN,
    "GET /v1/models/{name}": OPEN,
    "GET /v1/privacy": OPEN,
    "GET /v1/plans": OPEN,
    "POST /v1/payments/events": OPEN,
    "GET /v1/evidence/head": OPEN,
    "GET /v1/evidence/keys": OPEN,
    "GET /v1/evidence/log": OPEN,
    "GET /v1/shares/{token}": OPEN,
    "GET /v1/shares/{token}/report.json": OPEN,
    "GET /v1/shares/{token}/report.pdf": OPEN,
    "GET /v1/shares/{token}/images/{name}": OPEN,
    "POST /v1/accounts": OPEN,
    "POST /v1/accounts/letter": OPEN,
    "POST /v1/accounts/confirmation": OPEN,
    "POST /v1/sessions": OPEN,
    "POST /v1/passwords/letter": OPEN,
    "POST /v1/passwords": OPEN,
    "POST /v1/scans": ANYONE,
    "GET /v1/scans/{scan_id}": ANYONE,
    "GET /v1/scans/{scan_id}/events": ANYONE,
    "GET /v1/scans/{scan_id}/report.json": ANYONE,
    "GET /v1/scans/{scan_id}/receipt.json": ANYONE,
    "GET /v1/scans/{scan_id}/similar": ANYONE,
    "GET /v1/scans/{scan_id}/report.pdf": ANYONE,
    "POST /v1/scans/{scan_id}/shares": ANYONE,
    "GET /v1/scans/{scan_id}/shares": ANYONE,
    "DELETE /v1/scans/{scan_id}/shares/{share_id}": ANYONE,
    "GET /v1/scans/{scan_id}/images/{name}": ANYONE,
    "GET /v1/sessions": MEMBER,
    "GET /v1/account": MEMBER,
    "PATCH /v1/account": MEMBER,
    "PUT /v1/account/password": MEMBER,
    "POST /v1/account/second-factor": MEMBER,
    "PUT /v1/account/second-factor": MEMBER,
    "POST /v1/account/second-factor/removal": MEMBER,
    "GET /v1/account/keys": MEMBER,
    "POST /v1/account/keys": MEMBER,
    "DELETE /v1/account/keys/{key_id}": MEMBER,
    "GET /v1/account/export": MEMBER,
    "POST /v1/account/erasure": MEMBER,
    "GET /v1/plans/current": MEMBER,
    "GET /v1/plans/{plan}/quote": MEMBER,
    "POST /v1/subscriptions": MEMBER,
    "POST /v1/subscriptions/{subscription_id}/confirm": MEMBER,
    "POST /v1/subscriptions/cancel": MEMBER,
    "POST /v1/subscriptions/retry": MEMBER,
    "POST /v1/purchases": MEMBER,
    "POST /v1/purchases/{purchase_id}/collect": MEMBER,
    "GET /v1/payments": MEMBER,
    "GET /v1/invoices": MEMBER,
    "GET /v1/invoices/{number}": MEMBER,
    "GET /v1/invoices/{number}/pdf": MEMBER,
    "GET /v1/credit-notes/{number}/pdf": MEMBER,
    "GET /v1/account/scans": HISTORY,
    "GET /v1/account/activity": HISTORY,
    "GET /v1/account/activity/export": HISTORY,
    "GET /v1/scans/{scan_id}/verdict": ANYONE,
    "POST /v1/cases": MEMBER,
    "POST /v1/account/webhooks": MEMBER,
    "GET /v1/account/webhooks": MEMBER,
    "POST /v1/account/webhooks/{webhook_id}/test": MEMBER,
    "DELETE /v1/account/webhooks/{webhook_id}": MEMBER,
    "GET /v1/cases": MEMBER,
    "GET /v1/cases/{case_id}": MEMBER,
    "POST /v1/cases/{case_id}/withdrawal": MEMBER,
    "GET /v1/cases/{case_id}/custody": MEMBER,
    "GET /v1/cases/{case_id}/verdict.json": MEMBER,
    "GET /v1/cases/{case_id}/report.json": MEMBER,
    "GET /v1/cases/{case_id}/report.pdf": MEMBER,
    "GET /v1/cases/{case_id}/attachments/{attachment_id}": MEMBER,
    "GET /v1/cases/export/history.csv": MEMBER,
    "POST /v1/experts/applications": MEMBER,
    "GET /v1/experts/applications": MEMBER,
    "DELETE /v1/experts/applications/waiting": MEMBER,
    "GET /v1/experts/me": EXPERT,
    "PATCH /v1/experts/me": EXPERT,
    "GET /v1/experts/me/earnings": EXPERT,
    "GET /v1/reviews": EXPERT,
    "GET /v1/reviews/{review_id}": EXPERT,
    "POST /v1/reviews/{review_id}/start": EXPERT,
    "POST /v1/reviews/{review_id}/refusal": EXPERT,
    "GET /v1/reviews/{review_id}/draft": EXPERT,
    "PUT /v1/reviews/{review_id}/draft": EXPERT,
    "GET /v1/reviews/{review_id}/versions": EXPERT,
    "GET /v1/reviews/{review_id}/versions/{number}": EXPERT,
    "POST /v1/reviews/{review_id}/submission": EXPERT,
    "GET /v1/reviews/{review_id}/reports": EXPERT,
    "GET /v1/reviews/{review_id}/media": EXPERT,
    "GET /v1/reviews/{review_id}/images/{name}": EXPERT,
    "POST /v1/reviews/{review_id}/attachments": EXPERT,
    "GET /v1/reviews/{review_id}/attachments": EXPERT,
    "GET /v1/reviews/{review_id}/attachments/{attachment_id}": EXPERT,
    "DELETE /v1/reviews/{review_id}/attachments/{attachment_id}": EXPERT,
    "GET /v1/admin/experts/applications": ADMINISTRATOR,
    "POST /v1/admin/experts/applications/{application_id}/decision": ADMINISTRATOR,
    "GET /v1/admin/experts": ADMINISTRATOR,
    "GET /v1/admin/experts/performance": ADMINISTRATOR,
    "PATCH /v1/admin/experts/{account_id}": ADMINISTRATOR,
    "GET /v1/admin/experts/{account_id}/payouts": ADMINISTRATOR,
    "POST /v1/admin/experts/{account_id}/payouts": ADMINISTRATOR,
    "PUT /v1/admin/experts/{account_id}/payouts/{payout_id}": ADMINISTRATOR,
    "GET /v1/admin/models/accuracy": ADMINISTRATOR,
    "PUT /v1/admin/items/{media}/truth": ADMINISTRATOR,
    "GET /v1/admin/cases": ADMINISTRATOR,
    "GET /v1/admin/cases/{case_id}": ADMINISTRATOR,
    "GET /v1/admin/cases/{case_id}/custody": ADMINISTRATOR,
    "PUT /v1/admin/cases/{case_id}/reviews/{account_id}": ADMINISTRATOR,
    "POST /v1/payments/{payment_id}/refund": ADMINISTRATOR,
    "POST /v1/payouts": ADMINISTRATOR,
    "GET /v1/admin/accounts": ADMINISTRATOR,
    "PUT /v1/admin/accounts/{account_id}/suspension": ADMINISTRATOR,
    "DELETE /v1/admin/accounts/{account_id}/suspension": ADMINISTRATOR,
    "PUT /v1/admin/accounts/{account_id}/role": ADMINISTRATOR,
    "PUT /v1/admin/accounts/{account_id}/plan": ADMINISTRATOR,
    "DELETE /v1/admin/accounts/{account_id}/second-factor": ADMINISTRATOR,
    "GET /v1/admin/bans": ADMINISTRATOR,
    "POST /v1/admin/bans": ADMINISTRATOR,
    "DELETE /v1/admin/bans/{digest}": ADMINISTRATOR,
    "GET /v1/admin/audit": ADMINISTRATOR,
    "GET /v1/admin/audit/verification": ADMINISTRATOR,
    # these two end the sessions that the matrix is tried with
    "DELETE /v1/sessions/current": MEMBER,
    "DELETE /v1/sessions": MEMBER,
}

SUSPENDED = {"suspended": "session-over", "key of a suspended account": "account-suspended"}
REFUSED = {
    # what each kind of caller gets where the rule keeps them out
    OPEN: {},
    ANYONE: {"key for history": "not-allowed", "revoked": "session-over", **SUSPENDED},
    MEMBER: {
        "stranger": "login-needed",
        "key for scans": "not-allowed",
        "key for history": "not-allowed",
        "revoked": "session-over",
        **SUSPENDED,
    },
    HISTORY: {
        "stranger": "login-needed",
        "key for scans": "not-allowed",
        "revoked": "session-over",
        **SUSPENDED,
    },
    EXPERT: {
        "stranger": "login-needed",
        "customer": "not-allowed",
        "administrator": "not-allowed",
        "key for scans": "not-allowed",
        "key for history": "not-allowed",
        "revoked": "session-over",
        **SUSPENDED,
    },
    ADMINISTRATOR: {
        "stranger": "login-needed",
        "customer": "not-allowed",
        "expert": "not-allowed",
        "key for scans": "not-allowed",
        "key for history": "not-allowed",
        "revoked": "session-over",
        **SUSPENDED,
    },
}
GATES = {"login-needed": 401, "session-over": 401, "not-allowed": 403, "account-suspended": 403}


def names(app):
    return [
        f"{method} {route.path}"
        for route in routes(app)
        for method in sorted(route.methods or ())
        if method not in ("HEAD", "OPTIONS")
    ]


def test_every_route_is_in_the_matrix_and_nothing_else(clarity):
    assert sorted(names(clarity.app)) == sorted(RULES)


def test_a_route_without_a_rule_keeps_the_gateway_from_being_built():
    router = APIRouter()
    router.add_api_route("/v1/forgotten", lambda: None)
    app = FastAPI()
    app.include_router(router)
    with pytest.raises(UnruledRoute, match="forgotten"):
        need_rules(app)


def test_every_route_lets_in_just_whom_it_should(installed):
    clarity = installed(entrance_limit="100000/minute", address_limit="100000/minute")
    # Of an administrator, so that nothing but their scope keeps the keys out.
    admin = clarity.member("administrator@example.org", role="administrator")
    callers = {
        "stranger": clarity,
        "customer": clarity.member("customer@example.org"),
        "expert": clarity.member("expert@example.org", role="expert"),
        "administrator": admin,
        "key for scans": admin.with_key("scan"),
        "key for history": admin.with_key("history"),
        "revoked": clarity.member("revoked@example.org"),
        "suspended": (suspended := clarity.member("suspended@example.org", role="administrator")),
        "key of a suspended account": suspended.with_key("scan", "history"),
    }
    assert set(callers) == set(CALLERS)
    callers["revoked"].call("DELETE", "/v1/sessions")
    place = f"/v1/admin/accounts/{suspended.account}/suspension"
    assert admin.call("PUT", place, json={"reason": "a test"}).status_code == 200
    tokens = {name: getattr(caller, "token", None) for name, caller in callers.items()}
    for name, rule in RULES.items():
        method, path = name.split()
        path = re.sub(r"\{\w+\}", "none", path)
        if name.startswith("DELETE /v1/sessions"):
            for caller in ("customer", "expert", "administrator"):
                tokens[caller] = clarity.log_in(f"{caller}@example.org").json()["token"]
        for caller in callers:
            # A body that is wrong in every way: only the gates are tried here.
            headers = {"Authorization": f"Bearer {tokens[caller]}"} if tokens[caller] else {}
            answer = clarity.call(method, path, headers=headers, json=[])
            expected = REFUSED[rule].get(caller)
            kind = ""
            if answer.status_code >= 400:
                kind = answer.json()["type"].rpartition("/")[2]
            if expected:
                assert (answer.status_code, kind) == (GATES[expected], expected), (name, caller)
            else:
                assert kind not in GATES, (name, caller)
                # here payments are off, which is said behind the gates
                assert answer.status_code < 500 or kind == "payments-off", (name, caller)
