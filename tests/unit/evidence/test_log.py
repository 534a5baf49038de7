"""The log: one chain, whoever writes; cut, exchanged or foreign lines are found and named."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from clarity.database import Database
from clarity.evidence import service
from clarity.evidence.canonical import digest_of
from clarity.evidence.chain import FIRST, check_log, check_receipt
from clarity.evidence.keys import load_or_make
from clarity.evidence.messages import Head, SignedReceipt
from clarity.evidence.service import ReceiptMissing
from clarity.evidence.verify import check

from .conftest import AT, receipt


def lines(log):
    with log.read() as session:
        return list(service.entries(session)), service.head(session)


def exported(entries, head):
    return "".join(f"{one.model_dump_json()}\n" for one in [*entries, head]).encode()


def faults(log, keys, change):
    """What is said of a log whose list of entries was changed."""
    entries, head = lines(log)
    change(entries)
    return [f"{fault.where}: {fault.what}" for fault in check(exported(entries, head), keys).faults]


def test_a_log_is_a_chain_with_a_signed_head(log, filled, keys):
    entries, head = lines(log)
    assert [one.entry.sequence for one in entries] == [1, 2, 3, 4, 5]
    assert entries[0].entry.previous == FIRST
    assert head.signed == entries[-1]
    checked = check(exported(entries, head), keys, head=head)
    assert (checked.kind, checked.faults, checked.facts["Entries"]) == ("log", (), "5")


def test_an_empty_log_has_a_head_too(log, keys):
    entries, head = lines(log)
    assert entries == []
    assert check(exported(entries, head), keys).faults == ()


def test_a_receipt_comes_back_and_stands_in_the_log_once(log, filled, key):
    with log.write() as session:
        again = service.append(session, filled[2].receipt, key, at=AT)
    assert again == filled[2]
    with log.read() as session:
        assert service.find(session, filled[2].signed.entry.receipt) == filled[2]
        with pytest.raises(ReceiptMissing):
            service.find(session, "0" * 64)


def test_a_cut_is_found(log, filled, keys):
    (told,) = faults(log, keys, lambda entries: entries.pop(2))
    assert told == "log entry 4: Before it, entries 3 to 3 are missing: the log was cut."


def test_a_lost_beginning_is_found(log, filled, keys):
    assert "entries 1 to 2" in faults(log, keys, lambda e: e.__delitem__(slice(2)))[0]


def test_a_lost_end_is_found_by_the_head(log, filled, keys):
    (told,) = faults(log, keys, lambda entries: entries.pop())
    assert told == "head: The log ends at 4, but the head is entry 5: the end was cut off."


def test_a_lost_end_with_its_head_is_found_by_a_head_that_was_kept(log, filled, keys):
    entries, head = lines(log)
    shorter = exported(entries[:3], entries[2])[: -len(entries[2].model_dump_json()) - 1]
    assert "the end was cut off" in check(shorter, keys).faults[0].what
    false_head = Head(signed=entries[2], digest=digest_of(entries[2].entry))
    shorter = exported(entries[:3], false_head)
    assert check(shorter, keys).faults == (), "by itself it is a sound log"
    (fault,) = check(shorter, keys, head=head).faults
    assert fault.what == "The log ends at 3, but the head is entry 5: the end was cut off."


def test_exchanged_lines_are_found(log, filled, keys):
    def exchange(entries):
        entries[1], entries[3] = entries[3], entries[1]

    told = faults(log, keys, exchange)
    assert any(one.startswith("log entry 4: ") for one in told)
    assert any("out of order" in one for one in told)


def test_a_line_of_another_log_is_found(log, filled, keys, key, tmp_path):
    other = Database(f"sqlite:///{tmp_path}/other.sqlite", package="clarity.evidence")
    other.upgrade()
    with other.write() as session:
        spliced = [service.append(session, receipt(n), key, at=AT) for n in (7, 8, 9)]
    other.close()

    def splice(entries):
        entries[2] = spliced[2].signed

    told = faults(log, keys, splice)
    assert told[0].startswith("log entry 3: It does not follow")
    assert told[1].startswith("log entry 4: It does not follow")


@pytest.mark.parametrize("field", ["sequence", "previous", "at", "receipt", "signature"])
def test_a_changed_line_is_found_and_named(log, filled, keys, field):
    entries, head = lines(log)
    document = json.loads(entries[2].model_dump_json())
    if field == "signature":
        old = document["signature"]
        document["signature"] = ("B" if old[0] == "A" else "A") + old[1:]
    elif field == "sequence":
        document["entry"]["sequence"] = 33
    elif field == "at":
        document["entry"]["at"] = "2025-01-02T03:04:05.678901Z"
    else:
        document["entry"][field] = "f" * 64
    rows = [one.model_dump_json() for one in [*entries, head]]
    rows[2] = json.dumps(document)
    found = check("\n".join(rows).encode(), keys).faults
    number = 33 if field == "sequence" else 3
    assert found[0].where == f"log entry {number}"
    assert "signature" in found[0].what


def test_a_line_signed_by_a_stranger_is_found(log, filled, keys, tmp_path):
    stranger = load_or_make(tmp_path / "stranger.pem")
    with log.write() as session:
        service.append(session, receipt(20), stranger, at=AT)
    (told,) = faults(log, keys, lambda entries: None)[:1]
    assert told.startswith(f"log entry 6: It was signed with the key {stranger.public.key_id}")
    both = {**keys, stranger.public.key_id: stranger.public}
    assert faults(log, both, lambda entries: None) == [], "a key that was exchanged is trusted too"


def test_a_row_changed_in_the_database_is_found(log, filled, keys):
    with log.write() as session:
        statement = "UPDATE evidence_entry SET document = replace(document, '2026', '2025')"
        session.execute(text(f"{statement} WHERE sequence = 4"))
    told = faults(log, keys, lambda entries: None)
    assert told[0].startswith("log entry 4: Its signature does not fit")


def test_a_receipt_may_be_erased_and_the_log_stands(log, filled, keys):
    digest = filled[0].signed.entry.receipt
    with log.write() as session:
        session.execute(text("DELETE FROM evidence_receipt WHERE digest = :d"), {"d": digest})
    assert faults(log, keys, lambda entries: None) == []
    with log.read() as session, pytest.raises(ReceiptMissing):
        service.find(session, digest)


def test_every_byte_of_a_receipt_is_bound(filled, keys):
    whole = json.loads(filled[0].model_dump_json())
    assert check_receipt(whole, keys) == []
    for path in (
        ("receipt", "trace", "media"),
        ("receipt", "trace", "label"),
        ("receipt", "report"),
        ("receipt", "images", "face.png"),
    ):
        changed = json.loads(json.dumps(whole))
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = "e" * 64
        (fault,) = check_receipt(changed, keys)
        assert (fault.where, fault.what[:15]) == ("receipt", "It was changed:")
    changed = json.loads(json.dumps(whole))
    changed["receipt"]["trace"]["confidence"] += 2**-53
    assert check_receipt(changed, keys)[0].where == "receipt"
    for broken in ({}, {"receipt": 1, "signed": 2}, {**whole, "more": 1}):
        assert check_receipt(broken, keys)[0].what.startswith("It is not a receipt")
    assert SignedReceipt.model_validate(whole) == filled[0]


def test_writers_at_the_same_moment_make_one_chain(database_url, key, keys):
    log = Database(database_url("evidence"), package="clarity.evidence")
    log.upgrade()

    def write(own):
        for number in range(4):
            with log.write() as session:
                service.append(session, receipt(own * 10 + number), key, at=AT)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(write, range(4))) == [None] * 4
    entries, head = lines(log)
    log.close()
    assert [one.entry.sequence for one in entries] == list(range(1, 17))
    assert check_log(entries, keys, head=head) == []
