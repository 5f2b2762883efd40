"""A second factor: codes that a device of the user's tells, and recovery codes for its loss.

The device's codes are time-based one-time passwords (RFC 6238). A code is accepted for the 30
seconds for which it is shown, once, and no code of before or after those.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from domain.errors import Conflict, Forbidden
from domain.user import UserId

RecoveryCode = NewType("RecoveryCode", str)
"""120 random bits in 24 base32 characters (RFC 4648, section 6), in groups between hyphens."""

RECOVERY_CODES = 10
"""How many there are at first."""

STEP = timedelta(seconds=30)

_DEVICE_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s-]")


class CodeRequired(Forbidden):
    """The password is right, and not enough."""

    code = "F01"
    sentence = "This account has a second factor: enter the code that your authenticator app shows."


class WrongCode(Forbidden):
    code = "F02"
    sentence = (
        "The code is wrong. Enter the one that your authenticator app shows now, or a recovery "
        "code that you have not used. If it goes on, see that your device's clock is right."
    )


class SecondFactorRequired(Forbidden):
    code = "F04"
    sentence = "This server asks for a second factor, and your account has none yet: set it up."


class NoSecondFactor(Conflict):
    code = "F05"
    sentence = "There is no second factor here to do this with. Set one up."


class SecondFactorExists(Conflict):
    code = "F06"
    sentence = "This account has a second factor. Remove it before you set up another."


class UnreadableSecondFactor(Conflict):
    """The keys that its seed was sealed with are gone."""

    code = "F07"
    sentence = (
        "The server can no longer check codes of this second factor. Use a recovery code, or ask "
        "whoever runs the server to remove it."
    )


class Proof(StrEnum):
    DEVICE_CODE = "device_code"
    RECOVERY_CODE = "recovery_code"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user has one at most. It is pending until a first code shows that the device has the seed.

    The seed is sealed with a key that the store does not have, and of recovery codes there are
    only hashes, so that who reads the store can make no code.
    """

    user_id: UserId
    sealed_seed: bytes
    recovery_hashes: Sequence[bytes]
    begun_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0

    @classmethod
    def begin(
        cls,
        user_id: UserId,
        sealed_seed: bytes,
        recovery_codes: Sequence[RecoveryCode],
        now: datetime,
    ) -> "SecondFactor":
        return cls(user_id, sealed_seed, tuple(map(_hash, recovery_codes)), begun_at=now)

    @property
    def is_active(self) -> bool:
        return self.confirmed_at is not None

    def present(
        self, code: str, now: datetime, device_code_at: Callable[[int], str]
    ) -> tuple["SecondFactor", Proof]:
        """The factor with the code used up; a device's first code makes a pending one active.

        ``device_code_at`` tells the code of a step. Spaces, hyphens and the case of letters don't
        count. Raises WrongCode, which says why only where that is of no use to a guesser.
        """
        compact = _BETWEEN.sub("", code).upper()
        if _DEVICE_CODE.fullmatch(compact):
            return self._use_device_code(compact, now, device_code_at), Proof.DEVICE_CODE
        return self._use_recovery_code(compact), Proof.RECOVERY_CODE

    def renew_recovery_codes(self, recovery_codes: Sequence[RecoveryCode]) -> "SecondFactor":
        """With these in place of all that there were."""
        return replace(self, recovery_hashes=tuple(map(_hash, recovery_codes)))

    def reseal(self, sealed_seed: bytes) -> "SecondFactor":
        return replace(self, sealed_seed=sealed_seed)

    def _use_device_code(
        self, code: str, now: datetime, device_code_at: Callable[[int], str]
    ) -> "SecondFactor":
        step = _step_at(now)
        if hmac.compare_digest(code, device_code_at(step)):
            if step <= self.last_step:
                raise WrongCode("This code has been used. Wait until your app shows the next one.")
            return replace(self, last_step=step, confirmed_at=self.confirmed_at or now)
        if hmac.compare_digest(code, device_code_at(step - 1)):
            raise WrongCode("This code's 30 seconds are over. Enter the one that is shown now.")
        raise WrongCode

    def _use_recovery_code(self, code: str) -> "SecondFactor":
        used = sha256(code.encode(errors="surrogatepass")).digest()
        if not self.is_active or used not in self.recovery_hashes:
            raise WrongCode
        left = tuple(one for one in self.recovery_hashes if one != used)
        return replace(self, recovery_hashes=left)


def _step_at(instant: datetime) -> int:
    """Steps since 1970 (RFC 6238, section 4.2)."""
    return int(instant.timestamp() // STEP.total_seconds())


def _hash(code: RecoveryCode) -> bytes:
    """So much chance needs no slow hash."""
    return sha256(_BETWEEN.sub("", code).encode()).digest()
