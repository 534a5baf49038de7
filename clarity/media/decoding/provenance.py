"""Read what a file says of itself. Runs in the decoding process: these are parsers too."""

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clarity.media.decoding.errors import DAMAGE
from clarity.media.decoding.images import READERS
from clarity.media.frames import MediaKind
from clarity.media.provenance import Credentials, CredentialState, Provenance
from clarity.media.sniff import HEIC

LONGEST = 120
"""Characters of one text that are kept; the file chose them."""
MOST = 12
"""Actions and faults that are kept."""

LABEL = b"c2pa"
"""Stands in every embedded manifest store (C2PA 2.x, 11.1.4.2): without it nothing is loaded."""

UNTRUSTED = "signingCredential.untrusted"

IMAGE_ENTRIES = {"Camera": (271, 272), "Software": (305,), "Taken": (36867, 306), "Artist": (315,)}
"""Name -> EXIF tags, joined. The exact tags are in the first directory or in that of the photo."""
PHOTO_DIRECTORY, GPS_DIRECTORY = 0x8769, 0x8825

VIDEO_ENTRIES = {
    "Camera": ("com.apple.quicktime.make", "com.apple.quicktime.model", "make", "model"),
    "Software": ("com.apple.quicktime.software", "encoder"),
    "Taken": ("com.apple.quicktime.creationdate", "creation_time"),
}
PLACES = ("com.apple.quicktime.location.ISO6709", "location", "location-eng")
HIDDEN_PLACE = "a place is noted in the file; it is not shown"


def read_provenance(path: str, mime: str, anchors: str | None) -> Provenance:
    """What the file at `path` says of itself.

    Args:
        path: a file that was decoded as this type just now.
        mime: what its content is.
        anchors: file of certificates, in PEM, of the signers to trust.
    """
    return Provenance(credentials=_credentials(path, mime, anchors), entries=_entries(path, mime))


def _credentials(path: str, mime: str, anchors: str | None) -> Credentials | None:
    if not _has_label(path):
        return None
    import c2pa

    if mime not in c2pa.Reader.get_supported_mime_types():
        return None
    try:
        settings = c2pa.Settings.from_dict(_settings(anchors))
        with (
            open(path, "rb") as file,  # noqa: PTH123 - the child has no use for pathlib here
            c2pa.Context(settings) as context,
            c2pa.Reader(mime, file, context=context) as reader,
        ):
            return _told(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return None  # four letters somewhere else: a comment, a pixel
    except (c2pa.C2paError, *DAMAGE):
        return Credentials(state="unreadable")


def _settings(anchors: str | None) -> dict[str, Any]:
    # Nothing is fetched: a file must not make this service call an address of its choice.
    verify = {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}
    if anchors is None:
        return {"verify": verify}
    return {"verify": verify, "trust": {"trust_anchors": Path(anchors).read_text()}}


def _has_label(path: str) -> bool:
    with (
        open(path, "rb") as file,  # noqa: PTH123
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.find(LABEL) >= 0


def _told(store: Mapping[str, Any]) -> Credentials:
    manifest = store["manifests"][store["active_manifest"]]
    faults = [fault.get("code", "") for fault in store.get("validation_status") or []]
    signature = manifest.get("signature_info") or {}
    actions = _actions(manifest)
    sources = [action.get("digitalSourceType", "") for action in actions]
    return Credentials(
        state=_state(store.get("validation_state", "")),
        signer=_joined(signature.get("common_name"), signature.get("issuer")),
        software=_software(manifest),
        signed_at=_plain(signature.get("time")),
        actions=tuple(_plain(action.get("action")) for action in actions[:MOST]),
        source_type=_plain(next(filter(None, sources), "").rsplit("/", 1)[-1]),
        ingredients=len(manifest.get("ingredients") or []),
        faults=tuple(dict.fromkeys(_plain(code) for code in faults if code != UNTRUSTED))[:MOST],
    )


def _state(told: str) -> CredentialState:
    states: dict[str, CredentialState] = {"Trusted": "trusted", "Valid": "valid"}
    return states.get(told, "invalid")


def _actions(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = []
    for assertion in manifest.get("assertions") or []:
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            found += assertion.get("data", {}).get("actions", [])
    return found


def _software(manifest: Mapping[str, Any]) -> str:
    for info in manifest.get("claim_generator_info") or []:
        return _joined(info.get("name"), info.get("version"), by=" ")
    return _plain(manifest.get("claim_generator"))


def _entries(path: str, mime: str) -> dict[str, str]:
    try:
        if mime.startswith(MediaKind.IMAGE.value):
            return _image_entries(path, mime)
        return _video_entries(path)
    except DAMAGE:
        return {}  # the pixels are sound; notes about them are not evidence of anything


def _image_entries(path: str, mime: str) -> dict[str, str]:
    from PIL import Image

    if mime == HEIC.mime:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    with Image.open(path, formats=READERS[mime]) as image:
        exif = image.getexif()
        values = dict(exif) | dict(exif.get_ifd(PHOTO_DIRECTORY))
        place = bool(exif.get_ifd(GPS_DIRECTORY))
    found = {
        name: _joined(*(values.get(tag) for tag in tags), by=" ")
        if name == "Camera"
        else _plain(next((values[tag] for tag in tags if values.get(tag)), None))
        for name, tags in IMAGE_ENTRIES.items()
    }
    return _said(found, place=place)


def _video_entries(path: str) -> dict[str, str]:
    import av

    with av.open(path) as container:
        values = dict(container.metadata)
    found = {
        name: _plain(" ".join(values[key] for key in keys if values.get(key)))
        if name == "Camera"
        else _plain(next((values[key] for key in keys if values.get(key)), None))
        for name, keys in VIDEO_ENTRIES.items()
    }
    return _said(found, place=any(values.get(key) for key in PLACES))


def _said(found: Mapping[str, str], *, place: bool) -> dict[str, str]:
    said = {name: value for name, value in found.items() if value}
    return {**said, "Place": HIDDEN_PLACE} if place else said


def _joined(*parts: object, by: str = ", ") -> str:
    return _plain(by.join(dict.fromkeys(filter(None, map(_plain, parts)))))


def _plain(value: object) -> str:
    """A text of the file, fit to be shown: printable, on one line, short."""
    if value is None:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return "".join(c if c.isprintable() else " " for c in text).strip()[:LONGEST]
