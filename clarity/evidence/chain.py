"""The log as a chain: how a line is signed, and what is wrong with a log that was touched.

Everything here works on documents alone, with public keys: no database, no network.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from clarity.evidence.canonical import canonical, digest_of
from clarity.evidence.keys import PublicKey, SigningKey
from clarity.evidence.messages import Entry, Head, SignedEntry, SignedReceipt

FIRST = "0" * 64
"""What the first entry names as the one before it."""

Keys = Mapping[str, PublicKey]
"""Key identifier -> key: those that the checker trusts."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was signed: where it is, and what is wrong, for a person."""

    where: str
    what: str


def signed_entry(entry: Entry, key: SigningKey) -> SignedEntry:
    """An entry with its signature."""
    signature = base64.b64encode(key.sign(canonical(entry))).decode()
    return SignedEntry(entry=entry, signature=signature)


def check_entry(signed: SignedEntry, keys: Keys) -> list[Fault]:
    """Whether the signature of a line is good."""
    entry = signed.entry
    where = f"log entry {entry.sequence}"
    key = keys.get(entry.key)
    if key is None:
        return [Fault(where, f"It was signed with the key {entry.key}, not with one you trust.")]
    try:
        signature = base64.b64decode(signed.signature, validate=True)
    except (ValueError, binascii.Error):
        return [Fault(where, "Its signature cannot be read.")]
    if not key.fits(canonical(entry), signature):
        return [Fault(where, "Its signature does not fit: the line was changed after signing.")]
    return []


def check_receipt(document: Any, keys: Keys) -> list[Fault]:
    """Whether a signed receipt, as parsed JSON, is the one that was signed."""
    try:
        signed = SignedReceipt.model_validate(document)
    except ValidationError as error:
        return [Fault("receipt", f"It is not a receipt: {_first(error)}.")]
    faults = check_entry(signed.signed, keys)
    # of the document as it came, not of what was understood of it
    digest, wanted = digest_of(document["receipt"]), signed.signed.entry.receipt
    if digest != wanted:
        text = f"It was changed: its digest is {digest[:16]}…, but {wanted[:16]}… was signed."
        faults.append(Fault("receipt", text))
    return faults


def check_log(entries: Sequence[SignedEntry], keys: Keys, *, head: Head | None) -> list[Fault]:
    """Whether a whole log is one unbroken chain from its first line to its head.

    A log that was cut at its end is a shorter, sound log: only a head that was kept tells.
    """
    faults = [fault for signed in entries for fault in check_entry(signed, keys)]
    faults += _breaks(entries)
    if head is None:
        return faults
    return faults + _check_head(entries, head, keys)


def _breaks(entries: Iterable[SignedEntry]) -> list[Fault]:
    faults = []
    number, before = 1, FIRST
    for signed in entries:
        entry = signed.entry
        where = f"log entry {entry.sequence}"
        if entry.sequence > number:
            lost = f"entries {number} to {entry.sequence - 1}"
            faults.append(Fault(where, f"Before it, {lost} are missing: the log was cut."))
        elif entry.sequence < number:
            faults.append(Fault(where, f"It stands where entry {number} belongs: out of order."))
        elif entry.previous != before:
            faults.append(
                Fault(where, "It does not follow the entry before it: lines were exchanged.")
            )
        number, before = entry.sequence + 1, digest_of(entry)
    return faults


def _check_head(entries: Sequence[SignedEntry], head: Head, keys: Keys) -> list[Fault]:
    if head.signed is None:
        return []  # an empty log goes on to any log
    faults = check_entry(head.signed, keys)
    if digest_of(head.signed.entry) != head.digest:
        faults.append(Fault("head", "Its digest is not that of the entry it shows."))
    number = head.signed.entry.sequence
    found = next((one.entry for one in entries if one.entry.sequence == number), None)
    if found is None:
        last = entries[-1].entry.sequence if entries else 0
        text = f"The log ends at {last}, but the head is entry {number}: the end was cut off."
        faults.append(Fault("head", text))
    elif digest_of(found) != digest_of(head.signed.entry):
        faults.append(Fault("head", f"Entry {number} of the log is another than the head shows."))
    return faults


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
