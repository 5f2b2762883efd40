import re
from base64 import urlsafe_b64encode
from functools import lru_cache

import jwt
import orjson
from jwt.algorithms import get_default_algorithms
from jwt.types import Options

from adapters.security import access_token_claims
from adapters.security.key_material import SIGNING_ALGORITHMS
from adapters.security.key_set import KeySet
from adapters.security.keyring import FileKeyring
from adapters.security.keys import Key
from adapters.security.verified_tokens import VerifiedTokens
from domain.session import AccessToken, InvalidAccessToken

_TYPE = "at+jwt"
_ALGORITHMS = {name: get_default_algorithms()[name] for name in SIGNING_ALGORITHMS}
_MAX_CHARACTERS = 4096

# RFC 7515, section 7.1, without its unsecured and detached forms. PyJWT would let padding pass.
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

_OPTIONS: Options = {
    # A second wall: access_token_claims and key_material refuse whatever these three do.
    "require": sorted(access_token_claims.NAMES),
    "strict_aud": True,
    "enforce_minimum_key_length": True,
    # The clock is a port: times are left to the caller.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class JwtAccessTokens:
    """Access tokens as JWTs (RFC 9068), verified as RFC 8725 advises.

    The header has alg, typ and kid, and a token with any other member is refused, as is one with
    other claims than ours. The algorithm is the key's, whatever the token says. Up to
    ``cache_size`` verified tokens are remembered until the keys change; those refused never are.
    """

    def __init__(
        self, keyring: FileKeyring, issuer: str, audience: str, *, cache_size: int = 10_000
    ) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._audience = audience
        self._cache = VerifiedTokens(keyring.snapshot(), cache_size)

    def sign(self, token: AccessToken) -> str:
        key = self._keyring.snapshot().signing_key_at(token.issued_at)
        claims = access_token_claims.to_claims(token, self._issuer, self._audience)
        payload = _segment(orjson.dumps(claims))
        signing_input = b"%b.%b" % (_header(key.algorithm, key.id), payload)
        signature = _ALGORITHMS[key.algorithm].sign(signing_input, key.signing)
        return (b"%b.%b" % (signing_input, _segment(signature))).decode()

    def verify(self, text: str) -> AccessToken:
        # Nearly every request goes no further: a glance at the clock, a digest, a look into a dict.
        keys = self._keyring.snapshot()
        cache = self._cache
        if cache.keys is not keys:
            cache = self._cache = VerifiedTokens(keys, cache.size)
        return cache.get(text) or self._verify_anew(text, cache)

    def _verify_anew(self, text: str, cache: VerifiedTokens) -> AccessToken:
        if len(text) > _MAX_CHARACTERS or not _COMPACT.fullmatch(text):
            raise InvalidAccessToken
        try:
            key = self._key_of(text, cache.keys)
            token = self._decode(text, key)
        except (jwt.PyJWTError, ValueError) as error:
            raise InvalidAccessToken from error
        cache.add(text, token)
        return token

    def _key_of(self, text: str, keys: KeySet) -> Key:
        header = jwt.get_unverified_header(text)
        kid = header.get("kid", "")
        key = keys.verifying_key(kid) or self._keyring.look_again().verifying_key(kid)
        if key is None or header != {"alg": key.algorithm, "typ": _TYPE, "kid": key.id}:
            raise jwt.InvalidTokenError("The header is not one of ours.")
        return key

    def _decode(self, text: str, key: Key) -> AccessToken:
        claims = jwt.decode(
            text,
            key.verifying,
            algorithms=[key.algorithm],
            audience=self._audience,
            issuer=self._issuer,
            options=_OPTIONS,
        )
        return access_token_claims.to_token(claims)


def _segment(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")


@lru_cache
def _header(algorithm: str, kid: str) -> bytes:
    """The first segment, the same in all that a key signs: PyJWT would make it anew each time."""
    return _segment(orjson.dumps({"typ": _TYPE, "alg": algorithm, "kid": kid}))
