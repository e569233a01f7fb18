"""Certificates of the rig's own: an authority, and servers with and without fault."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("good", "itself", "wrong host", "expired")


def contexts(folder: Path) -> dict[str, ssl.SSLContext]:
    """A TLS context of a server on 127.0.0.1 for each of `KINDS`; `authority.pem` in `folder` is
    whom a client has to trust for all but the one that signs itself."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("the rig", "the rig", key, key, ca=True)
    (folder / "authority.pem").write_bytes(authority)
    found = {}
    for kind in KINDS:
        own = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(
            "the rig" if kind != "itself" else "127.0.0.1",
            "127.0.0.1",
            own if kind == "itself" else key,
            own,
            ca=kind == "itself",
            host="das.example.org" if kind == "wrong host" else "127.0.0.1",
            days=(-30, -1) if kind == "expired" else (-1, 1),
        )
        path = folder / f"{kind.replace(' ', '-')}.pem"
        path.write_bytes(certificate + _private(own))
        found[kind] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found[kind].load_cert_chain(path)
    return found


def _certificate(
    issuer: str,
    subject: str,
    signer: ec.EllipticCurvePrivateKey,
    own: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    host: str = "",
    days: tuple[int, int] = (-1, 1),
) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if host:
        here: x509.GeneralName = x509.DNSName(host)
        if host[0].isdigit():
            here = x509.IPAddress(ipaddress.ip_address(host))
        builder = builder.add_extension(x509.SubjectAlternativeName([here]), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
