"""An authority of the tests' own, and a server's certificate from it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)


def authority(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """The file with the authority's certificate, and a server's side of TLS under that name."""
    key, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _called("Otoritas uji")
    roots = _signed(issuer, issuer, key.public_key(), key, ca=True, name=None)
    leaf = _signed(issuer, _called(name), own.public_key(), key, ca=False, name=name)
    trusted, chain, private = (folder / each for each in ("ca.pem", "server.pem", "key.pem"))
    trusted.write_bytes(roots.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    return trusted, context


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _signed(
    issuer: x509.Name,
    subject: x509.Name,
    of: ec.EllipticCurvePublicKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    name: str | None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(of)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if name:
        named = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(named, critical=False)
    return builder.sign(by, hashes.SHA256())
