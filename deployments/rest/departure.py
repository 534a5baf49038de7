"""Taking everything along, and leaving nothing behind: across all services of a person."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from clarity.accounts import keys, service, sessions
from clarity.accounts.messages import Account, ApiKey
from clarity.accounts.privacy import KEPT, Kept
from clarity.audit.messages import Action
from clarity.billing.messages import History
from clarity.cases import departure as departing
from clarity.cases import docket, portrayal
from clarity.cases.messages import Case, Review
from clarity.checkout.messages import Standing
from clarity.customers import service as customers
from clarity.customers.messages import Activity
from clarity.evidence import service as evidence
from clarity.experts import applications
from clarity.experts import service as experts
from clarity.experts.messages import Application
from clarity.payments.messages import Payment
from clarity.payments.rules import ENDED
from clarity.reports import service as reports
from clarity.reports import sharing
from clarity.scans import service as scans
from clarity.scans.messages import Scan
from clarity.webhooks import service as webhooks
from clarity.webhooks.messages import Webhook
from deployments.rest import casework
from deployments.rest.services import Services

MOST_SCANS = 100_000
FLEETING = timedelta(hours=1)
"""So long the owner may read a report that is not kept."""


class LoginExported(BaseModel):
    created_at: datetime
    expires_at: datetime


class Export(BaseModel):
    """Everything that is kept about one person."""

    made_at: datetime
    account: Account
    consent_to_training_given_at: datetime | None
    logins: list[LoginExported]
    keys: list[ApiKey]
    scans: list[Scan]
    activity: list[Activity]
    cases: list[Case]
    webhooks: list[Webhook]
    applications_as_expert: list[Application]
    reviews_as_expert: list[Review]
    plan: Standing
    payments: list[Payment]
    bills: History
    kept: list[Kept]


def export(services: Services, account_id: str) -> Export:
    """The person's data, from every service."""
    members, moment = services.members, services.members.clock()
    with members.accounts.read() as session:
        row = service.get(session, account_id)
        logins = sessions.listed(session, account_id, now=moment)
        api_keys = keys.listed(session, account_id, now=moment)
    with services.archive.scans.read() as session:
        rows = scans.history(session, account_id, limit=MOST_SCANS)
    with members.customers.read() as session:
        activity = list(customers.every(session, account_id, customers.Filters()))
    with members.cases.read() as session:
        own_cases = [
            portrayal.describe(session, one)
            for one in docket.cases_of(session, account_id, limit=MOST_SCANS)
        ]
        reviews = [
            portrayal.describe_review(session, *pair)
            for pair in docket.reviews_for(session, account_id)
        ]
    with members.experts.read() as session:
        applied = applications.applications_of(session, account_id)
    with members.webhooks.read() as session:
        hooks = webhooks.listed(session, account_id)
    return Export(
        made_at=moment,
        account=service.describe(row),
        consent_to_training_given_at=row.training_consent_at,
        logins=[
            LoginExported(created_at=login.created_at, expires_at=login.expires_at)
            for login in logins
        ],
        keys=api_keys,
        scans=[services.archive.describe(scan) for scan in rows],
        activity=activity,
        cases=own_cases,
        webhooks=hooks,
        applications_as_expert=applied,
        reviews_as_expert=reviews,
        plan=services.desk.standing(account_id),
        payments=services.desk.paid(account_id),
        bills=services.desk.bills.history(account_id),
        kept=list(KEPT),
    )


def erase(services: Services, account_id: str) -> None:
    """Forget a person. Every step may be repeated, and the account goes last.

    So where a process dies half-way the owner can still log in, and asks again.
    """
    subscription = services.desk.standing(account_id).subscription
    if subscription is not None and subscription.state not in ENDED:
        # Also where it is only wished for: nobody is charged for an account that is gone.
        services.desk.cancel(account_id)
    erase_casework(services, account_id)
    erase_scans(services, account_id)
    with services.members.customers.write() as session:
        customers.erase(session, account_id)
    with services.members.webhooks.write() as session:
        webhooks.erase(session, account_id)
    with services.members.accounts.write() as session:
        service.erase(session, account_id)
    services.members.note(Action.ERASED, actor=account_id, subject=account_id)
    archive, members, desk = services.archive, services.members, services.desk
    for database in (*archive.databases, *members.databases, desk.payments, desk.books):
        database.scrub()


def erase_casework(services: Services, account_id: str) -> None:
    """Forget a person's cases, and the expert if the person is one. Live reviews go to others."""
    members, moment = services.members, services.members.clock()
    casework.tell(services)  # what is told of a case is told before it is gone
    with members.cases.write() as session:
        left = departing.leave_seats(session, account_id, now=moment)
    with members.experts.write() as session:
        experts.erase(session, account_id)
    for case_id in left:
        casework.advance(services, case_id)
    with members.cases.write() as session:
        gone = departing.erase_expert(session, account_id)
        gone |= departing.erase_customer(session, account_id)
        with services.archive.scans.read() as scanning:
            # an attachment may be the very item of a scan
            unwanted = [digest for digest in gone if not scans.is_wanted(scanning, digest)]
        for digest in unwanted:
            services.archive.store.remove(digest)


def erase_scans(services: Services, account_id: str) -> None:
    """Forget the scans of an account, and media and reports that nobody else's scan needs."""
    with services.archive.scans.write() as session:
        _remove(services, scans.erase(session, account_id))


def erase_fleeting(services: Services) -> None:
    """Forget scans of owners with zero retention whose hour is over."""
    before = services.members.clock() - FLEETING
    with services.archive.scans.read() as session:
        if not scans.has_fleeting(session, before=before):
            return
    with services.archive.scans.write() as session:
        _remove(services, scans.erase_fleeting(session, before=before))
    archive = services.archive
    for database in archive.databases:
        database.scrub()


def _remove(services: Services, gone: scans.Forgotten) -> None:
    # Inside the caller's transaction, as a worker's own removals are: an object that another
    # scan is about to need is never removed under it.
    with services.archive.reports.write() as session:
        sharing.forget(session, gone.scans)
    for digest in gone.media:
        with (
            services.archive.reports.write() as session,
            services.archive.evidence.write() as evidence_session,
        ):
            evidence.erase(evidence_session, reports.receipts_of(session, digest))
            pictures = reports.erase(session, digest)
        for name in {digest, *pictures}:
            services.archive.store.remove(name)
