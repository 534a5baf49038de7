"""What customers, experts and administrators are written about a case.

No letter carries a decision of a case that is not settled, nor who a customer or expert is.
"""

from datetime import datetime

from clarity.mail import Letter
from clarity.reports.expertise import Finding
from clarity.reports.settled import CaseKind

DECISIONS = {
    Finding.REAL: "real",
    Finding.FAKE: "fake",
    Finding.UNDECIDED: "undecided: the item does not tell",
}
KINDS = {CaseKind.REQUEST: "request", CaseKind.DISPUTE: "dispute"}


def settled(
    email: str, page: str, *, kind: CaseKind, source: str, decision: Finding, scan: str
) -> Letter:
    """To the customer: the outcome is there."""
    who = "An expert has" if kind is CaseKind.REQUEST else "Independent experts have"
    return Letter(
        to=email,
        subject=f"Your {KINDS[kind]} about {_short(source)} is settled",
        text=(
            f"{who} examined {_short(source)}.\n\nThe decision: {DECISIONS[decision]}.\n\n"
            f"The reasons, and the report to print, are on its page:\n\n{page}/?scan={scan}\n"
        ),
    )


def differed(email: str, page: str, *, source: str, scan: str, due: datetime) -> Letter:
    """To the customer: it takes longer."""
    return Letter(
        to=email,
        subject=f"A third expert decides about {_short(source)}",
        text=(
            f"Two experts have examined {_short(source)} independently and came to different "
            "answers. A third one, who sees neither, decides. This takes longer than "
            f"planned.\n\nFollow it here:\n\n{page}/?scan={scan}\n\n"
            f"It had been due on {due:%d %B %Y}.\n"
        ),
    )


def assigned(email: str, *, kind: CaseKind, due: datetime) -> Letter:
    """To an expert: there is work."""
    return Letter(
        to=email,
        subject=f"A {KINDS[kind]} for you to review",
        text=(
            "You have a new review in Clarity's review app.\n\n"
            f"It is due on {due:%d %B %Y, %H:%M} UTC. If it is not your field, if you have no "
            "time or know whom it is about, give it back there as soon as you can.\n"
        ),
    )


def reminder(email: str, *, due: datetime) -> Letter:
    """To an expert: time runs out."""
    return Letter(
        to=email,
        subject="A review is due soon",
        text=(
            f"A review that you hold is due on {due:%d %B %Y, %H:%M} UTC. After that it is given "
            "to another expert; what you have written stays readable for you.\n"
        ),
    )


def overdue(email: str) -> Letter:
    """To an expert: the review was taken back."""
    return Letter(
        to=email,
        subject="A review was given to another expert",
        text=(
            "The time for a review that you held is over, so another expert does it. What you "
            "had written stays readable for you in the review app.\n"
        ),
    )


def closed(email: str, *, decision: Finding | None) -> Letter:
    """To an expert: a case with a review of theirs is over."""
    how = f"It was settled: {DECISIONS[decision]}." if decision else "Its customer withdrew it."
    return Letter(
        to=email,
        subject="A case that you reviewed is closed",
        text=f"A case that you held a review of is closed. {how}\n",
    )


def escalated(email: str, *, case: str, due: datetime, vacancies: int) -> Letter:
    """To an administrator: a case needs a hand."""
    return Letter(
        to=email,
        subject="A case is late",
        text=(
            f"The case {case} is due on {due:%d %B %Y, %H:%M} UTC and lacks "
            f"{vacancies or 'no'} reviewers. Assign experts by hand "
            "(PUT /v1/admin/cases/{case_id}/reviews/{account_id}), or vet more of them.\n"
        ),
    )


def vetted(email: str, page: str, *, accepted: bool, reason: str) -> Letter:
    """To an applicant: how it was decided."""
    how = "You are an expert now. Log in anew as one." if accepted else "It was not accepted."
    return Letter(
        to=email,
        subject="Your application as an expert",
        text=f"{how}\n\nThe administrator writes: {reason}\n\n{page}/login\n",
    )


def _short(source: str) -> str:
    return source if len(source) <= 60 else f"{source[:40]}…{source[-18:]}"
