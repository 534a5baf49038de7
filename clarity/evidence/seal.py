"""Sealed PDFs: the signature that PDF readers know (PAdES), made with the evidence key.

The signature covers the whole file, so a changed byte anywhere in it shows, in Clarity and in
any PDF reader. The certificate in it is made from the key alone and vouches for nobody: whom
the key belongs to is known from where the public key was published.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from clarity.evidence.chain import Fault, Keys
from clarity.evidence.keys import PublicKey, SigningKey

FIELD = "Clarity"
_DIGEST = {"algorithm": "sha512", "parameters": None}
WHERE = "PDF"
VALID = (datetime(2026, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
"""The end that RFC 5280 has for "no well-defined expiration"; a key is withdrawn, not expired."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed PDF that was read: what is wrong with it, and the files that lie in it."""

    faults: tuple[Fault, ...]
    attachments: dict[str, bytes]


def seal(pdf: bytes, key: SigningKey) -> bytes:
    """The PDF with a signature of all of it, invisible on its pages."""
    # imported here and below: a second, which nobody pays who handles no PDF
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha512",
        reason="Report of Clarity, as it was given out",
        name=f"Clarity evidence key {key.public.key_id}",
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    sealed: io.BytesIO = signers.sign_pdf(writer, metadata, signer=_signer(key))
    return sealed.getvalue()


def open_sealed(pdf: bytes, keys: Keys) -> Sealed:
    """Check the seal of a PDF with public keys, and take out what lies in it."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        faults = _seal_faults(pdf, signatures, keys)
        attachments = _attachments(pdf)
    except Exception as error:  # noqa: BLE001 - what parsers stumble over in a changed file is damage
        text = f"It is damaged: it cannot be read ({type(error).__name__})."
        return Sealed((Fault(WHERE, text),), {})
    return Sealed(tuple(faults), attachments)


def _seal_faults(pdf: bytes, signatures: list[Any], keys: Keys) -> list[Fault]:
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    if not signatures:
        return [Fault(WHERE, "It bears no seal.")]
    if len(signatures) > 1:
        return [Fault(WHERE, "It bears more than one seal: something was added to it.")]
    (signature,) = signatures
    certificate = signature.signer_cert
    public = PublicKey(certificate.public_key["public_key"].native)
    if public.key_id not in keys:
        return [Fault(WHERE, f"It was sealed with the key {public.key_id}, not with yours.")]
    trusted = ValidationContext(trust_roots=[certificate], allow_fetching=False)
    status = validate_pdf_signature(signature, trusted)
    if not status.intact or not _is_as_written(pdf, signature):
        return [Fault(WHERE, "It was changed after it was sealed.")]
    if not status.valid:
        return [Fault(WHERE, "The seal's own signature does not fit.")]
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return [Fault(WHERE, "Something was added after it was sealed.")]
    return []


def _is_as_written(pdf: bytes, signature: Any) -> bool:
    """Whether the one place that the seal does not cover, its own, is as `seal` writes it.

    A signature leaves out its own bytes: unsigned fields of it, and the zeros behind it.
    """
    from asn1crypto import cms

    _, before, after, _ = (int(number) for number in signature.byte_range)
    content = signature.pkcs7_content
    if pdf[before:after] != b"<" + content.hex().upper().encode() + b">":
        return False
    info = cms.ContentInfo.load(content)
    told, length = info["content"], len(info.dump())
    (signer,) = told["signer_infos"]
    return (
        not any(content[length:])
        and info.dump(force=True) == content[:length]
        and told["version"].native == "v1"
        and [one.native for one in told["digest_algorithms"]] == [_DIGEST]
        and told["encap_content_info"].native == {"content_type": "data", "content": None}
        and signer["version"].native == "v1"
        and signer["digest_algorithm"].native == _DIGEST
        and not signer["unsigned_attrs"].native
    )


def _attachments(pdf: bytes) -> dict[str, bytes]:
    from pypdf import PdfReader

    return {name: data[0] for name, data in PdfReader(io.BytesIO(pdf)).attachments.items()}


def _signer(key: SigningKey) -> Any:
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    private = key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(_certificate(key)),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


@cache
def _certificate(key: SigningKey) -> bytes:
    """A certificate that the key signs for itself; the same key always gives the same one."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"Clarity evidence key {key.public.key_id}")]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private.public_key())
        .serial_number(int(key.public.key_id, 16) or 1)
        .not_valid_before(VALID[0])
        .not_valid_after(VALID[1])
        .add_extension(usage, critical=True)
        .sign(key.private, None)
    )
    return certificate.public_bytes(Encoding.DER)
