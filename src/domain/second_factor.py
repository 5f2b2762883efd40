"""A second factor: codes that a device of the user's tells, and recovery codes for its loss.

The device's codes are time-based one-time passwords (RFC 6238). A code is accepted for the 30
seconds for which it is shown, once, and no code of before or after those; but for whoever lost the
answer, see ``was_just_used``.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, NewType

from domain.errors import Conflict, Forbidden
from domain.user import User, UserId

RecoveryCode = NewType("RecoveryCode", str)
"""140 random bits in 28 base32 characters (RFC 4648, section 6), in groups between hyphens."""

RECOVERY_CODE_LENGTH = 28

RECOVERY_CODES = 10
"""How many there are at first."""

STEP = timedelta(seconds=30)

PENDING = timedelta(hours=1)
"""How long one that was begun waits for its first code."""

ANSWER_LOST = timedelta(seconds=10)
"""How soon a code that was used comes again from whoever never got the answer."""

_DEVICE_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s-]")


class CodeRequired(Forbidden):
    """The password is right, and not enough."""

    code = "F01"
    sentence = "This account has a second factor: enter the code that your authenticator app shows."


class WrongCode(Forbidden):
    code = "F02"
    sentence = (
        "The code is wrong. Enter the one that your authenticator app shows now. If this keeps "
        "happening, check your device's clock."
    )
    detail: ClassVar[str] = ""
    """What a security event tells of it beside."""


class LateCode(WrongCode):
    """It was right a moment ago."""

    detail = "late"


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

    @classmethod
    def by(cls, code: str) -> "Proof":
        """Which of them the code is, if it is one."""
        return cls.DEVICE_CODE if _DEVICE_CODE.fullmatch(_compact(code)) else cls.RECOVERY_CODE


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
    last_code_hash: bytes | None = None
    last_code_at: datetime | None = None

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

    def awaits_first_code(self, user: User, now: datetime) -> bool:
        """Not for long, and not if it was begun with a password that the user has no more."""
        return (
            not self.is_active
            and user.has_password_since <= self.begun_at
            and now < self.begun_at + PENDING
        )

    def present(
        self, code: str, now: datetime, device_code_at: Callable[[int], str]
    ) -> "SecondFactor":
        """The factor with the code used up; a device's first code makes a pending one active.

        ``device_code_at`` tells the code of a step. Spaces, hyphens and the case of letters don't
        count. Raises WrongCode, which says why only where that is of no use to a guesser.
        """
        if Proof.by(code) is Proof.DEVICE_CODE:
            return self._use_device_code(code, now, device_code_at)
        return self._use_recovery_code(code, now)

    def was_just_used(self, code: str, now: datetime) -> bool:
        """Whether it is the code that was used up last, given again by who lost the answer."""
        if self.last_code_hash is None or self.last_code_at is None:
            return False
        is_soon = now < self.last_code_at + ANSWER_LOST
        return is_soon and hmac.compare_digest(_hash(code), self.last_code_hash)

    def renew_recovery_codes(self, recovery_codes: Sequence[RecoveryCode]) -> "SecondFactor":
        """With these in place of all that there were."""
        return replace(self, recovery_hashes=tuple(map(_hash, recovery_codes)))

    def reseal(self, sealed_seed: bytes) -> "SecondFactor":
        return replace(self, sealed_seed=sealed_seed)

    def _use_device_code(
        self, code: str, now: datetime, device_code_at: Callable[[int], str]
    ) -> "SecondFactor":
        step, compact = _step_at(now), _compact(code)
        if hmac.compare_digest(compact, device_code_at(step)):
            if step == self.last_step:
                raise LateCode("This code has been used. Wait until your app shows the next one.")
            if step < self.last_step:
                raise LateCode("The server's clock has been set back. Use a recovery code.")
            return replace(
                self,
                last_step=step,
                last_code_hash=_hash(code),
                last_code_at=now,
                confirmed_at=self.confirmed_at or now,
            )
        if hmac.compare_digest(compact, device_code_at(step - 1)):
            raise LateCode("This code's 30 seconds are over. Enter the one that is shown now.")
        raise WrongCode

    def _use_recovery_code(self, code: str, now: datetime) -> "SecondFactor":
        used = _hash(code)
        left = tuple(one for one in self.recovery_hashes if not hmac.compare_digest(one, used))
        if not self.is_active or len(_compact(code)) != RECOVERY_CODE_LENGTH:
            raise WrongCode
        if len(left) == len(self.recovery_hashes):
            raise WrongCode("The code is wrong. A recovery code works once: try the next one.")
        return replace(self, recovery_hashes=left, last_code_hash=used, last_code_at=now)


def _step_at(instant: datetime) -> int:
    """Steps since 1970 (RFC 6238, section 4.2)."""
    return int(instant.timestamp() // STEP.total_seconds())


def _compact(code: str) -> str:
    return _BETWEEN.sub("", code).upper()


def _hash(code: str) -> bytes:
    """A recovery code has so much chance in it that it needs no slow hash."""
    return sha256(_compact(code).encode(errors="surrogatepass")).digest()
