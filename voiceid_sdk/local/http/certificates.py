"""A certificate for the server, made at its start, and the authority to trust that signed it."""

import errno
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from voiceid_sdk._files import write_whole
from voiceid_sdk.local.http.server import tls_context
from voiceid_sdk.service_model import REGIONS

LIFETIME: Final = timedelta(days=397)
"""How long the certificate is valid from the start of the server: as long as programs accept at most."""

ENDPOINTS: Final = tuple(
    name
    for region in REGIONS
    for name in (
        f"voiceid.{region}.amazonaws.com",
        f"voiceid-fips.{region}.amazonaws.com",
        f"voiceid.{region}.api.aws",
    )
)
"""The endpoints that AWS had, for programs that reach the server under their names."""

_AUTHORITY: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Local Voice ID authority")])

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def self_signed(names: Collection[str], authority_file: str | os.PathLike[str]) -> ssl.SSLContext:
    """Return the TLS settings with a new certificate, and write the authority that signed it to a file.

    The key of the authority is discarded, and the authority is limited to the names. So a program that trusts
    the file trusts this server alone.

    Args:
        names: host names and addresses of the server, in addition to those of the loopback interface and
            ``ENDPOINTS``. Names under them, of buckets, are included.
        authority_file: the file for the authority's certificate in PEM, which clients have to trust.

    Raises:
        OSError: the file cannot be written, or it is there and holds something else than an authority.
    """
    file = Path(authority_file)
    if file.is_file() and (content := file.read_bytes()) and not _is_authority(content):
        raise FileExistsError(errno.EEXIST, "it is there, and was not written by --self-signed")
    hosts = ("localhost", *ENDPOINTS, *(name for name in names if _address(name) is None))
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    addresses |= {address for name in names if (address := _address(name)) is not None}
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, hosts, addresses)
    certificate = _certificate(key, authority, authority_key, hosts, addresses)
    write_whole(authority_file, _pem(authority), private=False)
    with tempfile.TemporaryDirectory() as folder:  # only its owner can read it
        chain, key_file = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_text(_pem(certificate) + _pem(authority), encoding="ascii")
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return tls_context(chain, key_file)


def _is_authority(content: bytes) -> bool:
    try:
        return x509.load_pem_x509_certificate(content).subject == _AUTHORITY
    except ValueError:
        return False


def _authority(
    key: ec.EllipticCurvePrivateKey, hosts: Collection[str], addresses: Collection[_Address]
) -> x509.Certificate:
    name = _AUTHORITY
    permitted = [*map(x509.DNSName, hosts), *(x509.IPAddress(_network(address)) for address in addresses)]
    return (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _certificate(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    hosts: Collection[str],
    addresses: Collection[_Address],
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Local Voice ID")])
    covered = [*map(x509.DNSName, _with_subdomains(hosts)), *map(x509.IPAddress, addresses)]
    return (
        _builder(name, authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(covered), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # for clients whose clock is behind
        .not_valid_after(now + LIFETIME - timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _with_subdomains(hosts: Collection[str]) -> Iterator[str]:
    for host in hosts:
        yield host
        if host not in ENDPOINTS:
            yield f"*.{host}"


def _network(address: _Address) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(address)


def _address(name: str) -> _Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
