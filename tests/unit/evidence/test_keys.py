"""The signing key: made once, readable by its owner, never shown."""

import stat
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from clarity.evidence.keys import (
    DOMAIN,
    KeyExposed,
    KeyUnusable,
    PublicKey,
    SigningKey,
    load_or_make,
)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "evidence.pem"
    first = load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make(path).public == first.public
    assert [entry.name for entry in path.parent.iterdir()] == ["evidence.pem"]


def test_processes_that_start_together_share_one_key(tmp_path):
    code = (
        "from pathlib import Path; from clarity.evidence.keys import load_or_make;"
        f"print(load_or_make(Path('{tmp_path}/k/evidence.pem')).public.key_id)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=60)[0] for process in running}
    assert len(said) == 1
    assert len(said.pop().strip()) == 16


def test_an_exposed_key_is_refused(tmp_path):
    path = tmp_path / "evidence.pem"
    load_or_make(path)
    path.chmod(0o644)
    with pytest.raises(KeyExposed) as caught:
        load_or_make(path)
    assert "chmod 600" in caught.value.hint


def test_what_is_no_ed25519_key_is_refused(tmp_path):
    path = tmp_path / "evidence.pem"
    other = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for content in (b"", b"no key", other):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyUnusable):
            load_or_make(path)
    for text in ("", "!!!", "QUJD", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"):
        with pytest.raises(KeyUnusable):
            PublicKey.read(text)


def test_a_signature_fits_its_content_its_key_and_this_protocol_only(key, tmp_path):
    signature = key.sign(b"content")
    assert key.public.fits(b"content", signature)
    assert not key.public.fits(b"content!", signature)
    assert not key.public.fits(b"content", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not key.public.fits(b"content", b"")
    assert not load_or_make(tmp_path / "other.pem").public.fits(b"content", signature)
    assert not key.public.fits(b"content", key.private.sign(b"content"))
    assert key.public.fits(b"content", key.private.sign(DOMAIN + b"content"))


def test_a_key_is_never_shown(key):
    assert repr(key) == f"SigningKey({key.public.key_id})"
    assert isinstance(key, SigningKey)
