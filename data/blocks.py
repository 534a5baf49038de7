"""Preparation in blocks of items, so that a run that was stopped goes on where it was.

    work/plan/00000.json      the items of a block
    work/journal/00000.json   that it is done, with its counts and rejects; written last

A block's files carry its number: done twice, they are the same files.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
from pydantic import TypeAdapter

from clarity import memory
from clarity.faces.detect import FaceDetector
from clarity.media.frames import MediaKind
from data.digest import row_digest
from data.items import Item
from data.reading import Row
from data.shards import (
    CLIP_SCHEMA,
    CLIPS,
    CROP_SCHEMA,
    SHARDS,
    part_name,
    write_part,
    write_whole,
)
from data.stages import Settings, prepare_item

BLOCK_WEIGHT = 128
"""Pictures of a block: some 12 MB of crops, held by the worker until they are written."""

VIDEO_WEIGHT = 8
"""Pictures that a video counts for."""

_ITEMS = TypeAdapter(list[Item])


@dataclass(frozen=True, slots=True)
class BlockDone:
    """A journal entry.

    Attributes:
        number: of the block.
        plan: SHA-256 of the block's items, the settings and the columns: a change is seen.
        items: how many.
        crops, clips: digest of each row, hexadecimal.
        seconds: it took.
        rejects: rows of the table of rejects.
    """

    number: int
    plan: str
    items: int
    crops: Sequence[str]
    clips: Sequence[str]
    seconds: float
    rejects: Sequence[Row]


def plan(items: Iterable[Item], folder: Path, settings: Settings) -> tuple[int, list[int]]:
    """Write down the blocks; the number of them, and of those the ones yet to do."""
    number, pending = -1, []
    for number, block in enumerate(blocks(items)):
        content = _ITEMS.dump_json(block)
        write_whole(_plan_file(folder, number), content)
        done = read_journal(folder, number)
        if done is None or done.plan != _plan_digest(content, settings):
            pending.append(number)
    _forget_from(folder, number + 1)
    return number + 1, pending


def blocks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Items in order, cut where their weight has reached `BLOCK_WEIGHT`."""
    block: list[Item] = []
    weight = 0
    for item in items:
        block.append(item)
        weight += VIDEO_WEIGHT if item.kind is MediaKind.VIDEO else 1
        if weight >= BLOCK_WEIGHT:
            yield block
            block, weight = [], 0
    if block:
        yield block


def ready() -> FaceDetector:
    """Make this process ready for `prepare_block`, one of as many as there are cores."""
    memory.keep_freed()
    cv2.setNumThreads(1)
    return FaceDetector()


def prepare_block(
    folder: Path, number: int, detector: FaceDetector, settings: Settings
) -> BlockDone:
    """Prepare a planned block, write its rows and then its journal entry."""
    began = time.perf_counter()
    content = _plan_file(folder, number).read_bytes()
    items = _ITEMS.validate_json(content)
    found = [prepare_item(item, detector, settings) for item in items]
    crops = [row for one in found for row in one.crops]
    clips = [row for one in found for row in one.clips]
    crops = write_part(folder / SHARDS / part_name(number), crops, CROP_SCHEMA)
    clips = write_part(folder / CLIPS / part_name(number), clips, CLIP_SCHEMA)
    done = BlockDone(
        number=number,
        plan=_plan_digest(content, settings),
        items=len(items),
        crops=[row_digest(row).hex() for row in crops],
        clips=[row_digest(row).hex() for row in clips],
        seconds=time.perf_counter() - began,
        rejects=[row for one in found for row in one.rejects],
    )
    write_whole(_journal_file(folder, number), json.dumps(asdict(done)).encode())
    return done


def read_journal(folder: Path, number: int) -> BlockDone | None:
    """The entry of a block, or None while it is not done."""
    path = _journal_file(folder, number)
    return BlockDone(**json.loads(path.read_bytes())) if path.is_file() else None


def _plan_file(folder: Path, number: int) -> Path:
    return folder / "work" / "plan" / f"{number:05d}.json"


def _journal_file(folder: Path, number: int) -> Path:
    return folder / "work" / "journal" / f"{number:05d}.json"


def _plan_digest(content: bytes, settings: Settings) -> str:
    columns = CROP_SCHEMA.names + CLIP_SCHEMA.names
    return hashlib.sha256(content + repr((settings, columns)).encode()).hexdigest()


def _forget_from(folder: Path, number: int) -> None:
    """Remove blocks of an earlier, longer plan."""
    while _plan_file(folder, number).is_file():
        for path in (
            _journal_file(folder, number),
            folder / SHARDS / part_name(number),
            folder / CLIPS / part_name(number),
            _plan_file(folder, number),
        ):
            path.unlink(missing_ok=True)
        number += 1
