from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from adapters.security.key_set import KeySet
from domain.session import AccessToken


@dataclass(frozen=True, slots=True)
class VerifiedTokens:
    """What has been verified with ``keys``: ``size`` tokens, oldest out first.

    Kept by the digest of the whole text, which would take as much memory again as all the rest.
    """

    keys: KeySet
    size: int
    _tokens: dict[bytes, AccessToken] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, text: str) -> AccessToken | None:
        """Takes no lock: a single look into a dict is safe beside a writer."""
        return self._tokens.get(_digest(text))

    def add(self, text: str, token: AccessToken) -> None:
        with self._lock:
            self._tokens[_digest(text)] = token
            if len(self._tokens) > self.size:
                del self._tokens[next(iter(self._tokens))]


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()
