"""Calls of the gateway by which customers ask experts and follow what comes of it.

Every method raises `GatewayError` with a message and a hint.
"""

from urllib.parse import quote

from pydantic import TypeAdapter

from apps.gateway_client import Gateway, read_answer
from clarity.cases.messages import Case, Custody
from clarity.reports.settled import CaseReport

_CASES = TypeAdapter(list[Case])


class Cases:
    """What a customer may ask about requests and disputes.

    Args:
        gateway: signed with the customer's token.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def open(
        self, scan_id: str, kind: str, *, reason: str = "", suspects: str | None = None
    ) -> Case:
        """Ask an expert (`request`), or disagree (`dispute`)."""
        body = {"scan_id": scan_id, "kind": kind, "reason": reason, "suspects": suspects}
        return read_answer(Case, self._gateway.ask("POST", "/v1/cases", json=body))

    def about(self, scan_id: str) -> list[Case]:
        """Cases about a scan, newest first."""
        answer = self._gateway.ask("GET", "/v1/cases", params={"scan_id": scan_id})
        return read_answer(_CASES, answer)

    def withdraw(self, case_id: str) -> None:
        self._gateway.ask("POST", f"{_place(case_id)}/withdrawal")

    def report(self, case_id: str) -> CaseReport:
        """Everything that came of a settled case."""
        answer = self._gateway.ask("GET", f"{_place(case_id)}/report.json")
        return read_answer(CaseReport, answer)

    def custody(self, case_id: str) -> Custody:
        """Who had the item in hand."""
        answer = self._gateway.ask("GET", f"{_place(case_id)}/custody")
        return read_answer(Custody, answer)

    def file(self, case_id: str, name: str) -> bytes:
        """A file of a settled case: `report.pdf`, `report.json`."""
        return self._gateway.file(_place(case_id), name)

    def attachment(self, case_id: str, attachment_id: str) -> bytes:
        """What lies beside one of its reports."""
        return self._gateway.file(_place(case_id), f"attachments/{attachment_id}")


def _place(case_id: str) -> str:
    return f"/v1/cases/{quote(case_id, safe='')}"
