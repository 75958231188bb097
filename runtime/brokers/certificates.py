"""A certificate authority of our own and what it issues. Times are arguments; the only randomness are keys and numbers.

Every certificate is valid from 1970: a board that has just woken up has no clock, and asks for the time over the very
connection that the certificate protects. Its end is a real one.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from runtime.brokers.errors import IdentityError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
AUTHORITY_DAYS = 20 * 365  # default: the life of a building's installation; it is written to every board
SERVER_DAYS = 398  # CA/Browser Forum baseline requirements 6.3.2: the most that clients of today accept
RENEW_BEFORE_DAYS = SERVER_DAYS // 3  # default: four months in which renewal may fail and be seen
_USES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
_NAME_MAX = 64  # X.520 ub-common-name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a certificate says. `fingerprint`: SHA-256 of its DER form, in hex."""

    subject: str
    names: tuple[str, ...]
    ends_ms: int
    fingerprint: str

    def days_left(self, now_ms: int) -> float:
        """Negative once it has ended."""
        return (self.ends_ms - now_ms) / DAY_MS


def make_authority(name: str, now_ms: int, days: int = AUTHORITY_DAYS) -> Pair:
    """A new certificate authority; it can sign servers and clients, no other authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"gridwhistle {name}")
    built = _builder(subject, subject, key.public_key(), now_ms, days)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    built = built.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    return _pair(built.sign(key, hashes.SHA256()), key)


def issue(
    authority: Pair, names: tuple[str, ...], now_ms: int, days: int = SERVER_DAYS, *, client: bool = False
) -> Pair:
    """A certificate for host names and addresses, or for the login `names[0]` of a client."""
    ca = _load(authority.certificate)
    ca_key = serialization.load_pem_private_key(authority.key, None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise IdentityError(
            "CA 私钥不是椭圆曲线密钥", "the key of the authority is no elliptic curve key; make a new one"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    use = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
    built = _builder(_name(names[0]), ca.subject, key.public_key(), now_ms, days)
    built = built.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    built = built.add_extension(_key_usage("digital_signature"), critical=True)
    built = built.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    from_ca = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return _pair(built.add_extension(from_ca, critical=False).sign(ca_key, hashes.SHA256()), key)


def facts(certificate: bytes) -> Facts:
    """What the first certificate of a PEM file, or one in DER, says. Raises IdentityError."""
    cert = _load(certificate)
    try:
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        found = x509.SubjectAlternativeName([])
    ends = cert.not_valid_after_utc
    return Facts(
        subject=cert.subject.rfc4514_string(),
        names=tuple(str(name.value) for name in found),
        ends_ms=round(ends.timestamp() * 1000),
        fingerprint=hashlib.sha256(cert.public_bytes(serialization.Encoding.DER)).hexdigest(),
    )


def is_signed_by(certificate: bytes, authority: bytes) -> bool:
    """Whether this authority issued a certificate."""
    try:
        _load(certificate).verify_directly_issued_by(_load(authority))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def belongs(pair: Pair) -> bool:
    """Whether the key is the one of the certificate. Raises IdentityError where a part cannot be read."""
    try:
        key = serialization.load_pem_private_key(pair.key, None)
    except (ValueError, TypeError):
        raise IdentityError("私钥文件无法读取", "the private key cannot be read; restore it from a backup") from None
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form) == _load(pair.certificate).public_key().public_bytes(*form)


def _load(certificate: bytes) -> x509.Certificate:
    load = (
        x509.load_pem_x509_certificate if certificate.lstrip().startswith(b"-----") else x509.load_der_x509_certificate
    )
    try:
        return load(certificate)
    except ValueError:
        raise IdentityError("证书文件无法读取", "the certificate cannot be read; give a PEM file") from None


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now_ms: int, days: int
) -> x509.CertificateBuilder:
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    built = built.serial_number(x509.random_serial_number()).not_valid_before(_EPOCH)
    built = built.not_valid_after(_EPOCH + timedelta(milliseconds=now_ms, days=days))
    return built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:_NAME_MAX])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*uses: str) -> x509.KeyUsage:
    known = (*_USES, "key_cert_sign", "crl_sign")
    return x509.KeyUsage(**{use: use in uses for use in known}, encipher_only=False, decipher_only=False)


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pair(certificate=certificate.public_bytes(serialization.Encoding.PEM), key=key.private_bytes(*form))
