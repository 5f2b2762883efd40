"""The secrets of keys, algorithm by algorithm (RFC 7518, section 3; RFC 8037 for EdDSA).

A secret is bytes: PKCS #8 in DER for a key pair, 32 random ones for the symmetric algorithms.
"""

import secrets
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

SIGNING_ALGORITHMS = ("EdDSA", "ES256", "RS256", "HS256")
"""What access tokens can be signed with."""

MASTER_ALGORITHM = "HMAC-SHA-256"
"""What refresh tokens are authenticated with."""

SYMMETRIC_BYTES = 32
RSA_BITS = 3072  # as strong as the other keys: about 128 bits (NIST SP 800-57, table 2)

_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")

_GENERATORS: dict[str, Callable[[], PrivateKey]] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS),
}


def generate(algorithm: str) -> bytes:
    """A new secret. Slow for RS256: it may take a second."""
    if algorithm not in _GENERATORS:
        return secrets.token_bytes(SYMMETRIC_BYTES)
    return _GENERATORS[algorithm]().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load(algorithm: str, secret: bytes) -> PrivateKey | bytes:
    """What signs. Raises ValueError when the secret does not fit the algorithm."""
    if algorithm in ("HS256", MASTER_ALGORITHM):
        if len(secret) != SYMMETRIC_BYTES:
            raise ValueError(f"A secret for {algorithm} must have {SYMMETRIC_BYTES} bytes.")
        return secret
    try:
        key = load_der_private_key(secret, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"This is not a private key for {algorithm}.") from error
    match algorithm, key:
        case "EdDSA", ed25519.Ed25519PrivateKey():
            return key
        case "ES256", ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return key
        case "RS256", rsa.RSAPrivateKey(key_size=bits) if bits >= RSA_BITS:
            return key
    raise ValueError(f"This is not a private key for {algorithm}.")


def public_members(key: PublicKey) -> dict[str, Any]:
    """The members that make up the key in a JSON Web Key (RFC 7518, section 6), none private."""
    match key:
        case ed25519.Ed25519PublicKey():
            members = OKPAlgorithm.to_jwk(key, as_dict=True)
        case ec.EllipticCurvePublicKey():
            members = ECAlgorithm.to_jwk(key, as_dict=True)
        case rsa.RSAPublicKey():
            members = RSAAlgorithm.to_jwk(key, as_dict=True)
    return {name: members[name] for name in _PUBLIC_MEMBERS if name in members}
