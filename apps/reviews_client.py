"""Calls of the gateway by which experts review: queue, item, report, figures.

Every method raises `GatewayError` with a message and a hint.
"""

from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from apps.gateway_client import Gateway, GatewayError, read_answer
from clarity.cases.messages import (
    AttachmentShown,
    Conflicting,
    Draft,
    DraftVersion,
    OpenedReview,
    Review,
)
from clarity.experts.messages import Dashboard, Earning, Expert
from clarity.reports.expertise import ExpertForm, ExpertReport

M = TypeVar("M", bound=BaseModel)

MEDIA_SECONDS = 120.0
_REVIEWS = TypeAdapter(list[Review])
_REPORTS = TypeAdapter(list[ExpertReport])
_ATTACHMENTS = TypeAdapter(list[AttachmentShown])
_VERSIONS = TypeAdapter(list[DraftVersion])
_EARNINGS = TypeAdapter(list[Earning])


class SavedElsewhere(GatewayError):
    """Another window saved first; nothing was overwritten.

    Attributes:
        found: what is saved now, what it changed, and what of ours would have been lost.
    """

    def __init__(self, error: GatewayError, found: Conflicting) -> None:
        super().__init__(error.message, error.hint, status=error.status, code=error.code)
        self.found = found


class Reviews:
    """What an expert may ask.

    Args:
        gateway: signed with the expert's token.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def queue(self) -> list[Review]:
        """What is held, due first; then what was submitted."""
        return read_answer(_REVIEWS, self._gateway.ask("GET", "/v1/reviews"))

    def read(self, review_id: str) -> OpenedReview:
        """One review with the automatic report."""
        return self._ask(OpenedReview, "GET", review_place(review_id))

    def start(self, review_id: str) -> None:
        self._gateway.ask("POST", f"{review_place(review_id)}/start")

    def decline(self, review_id: str, reason: str, note: str = "") -> None:
        """Give a review back; reasons as `clarity.cases.messages.Decline` names them."""
        body = {"reason": reason, "note": note}
        self._gateway.ask("POST", f"{review_place(review_id)}/refusal", json=body)

    def media(self, review_id: str, *, use: str = "viewed") -> bytes:
        """The item itself; `use` is `viewed` or `downloaded`, and is written down."""
        path = f"{review_place(review_id)}/media"
        answer = self._gateway.ask("GET", path, params={"use": use}, timeout=MEDIA_SECONDS)
        return answer.content

    def draft(self, review_id: str) -> Draft:
        return self._ask(Draft, "GET", f"{review_place(review_id)}/draft")

    def versions(self, review_id: str) -> list[DraftVersion]:
        """Every version that was saved, newest first."""
        answer = self._gateway.ask("GET", f"{review_place(review_id)}/versions")
        return read_answer(_VERSIONS, answer)

    def version(self, review_id: str, number: int) -> Draft:
        """One of them as it was."""
        return self._ask(Draft, "GET", f"{review_place(review_id)}/versions/{number}")

    def save(self, review_id: str, form: ExpertForm, *, version: int) -> Draft:
        """Save a form that was written on top of a version; 0 at first.

        Raises:
            SavedElsewhere: another window saved since.
        """
        path, body = f"{review_place(review_id)}/draft", form.model_dump(mode="json")
        try:
            return self._ask(Draft, "PUT", path, version=version, body=body)
        except GatewayError as error:
            raise _elsewhere(error) from error

    def submit(self, review_id: str, *, version: int) -> Review:
        """Submit that version, for good.

        Raises:
            SavedElsewhere: another window saved since.
        """
        path = f"{review_place(review_id)}/submission"
        try:
            return self._ask(Review, "POST", path, version=version)
        except GatewayError as error:
            raise _elsewhere(error) from error

    def reports(self, review_id: str) -> list[ExpertReport]:
        """One's own once it is submitted, the others' once the case is settled."""
        answer = self._gateway.ask("GET", f"{review_place(review_id)}/reports")
        return read_answer(_REPORTS, answer)

    def attach(self, review_id: str, name: str, content: bytes) -> AttachmentShown:
        path = f"{review_place(review_id)}/attachments"
        answer = self._gateway.ask("POST", path, files={"file": (name, content)})
        return read_answer(AttachmentShown, answer)

    def attachments(self, review_id: str) -> list[AttachmentShown]:
        answer = self._gateway.ask("GET", f"{review_place(review_id)}/attachments")
        return read_answer(_ATTACHMENTS, answer)

    def detach(self, review_id: str, attachment_id: str) -> None:
        path = f"{review_place(review_id)}/attachments/{quote(attachment_id, safe='')}"
        self._gateway.ask("DELETE", path)

    def attachment(self, review_id: str, attachment_id: str) -> bytes:
        return self._gateway.file(review_place(review_id), f"attachments/{attachment_id}")

    def dashboard(self) -> Dashboard:
        """Profile, figures and money."""
        return self._ask(Dashboard, "GET", "/v1/experts/me")

    def earnings(self) -> list[Earning]:
        """What every report earned, newest first."""
        answer = self._gateway.ask("GET", "/v1/experts/me/earnings")
        return read_answer(_EARNINGS, answer)

    def change(self, *, available: bool, capacity: int) -> Expert:
        """Be away, or take more or fewer reviews at once."""
        body = {"available": available, "capacity": capacity}
        return self._ask(Expert, "PATCH", "/v1/experts/me", body=body)

    def _ask(
        self,
        model: type[M],
        method: str,
        path: str,
        *,
        version: int | None = None,
        body: object = None,
    ) -> M:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        options = {} if body is None else {"json": body}
        answer = self._gateway.ask(method, path, headers=headers, **options)
        return read_answer(model, answer)


def review_place(review_id: str) -> str:
    """Where a review is, below the gateway's address."""
    return f"/v1/reviews/{quote(review_id, safe='')}"


def _elsewhere(error: GatewayError) -> GatewayError:
    if error.code != "saved-meanwhile":
        return error
    try:
        return SavedElsewhere(error, Conflicting.model_validate(dict(error.members)))
    except ValidationError:
        return error
