"""Tiny prepared sets for tests."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from data.digest import content_digest
from data.shards import (
    CROP_SCHEMA,
    REJECT_SCHEMA,
    REJECTS_FILE,
    SHARDS,
    SetRecord,
    part_name,
    write_part,
)

SIDE = 256
LANDMARKS = [95.0, 105.0, 161.0, 105.0, 128.0, 140.0, 102.0, 172.0, 154.0, 172.0]

Row = dict[str, Any]


def png(pixels: np.ndarray) -> bytes:
    """uint8 RGB (height, width, 3) as a lossless PNG."""
    return cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()


def row(key: str, pixels: np.ndarray | None = None, **facts: Any) -> Row:
    """One row of `shards/`, a real picture unless `facts` say otherwise."""
    if pixels is None:
        pixels = np.full((SIDE, SIDE, 3), len(key) * 7 % 256, np.uint8)
    return {
        "key": key,
        "source": "studio",
        "origin": "made by the test",
        "manipulation": "face_swap" if facts.get("fake") else "none",
        "generator": "",
        "group": key,
        "split": "train",
        "fake": False,
        "kind": "image",
        "person": 0,
        "frame": 0,
        "seconds": 0.0,
        "media_sha256": hashlib.sha256(key.encode()).hexdigest(),
        "media_format": "image/jpeg",
        "media_codec": "jpeg",
        "jpeg_quality": 90,
        "media_bytes": 20_000,
        "media_width": 640,
        "media_height": 480,
        "duration": 0.0,
        "face_size": 180.0,
        "landmarks": LANDMARKS,
        "phash": "0" * 16,
        "sex": "",
        "skin_tone": "",
        "crop": png(pixels),
    } | facts


def reject(key: str, **facts: str) -> Row:
    """One row of the table of rejects."""
    usual = {"source": "studio", "stage": "faces", "code": "no-face", "reason": "no face"}
    return {"key": key} | usual | facts


def write_set(
    folder: Path,
    rows: Sequence[Row],
    *,
    rejected: Sequence[Row] = (),
    rows_a_file: int = 1000,
    schema: pa.Schema = CROP_SCHEMA,
) -> SetRecord:
    """Write a whole set of these rows."""
    for number, first in enumerate(range(0, len(rows), rows_a_file)):
        part = rows[first : first + rows_a_file]
        write_part(folder / SHARDS / part_name(number), part, schema)
    write_part(folder / REJECTS_FILE, rejected, REJECT_SCHEMA)
    counts = {"items": len(rows), "crops": len(rows), "clips": 0, "rejects": len(rejected)}
    record = SetRecord(folder.name, content_digest(folder), {}, counts)
    record.write(folder)
    return record
