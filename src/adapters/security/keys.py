from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.security import key_material
from adapters.security.key_material import PrivateKey, PublicKey
from application.ports.keyring import KeyDescription, KeyPurpose


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its secret, which no repr shows. Raises ValueError when the secret doesn't fit.

    ``id`` is the ``kid`` of an access key and the decimal byte of a refresh key. ``signing`` makes
    and ``verifying`` checks what is authenticated; for symmetric algorithms they are the same.
    """

    id: str
    purpose: KeyPurpose
    algorithm: str
    created_at: datetime
    active_from: datetime | None
    secret: bytes = field(repr=False)
    signing: PrivateKey | bytes = field(init=False, repr=False, compare=False)
    verifying: PublicKey | bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        signing = key_material.load(self.algorithm, self.secret)
        verifying = signing if isinstance(signing, bytes) else signing.public_key()
        object.__setattr__(self, "signing", signing)
        object.__setattr__(self, "verifying", verifying)

    @property
    def description(self) -> KeyDescription:
        return KeyDescription(
            self.id, self.purpose, self.algorithm, self.created_at, self.active_from
        )

    @property
    def jwk(self) -> dict[str, Any] | None:
        """The public key (RFC 7517, section 4). None for a symmetric key, which has none."""
        if isinstance(self.verifying, bytes):
            return None
        members = key_material.public_members(self.verifying)
        return {**members, "use": "sig", "alg": self.algorithm, "kid": self.id}
