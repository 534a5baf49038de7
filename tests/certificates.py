"""Certificates that sign themselves, for servers of the tests on this machine."""

import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def certificate(folder: Path, *, host: str, loopback: bool = True) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key, in two files.

    Args:
        folder: where they are written.
        host: whom it is made out to.
        loopback: whether to this machine as well.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    # Of several that are trusted at once, the subject says which one is meant.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, secrets.token_hex(8))])
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if loopback:
        names.append(x509.IPAddress(ip_address("127.0.0.1")))
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin)
    builder = builder.not_valid_after(begin + timedelta(days=30))
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    paths = folder / f"{host}.pem", folder / f"{host}.key"
    paths[0].write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    return paths
