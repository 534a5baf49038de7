"""What a file is, by its first bytes and never by its name."""

from dataclasses import dataclass
from typing import ClassVar

from clarity.errors import ClarityError
from clarity.media.frames import MediaKind

HEAD_BYTES = 4096
"""As many first bytes as `sniff` ever needs."""

SUPPORTED = "JPEG, PNG, WebP, GIF, HEIC, AVIF, TIFF, BMP, MP4, MOV, WebM, MKV, AVI and MPEG-TS"


class EmptyFile(ClarityError):
    """The file has no bytes."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "empty-file"
    hint = "The upload may have been interrupted: check the file on your side and send it again."


class UnsupportedMedia(ClarityError):
    """The content is not an image or a video that Clarity reads."""

    status: ClassVar[int] = 415
    code: ClassVar[str] = "unsupported-media"
    hint = f"Send an image or a video: {SUPPORTED}."


@dataclass(frozen=True, slots=True)
class MediaType:
    """A recognised format.

    Attributes:
        kind: image or video; an animated GIF, WebP, PNG or AVIF is an image here, and only
            decoding tells that it moves.
        mime: the registered media type.
        extension: the usual file name extension, with its dot.
    """

    kind: MediaKind
    mime: str
    extension: str


def _image(mime: str, extension: str) -> MediaType:
    return MediaType(MediaKind.IMAGE, mime, extension)


def _video(mime: str, extension: str) -> MediaType:
    return MediaType(MediaKind.VIDEO, mime, extension)


JPEG = _image("image/jpeg", ".jpg")
PNG = _image("image/png", ".png")
WEBP = _image("image/webp", ".webp")
GIF = _image("image/gif", ".gif")
BMP = _image("image/bmp", ".bmp")
TIFF = _image("image/tiff", ".tif")
HEIC = _image("image/heic", ".heic")
AVIF = _image("image/avif", ".avif")
MP4 = _video("video/mp4", ".mp4")
MOV = _video("video/quicktime", ".mov")
WEBM = _video("video/webm", ".webm")
MATROSKA = _video("video/x-matroska", ".mkv")
AVI = _video("video/x-msvideo", ".avi")
MPEG_TS = _video("video/mp2t", ".ts")

_PREFIXES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_RIFF_FORMS = {b"WEBP": WEBP, b"AVI ": AVI}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "}
_QUICKTIME_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""A QuickTime film older than `ftyp` starts with one of these boxes."""

_KNOWN_BUT_UNREAD = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"ID3", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"OggS", "an Ogg file"),
    (b"#!AMR", "a sound file"),
    (b"FLV\x01", "a Flash video"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\xba", "an MPEG program stream"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
)


def sniff(head: bytes) -> MediaType:
    """The format that the first `HEAD_BYTES` bytes of a file show.

    Raises:
        EmptyFile: there are no bytes.
        UnsupportedMedia: the bytes are something else, named in the message where known.
    """
    if not head:
        raise EmptyFile("The file is empty.")
    found = (
        _by_prefix(head) or _by_riff(head) or _by_box(head) or _by_ebml(head) or _by_packets(head)
    )
    if found is None:
        raise UnsupportedMedia(f"This is {describe(head)}, not an image or a video.")
    return found


def _by_prefix(head: bytes) -> MediaType | None:
    if head.startswith(b"BM") and head[6:10] == bytes(4):  # reserved, always zero
        return BMP
    return next((media for prefix, media in _PREFIXES if head.startswith(prefix)), None)


def _by_riff(head: bytes) -> MediaType | None:
    return _RIFF_FORMS.get(head[8:12]) if head.startswith(b"RIFF") else None


def _by_box(head: bytes) -> MediaType | None:
    """ISO base media (ISO/IEC 14496-12): HEIF, AVIF, MP4, QuickTime."""
    if head[4:8] in _QUICKTIME_BOXES:
        return MOV
    if head[4:8] != b"ftyp":
        return None
    brands = _brands(head)
    if brands[0] in _SOUND_BRANDS:
        return None
    # `mif1` names the structure, not the codec: AVIF files may carry it first.
    if brands[0] in _AVIF_BRANDS | _HEIC_BRANDS:
        return AVIF if _AVIF_BRANDS & set(brands) else HEIC
    return MOV if brands[0] == b"qt  " else MP4


def _brands(head: bytes) -> list[bytes]:
    """Major brand first, then the compatible ones."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12]] + [head[at : at + 4] for at in range(16, end - 3, 4)]


def _by_ebml(head: bytes) -> MediaType | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    return WEBM if b"\x42\x82\x84webm" in head[:64] else MATROSKA


def _by_packets(head: bytes) -> MediaType | None:
    """Transport stream: a sync byte every 188 bytes, or 192 with a time code before each."""
    for size, offset in ((188, 0), (192, 4)):
        marks = head[offset::size]
        if len(marks) >= 3 and set(marks) == {0x47}:
            return MPEG_TS
    return None


def describe(head: bytes) -> str:
    """What the first bytes of a file show that is neither image nor video, for a person."""
    for prefix, name in _KNOWN_BUT_UNREAD:
        if head.startswith(prefix):
            return name
    if head[4:8] == b"ftyp" or (head.startswith(b"RIFF") and head[8:12] == b"WAVE"):
        return "a sound file"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # the byte order mark of UTF-16
        return "text"
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE0 == 0xE0:
        return "a sound file"
    return "text" if _is_text(head) else "an unknown kind of file"


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut in two.
        text = head[:-3].decode() if len(head) > 64 else head.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f\ufeff" for character in text)
