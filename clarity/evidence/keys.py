"""Ed25519 keys of the evidence log: made at first start, or given by the settings."""

import base64
import binascii
import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from clarity.errors import ClarityError
from clarity.evidence.messages import VerifyingKey

DOMAIN = b"clarity-evidence/1\x00"
"""Stands before everything that is signed: no signature fits another protocol."""


class KeyUnusable(ClarityError):
    """A key file or a key is not an Ed25519 key."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "key-unusable"
    hint = "Give an Ed25519 key in PEM: `openssl genpkey -algorithm ed25519`."


class KeyExposed(ClarityError):
    """Others on this machine may read the signing key."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "key-exposed"
    hint = "Run `chmod 600` on it if nobody else has read it; else replace it."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Checks signatures of one key."""

    raw: bytes

    @property
    def key_id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def fits(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature is of this content by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, DOMAIN + content)
        except (InvalidSignature, ValueError):
            return False
        return True

    def message(self) -> VerifyingKey:
        return VerifyingKey(key=self.key_id, public_key=base64.b64encode(self.raw).decode())

    @classmethod
    def read(cls, text: str) -> "PublicKey":
        """A key from PEM, or from base64 of its 32 bytes.

        Raises:
            KeyUnusable: it is neither.
        """
        text = text.strip()
        try:
            if text.startswith("-----BEGIN"):
                loaded = load_pem_public_key(text.encode())
                if not isinstance(loaded, Ed25519PublicKey):
                    raise KeyUnusable("This is a public key, but not of Ed25519.")
                return cls(loaded.public_bytes(Encoding.Raw, PublicFormat.Raw))
            raw = base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error) as error:
            raise KeyUnusable("This is not a public key.") from error
        if len(raw) != 32:
            raise KeyUnusable(f"A public key has 32 bytes, not {len(raw)}.")
        return cls(raw)


class SigningKey:
    """Signs entries of the log and reports. Never printed, never logged."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = PublicKey(raw)

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self._private.sign(DOMAIN + content)

    @property
    def private(self) -> Ed25519PrivateKey:
        """For signatures of other forms, such as that of a PDF."""
        return self._private

    def __repr__(self) -> str:
        return f"SigningKey({self.public.key_id})"

    @classmethod
    def read(cls, pem: bytes) -> "SigningKey":
        """A key from PEM (PKCS 8, not encrypted); raises `KeyUnusable`."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise KeyUnusable("The evidence key is not a private key in PEM.") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyUnusable("The evidence key is not of Ed25519.")
        return cls(private)


def load_or_make(path: Path) -> SigningKey:
    """The key in a file; where there is none, a new one is made there, readable by its owner.

    Several processes may come first at the same moment: they all end up with one key.

    Raises:
        KeyExposed: others may read the file.
        KeyUnusable: it holds no Ed25519 key.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyExposed(f"{path} may be read by others on this machine.")
    return SigningKey.read(path.read_bytes())


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    # temporary files are made with mode 0600; a link is refused where another process was first
    with NamedTemporaryFile(dir=path.parent, prefix=".key-") as draft:
        draft.write(pem)
        draft.flush()
        os.fsync(draft.fileno())
        with suppress(FileExistsError):
            os.link(draft.name, path)
