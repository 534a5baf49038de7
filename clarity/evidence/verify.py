"""Check what Clarity gave out, offline: a receipt, a report PDF, a log; public keys suffice."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from clarity.errors import ClarityError
from clarity.evidence.canonical import NotCanonical, canonical, digest_of
from clarity.evidence.chain import Fault, Keys, check_log, check_receipt
from clarity.evidence.keys import PublicKey
from clarity.evidence.messages import Head, SignedEntry, SignedReceipt, VerifyingKey
from clarity.evidence.seal import open_sealed

RECEIPT_FILE = "receipt.json"
REPORT_FILE = "report.json"
VERDICT_FILE = "verdict.json"
"""Names of the files that lie in a report PDF."""


class NotEvidence(ClarityError):
    """The file is nothing that Clarity gives out as evidence."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "not-evidence"
    hint = "Give a receipt.json, a report PDF, or a log as `/v1/evidence/log` gives it."


class NoKey(ClarityError):
    """No public key was given, so nothing can be checked."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "no-key"
    hint = "Save the answer of /v1/evidence/keys, once and from the service itself."


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found.

    Attributes:
        kind: what the file is.
        faults: what is wrong; none: it is as it was signed.
        facts: what it says, in words, in the order of reading.
        receipt: the receipt in it, if there is one and it can be read.
    """

    kind: str
    faults: tuple[Fault, ...]
    facts: dict[str, str]
    receipt: SignedReceipt | None = None


def read_keys(path: Path) -> dict[str, PublicKey]:
    """Trusted keys from a file: PEM, base64, or the answer of `/v1/evidence/keys`.

    Raises:
        KeyUnusable, NoKey: there is no key in it.
    """
    text = path.read_text(errors="replace").strip()
    if text.startswith("["):
        try:
            listed = TypeAdapter(list[VerifyingKey]).validate_json(text)
        except ValidationError as error:
            raise NoKey(f"{path} is not a list of keys.") from error
        found = [PublicKey.read(key.public_key) for key in listed]
    else:
        found = [PublicKey.read(text)]
    if not found:
        raise NoKey(f"{path} holds no key.")
    return {key.key_id: key for key in found}


def check(
    content: bytes, keys: Keys, *, head: Head | None = None, report: bytes | None = None
) -> Checked:
    """Check a file of any kind.

    Args:
        content: of the file.
        keys: that are trusted.
        head: of the log, kept from earlier: without it a log that lost its end looks whole.
        report: for a receipt, the `report.json` that it is said to belong to.

    Raises:
        NotEvidence: it is none of what can be checked.
    """
    if content.startswith(b"%PDF-"):
        return _check_pdf(content, keys)
    if content.lstrip()[:1] != b"{":
        raise NotEvidence("This is neither a receipt, nor a report PDF, nor a log.")
    try:
        document = _parsed(content)
    except ValueError:
        return _check_log(content, keys, head)
    if isinstance(document, dict) and "receipt" in document:
        return _check_receipt(document, keys, report)
    return _check_log(content, keys, head)


def _check_pdf(content: bytes, keys: Keys) -> Checked:
    sealed = open_sealed(content, keys)
    faults, receipt, facts = list(sealed.faults), None, {}
    if RECEIPT_FILE in sealed.attachments:
        try:
            document = _parsed(sealed.attachments[RECEIPT_FILE])
            inside = _check_receipt(document, keys, sealed.attachments.get(REPORT_FILE))
        except (ValueError, TypeError, LookupError):
            faults.append(Fault("receipt in the PDF", "It cannot be read."))
        else:
            faults += [Fault(f"{one.where} in the PDF", one.what) for one in inside.faults]
            receipt, facts = inside.receipt, inside.facts
    elif REPORT_FILE in sealed.attachments:
        facts = {"Receipt": "none: the report is from before receipts were kept"}
    elif not faults:
        faults.append(Fault("PDF", "It holds no report: it is not one of Clarity's."))
    if VERDICT_FILE in sealed.attachments:
        found, said = _check_verdict(sealed.attachments[VERDICT_FILE], keys)
        faults, facts = faults + found, facts | said
    return Checked("report (PDF)", tuple(faults), facts, receipt)


def _check_verdict(content: bytes, keys: Keys) -> tuple[list[Fault], dict[str, str]]:
    """Whether experts' reports are those that the enclosed verdict signs, and who signed it."""
    where = "experts' verdict in the PDF"
    try:
        document = _parsed(content)
        signed, reports = document["signed"], document["expert_reports"]
        verdict = signed["verdict"]
        digests = {part["report"] for part in verdict["contributions"]}
        faults = [
            Fault(where, f"The report of {one['expert']} is not the one that was signed.")
            for one in reports
            if digest_of(one) not in digests
        ]
        if len(reports) != len(digests):
            faults.append(Fault(where, "It has not as many reports as were signed."))
        faults += _check_signed(where, signed, keys)
        decided = f"{verdict['decision']}, on {verdict['settled_at'][:10]}"
    except (ValueError, TypeError, LookupError, NotCanonical):
        return [Fault(where, "It cannot be read.")], {}
    return faults, {"Experts' verdict": decided}


def _check_signed(where: str, signed: dict[str, Any], keys: Keys) -> list[Fault]:
    key, whole = keys.get(signed["key"]), canonical(signed["verdict"])
    if key is None:
        return [Fault(where, f"It was signed with the key {signed['key']}, not with yours.")]
    if not key.fits(whole, base64.b64decode(signed["signature"], validate=True)):
        return [Fault(where, "Its signature does not fit: it was changed after signing.")]
    if signed["digest"] != hashlib.sha256(whole).hexdigest():
        return [Fault(where, "Its digest is another than it says.")]
    return []


def _check_receipt(document: dict[str, Any], keys: Keys, report: bytes | None) -> Checked:
    try:
        faults = check_receipt(document, keys)
    except NotCanonical as error:
        faults = [Fault("receipt", error.message)]
    try:
        signed = SignedReceipt.model_validate(document)
    except ValidationError:
        return Checked("receipt", tuple(faults), {})
    if report is not None:
        faults += _check_report(report, signed)
    return Checked("receipt", tuple(faults), _facts(signed), signed)


def _check_report(report: bytes, signed: SignedReceipt) -> list[Fault]:
    try:
        digest = digest_of(_parsed(report))
    except (ValueError, NotCanonical):
        return [Fault("report", "It is not JSON.")]
    if digest == signed.receipt.report:
        return []
    wanted = signed.receipt.report
    text = f"It is another than the receipt's: {digest[:16]}… instead of {wanted[:16]}…."
    return [Fault("report", text)]


def _facts(signed: SignedReceipt) -> dict[str, str]:
    trace, entry = signed.receipt.trace, signed.signed.entry
    return {
        "Verdict": trace.label,
        "Confidence": "none" if trace.confidence is None else repr(trace.confidence),
        "Media (SHA-256)": trace.media,
        "Made": f"{signed.receipt.made_at:%Y-%m-%d %H:%M:%S} UTC",
        "Releases": ", ".join(f"{name} {was.release}" for name, was in trace.detectors.items()),
        "Log entry": f"{entry.sequence}, signed with the key {entry.key}",
    }


def _check_log(content: bytes, keys: Keys, head: Head | None) -> Checked:
    entries, own = _read_log(content)
    faults = check_log(entries, keys, head=own)
    if own is None:
        faults.append(Fault("log", "Its last line, the head, is missing: the end was cut off."))
    if head is not None:
        faults += check_log(entries, keys, head=head)
    last = entries[-1].entry if entries else None
    facts = {
        "Entries": f"{len(entries)}",
        "Until": f"{last.at:%Y-%m-%d %H:%M:%S} UTC" if last else "nothing yet",
        "Head": own.digest if own else "missing",
    }
    return Checked("log", tuple(dict.fromkeys(faults)), facts)


def read_head(content: bytes) -> Head:
    """The head at the end of a log; raises `NotEvidence` where it is missing."""
    head = _read_log(content)[1]
    if head is None:
        raise NotEvidence("The last line of the log, its head, is missing.")
    return head


def _read_log(content: bytes) -> tuple[Sequence[SignedEntry], Head | None]:
    entries: list[SignedEntry] = []
    head: Head | None = None
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        kind: type[BaseModel] = Head if '"digest"' in line else SignedEntry
        try:
            one = kind.model_validate_json(line)
        except ValidationError as error:
            raise NotEvidence(f"Line {number} is not a line of a log.") from error
        if isinstance(one, Head):
            head = one
        elif isinstance(one, SignedEntry):
            entries.append(one)
    return entries, head


def _parsed(content: bytes) -> Any:
    return json.loads(content)


def media_fault(path: Path, signed: SignedReceipt) -> Fault | None:
    """Whether a file is the one that was judged."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest == signed.receipt.trace.media:
        return None
    wanted = signed.receipt.trace.media
    return Fault("media", f"Another file was judged: {wanted[:16]}…, this is {digest[:16]}….")
