"""Documents that were given out in November 2026 are read as they were, for good.

A field that is added to a report or a receipt, and written as null where an old document has
none, would give that document another digest than the one that was signed. Such a field needs
`exclude_if` (see `Person.delivery`). The files below are never made again.
"""

import json
from pathlib import Path

import pytest

from clarity.evidence.canonical import digest_of
from clarity.evidence.messages import SignedReceipt
from clarity.evidence.verify import check, read_keys
from clarity.reports.messages import Report

KEPT = Path(__file__).parent / "kept"


@pytest.mark.parametrize(
    ("name", "message"), [("report.json", Report), ("receipt.json", SignedReceipt)]
)
def test_an_old_document_has_the_digest_that_it_had(name, message):
    document = json.loads((KEPT / name).read_text())
    assert digest_of(message.model_validate(document)) == digest_of(document)


def test_an_old_receipt_still_fits_its_report_and_its_signature():
    receipt = SignedReceipt.model_validate_json((KEPT / "receipt.json").read_text())
    report = Report.model_validate_json((KEPT / "report.json").read_text())
    found = check(
        receipt.model_dump_json().encode(),
        read_keys(KEPT / "keys.json"),
        report=report.model_dump_json().encode(),
    )
    assert found.kind == "receipt"
    assert not found.faults
