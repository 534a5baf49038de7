"""What preparation does with one item, stage by stage, without Ray.

read -> decode -> detect -> crop -> clips

Every stage is the code that serving runs. An item gives rows, or one reject that names the
stage and the reason; whatever is wrong with it, the next item is not concerned.
"""

import hashlib
from dataclasses import dataclass, field

from clarity.errors import ClarityError
from clarity.faces.detect import FaceDetector
from clarity.media.decode import decode, decode_trusted_picture
from clarity.media.frames import DecodedMedia, MediaKind
from clarity.media.likeness import perceptual_hash
from clarity.media.limits import Limits
from clarity.media.sniff import HEAD_BYTES, sniff
from data.clips import clips_of
from data.compression import compression_of
from data.crops import encoded, stored_crop
from data.items import Item
from data.reading import Row
from data.subjects import Subject, find_subjects


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is taken of a film.

    Attributes:
        frames: frames looked at one by one, spread over its length.
        clips: clips of consecutive frames for detectors that look at time, at most.
    """

    frames: int = 24
    clips: int = 2


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one item gave: rows of crops and of clips, or one reject."""

    crops: list[Row] = field(default_factory=list)
    clips: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)


def prepare_item(item: Item, detector: FaceDetector, settings: Settings) -> Prepared:
    """All stages over one item; raises nothing."""
    stage = "read"
    try:
        file_facts = read(item)
        stage = "decode"
        media = decoded(item, settings)
        stage = "detect"
        subjects = find_subjects(item, media, detector)
        facts = {**label_facts(item), **file_facts, **media_facts(media)}
        stage = "crop"
        crops = [{**facts, **crop_facts(subject)} for subject in subjects]
        stage = "clips"
        clips = clips_of(item, media, subjects, detector=detector, most=settings.clips)
        return Prepared(crops, [{**facts, **clip} for clip in clips])
    except ClarityError as error:
        return _rejected(item, stage, error.code, error.message)
    except Exception as error:  # noqa: BLE001 - the edge of one item: the run goes on
        return _rejected(item, stage, type(error).__name__, str(error))


def read(item: Item) -> Row:
    """Digest, format, compression and size of the file.

    Raises:
        OSError: it cannot be read.
        EmptyFile, UnsupportedMedia: by its first bytes.
    """
    with item.path.open("rb") as file:
        media_type = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    found = compression_of(item.path)
    return {
        "media_sha256": digest,
        "media_format": media_type.mime,
        "media_codec": found.codec if found else "",
        "jpeg_quality": found.quality if found else None,
        "media_bytes": size,
    }


def decoded(item: Item, settings: Settings) -> DecodedMedia:
    """The picture, or the frames of the film that are looked at; raises as `decode`."""
    if item.kind is MediaKind.IMAGE:
        return decode_trusted_picture(item.path)
    return decode(item.path, Limits(max_frames=settings.frames))


def label_facts(item: Item) -> Row:
    """What the dataset says, as columns."""
    return {
        "key": item.key,
        "source": item.source,
        "origin": item.origin,
        "fake": item.fake,
        "manipulation": item.manipulation,
        "generator": item.annotation.generator,
        "group": item.group,
        "split": item.split,
        "kind": item.kind.value,
        "sex": item.annotation.sex,
        "skin_tone": item.annotation.skin_tone,
    }


def media_facts(media: DecodedMedia) -> Row:
    """Size in pixels and length in seconds, as columns."""
    return {
        "media_width": media.width,
        "media_height": media.height,
        "duration": media.duration,
    }


def crop_facts(subject: Subject) -> Row:
    """The stored crop of a face and where it came from, as columns."""
    crop, landmarks = stored_crop(subject.frame.pixels, subject.face)
    return {
        "person": subject.person,
        "frame": subject.frame.index,
        "seconds": subject.frame.seconds,
        "face_size": subject.face.size * subject.reduction,
        "landmarks": landmarks.ravel(),
        "phash": f"{perceptual_hash(crop):016x}",
        "crop": encoded(crop),
    }


def _rejected(item: Item, stage: str, code: str, reason: str) -> Prepared:
    row = {"key": item.key, "source": item.source, "stage": stage, "code": code, "reason": reason}
    return Prepared(rejects=[row])
