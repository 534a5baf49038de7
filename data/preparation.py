"""From items to a prepared set: plan, run what is left to do, check, record."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from clarity.errors import ClarityError
from data.blocks import BlockDone, plan, prepare_block, read_journal, ready
from data.digest import set_digest
from data.items import Item
from data.shards import REJECT_SCHEMA, REJECTS_FILE, SET_FILE, SetRecord
from data.splits import refuse_leaks
from data.stages import Settings

Runner = Callable[[Path, Sequence[int], Settings], Iterator[BlockDone]]
"""Prepares the blocks of a folder with these numbers, and yields each when it is done."""

Progress = Callable[[int, int], None]
"""Called with the blocks that are done and all of them."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """A finished set, and what this run did for it: items and the seconds they took."""

    record: SetRecord
    items: int
    seconds: float


class NothingPrepared(ClarityError):
    status: ClassVar[int] = 422
    code: ClassVar[str] = "nothing-prepared"
    hint = "Look at rejects.parquet in the set's folder: it says why each item was left out."


def prepare(
    items: Iterable[Item],
    folder: Path,
    *,
    run: Runner,
    settings: Settings = Settings(),
    allow_near_duplicates: bool = False,
    progress: Progress = lambda done, total: None,
) -> Preparation:
    """Prepare items into a set in `folder`, going on where an earlier run was stopped.

    Args:
        items: every one with its split.
        folder: of the set; its name is the set's.
        run: `plainly`, or `data.pipeline.on_ray`.
        settings: how much is taken of each film.
        allow_near_duplicates: across splits; they are not even looked for.
        progress: told of every block.

    Raises:
        NothingPrepared: not one item gave a crop.
        GroupInTwoSplits, NearDuplicate: a leak; the set stays without its record.
    """
    (folder / SET_FILE).unlink(missing_ok=True)
    total, pending = plan(items, folder, settings)
    before, done_items, began = total - len(pending), 0, time.perf_counter()
    progress(before, total)
    for number, done in enumerate(run(folder, pending, settings) if pending else (), start=1):
        done_items += done.items
        progress(before + number, total)
    seconds = time.perf_counter() - began
    record = _gather(folder, total, settings)
    refuse_leaks(folder, near_duplicates_too=not allow_near_duplicates)
    record.write(folder)
    return Preparation(record, done_items, seconds)


def plainly(folder: Path, pending: Sequence[int], settings: Settings) -> Iterator[BlockDone]:
    """One block after another in this process."""
    detector = ready()
    for number in pending:
        yield prepare_block(folder, number, detector, settings)


def _gather(folder: Path, total: int, settings: Settings) -> SetRecord:
    """Join the journal: the table of rejects, and the record of the set."""
    items = rejected = 0
    crops: list[bytes] = []
    clips: list[bytes] = []
    with pq.ParquetWriter(folder / REJECTS_FILE, REJECT_SCHEMA) as rejects:
        for number in range(total):
            done = read_journal(folder, number)
            assert done is not None, f"the runner left out block {number}"
            rejects.write_table(pa.Table.from_pylist(list(done.rejects), REJECT_SCHEMA))
            items, rejected = items + done.items, rejected + len(done.rejects)
            crops += map(bytes.fromhex, done.crops)
            clips += map(bytes.fromhex, done.clips)
    if not crops:
        raise NothingPrepared(f"none of {items} items gave a face crop")
    counts = {"items": items, "crops": len(crops), "clips": len(clips), "rejects": rejected}
    return SetRecord(folder.resolve().name, set_digest(crops, clips), asdict(settings), counts)
