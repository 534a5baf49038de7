"""Files with C2PA credentials, signed here by a camera of a newsroom that exists for tests."""

import io
import json
from datetime import UTC, datetime, timedelta

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class Newsroom:
    """A root of trust and a camera that it vouches for."""

    def __init__(self) -> None:
        self._root, self._camera = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = _certificate("Test Root", self._root, self._root, issuer="Test Root")
        self._leaf = _certificate("Test Camera", self._camera, self._root, issuer="Test Root")

    def sign(self, content: bytes, mime: str, *, source: str = "digitalCapture") -> bytes:
        """The file with credentials that say where it came from."""
        manifest = {
            "claim_generator_info": [{"name": "Test App", "version": "1.0"}],
            "title": "a picture",
            "format": mime,
            "assertions": [
                {
                    "label": "c2pa.actions",
                    "data": {
                        "actions": [
                            {"action": "c2pa.created", "digitalSourceType": f"{SOURCE}{source}"}
                        ]
                    },
                }
            ],
        }
        chain = self._leaf + self.root
        signer = c2pa.Signer.from_callback(self._signature, c2pa.C2paSigningAlg.ES256, chain, None)
        sealed = io.BytesIO()
        c2pa.Builder(json.dumps(manifest)).sign(signer, mime, io.BytesIO(content), sealed)
        return sealed.getvalue()

    def _signature(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._camera.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Newsroom"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(common: str, key, issuer_key, *, issuer: str) -> str:
    root = key is issuer_key
    yesterday = datetime.now(UTC) - timedelta(days=1)
    usage = x509.KeyUsage(not root, False, False, False, False, root, root, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(yesterday)
        .not_valid_after(yesterday + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(purpose, critical=False)
    return made.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
