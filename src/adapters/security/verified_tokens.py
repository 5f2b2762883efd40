from dataclasses import dataclass, field
from threading import Lock

from adapters.security.key_set import KeySet
from domain.session import AccessToken


@dataclass(frozen=True, slots=True)
class VerifiedTokens:
    """What has been verified with ``keys``, by the whole text: ``size`` tokens, oldest out first.

    Reading takes no lock: a single look into a dict is safe beside a writer.
    """

    keys: KeySet
    size: int
    tokens: dict[str, AccessToken] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, text: str, token: AccessToken) -> None:
        with self._lock:
            self.tokens[text] = token
            if len(self.tokens) > self.size:
                del self.tokens[next(iter(self.tokens))]
