"""Slowing down whoever guesses, without shutting out the one who knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import NewType

from domain.errors import TooManyRequests
from domain.user import EmailAddress, UserId

ThrottleKey = NewType("ThrottleKey", bytes)
"""What attempts are counted for: a hash, since people type passwords into the wrong field."""


class TooManyAttempts(TooManyRequests):
    code = "L05"
    sentence = "Too many attempts with a wrong password. Wait a little, then try again."


class TooManyCodes(TooManyRequests):
    code = "F03"
    sentence = "Too many attempts with a wrong code. Wait a little, then try again."


class TooManySignups(TooManyRequests):
    code = "S05"
    sentence = "Too many accounts have been opened from your network. Try again later."


class TooManyPasswordResets(TooManyRequests):
    code = "P02"
    sentence = "Too many links that set no password come from your network. Try again later."


class TooManyRefreshes(TooManyRequests):
    code = "R03"
    sentence = "Too many refreshes come from your network. Try again shortly."


class _Scope(StrEnum):
    ACCOUNT = "account"
    ACCOUNT_AT_KNOWN_ADDRESS = "account at known address"
    CODE = "code"
    CODE_AT_KNOWN_ADDRESS = "code at known address"
    MISSING_CODE = "missing code"
    NETWORK = "network"
    RESET = "reset"
    SIGNUP = "signup"


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` attempts cost nothing; each one more doubles the wait, from ``first_wait`` on.

    After ``forget_after`` without an attempt all is forgotten.
    """

    free: int
    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(minutes=15)
    forget_after: timedelta = timedelta(days=1)

    def wait_after(self, attempts: int) -> timedelta:
        doublings = attempts - self.free
        if doublings < 0:
            return timedelta(0)
        # More doublings than these would only overflow.
        return min(self.first_wait * (1 << min(doublings, 20)), self.longest_wait)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Attempts so far. Those refused are not counted, so nobody prolongs another's wait."""

    key: ThrottleKey
    attempts: int
    last_at: datetime

    def attempt(self, now: datetime, limit: Limit, refusal: type[TooManyRequests]) -> "Throttle":
        """The throttle after one more attempt. Raises ``refusal`` when it comes too early."""
        if now >= self.last_at + limit.forget_after:
            return replace(self, attempts=1, last_at=now)
        if self.last_at > now + limit.longest_wait:
            # By a clock that was ahead: nobody is to wait until its time has come.
            return replace(self, attempts=self.attempts + 1, last_at=now)
        wait = limit.wait_after(self.attempts)
        if wait and now < self.last_at + wait:
            raise refusal(self.last_at + wait - now)
        # Of attempts at once, the later one may be the first to be counted.
        return replace(self, attempts=self.attempts + 1, last_at=max(now, self.last_at))

    def take_back(self, before: "Throttle", after: "Throttle") -> "Throttle":
        """The throttle without the attempt between these two, which turned out not to be one.

        The wait goes on as before, unless others have attempted since.
        """
        if self == after:
            return before
        return replace(self, attempts=max(0, self.attempts - 1))


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """How many wrong passwords, wrong codes and sign-ups are free.

    An account is guarded against guesses from networks that its owner never logged in from; in one
    that the owner did, far more are free, so that a stranger's guesses do not lock them out.
    """

    account: Limit = Limit(free=5)
    account_at_known_address: Limit = Limit(free=50)
    network: Limit = Limit(free=50)
    signup: Limit = Limit(1000, first_wait=timedelta(minutes=1), forget_after=timedelta(hours=1))

    def limits_for(
        self, email: EmailAddress, address: str, *, is_known: bool
    ) -> Mapping[ThrottleKey, Limit]:
        """What counts a guess at an account; ``is_known`` is whether its owner came from there."""
        if is_known:
            return {account_at_known_address_key(email, address): self.account_at_known_address}
        return {account_key(email): self.account, network_key(address): self.network}

    def limit_for_codes(
        self, user_id: UserId, address: str, *, is_known: bool
    ) -> tuple[ThrottleKey, Limit]:
        """What counts codes given after a right password: apart, too, where the owner came from."""
        key = code_at_known_address_key(user_id, address) if is_known else code_key(user_id)
        return key, self.account


def account_key(email: EmailAddress) -> ThrottleKey:
    return _key(_Scope.ACCOUNT, email)


def account_at_known_address_key(email: EmailAddress, address: str) -> ThrottleKey:
    return _key(_Scope.ACCOUNT_AT_KNOWN_ADDRESS, email, network_of(address))


def code_key(user_id: UserId) -> ThrottleKey:
    return _key(_Scope.CODE, str(user_id))


def code_at_known_address_key(user_id: UserId, address: str) -> ThrottleKey:
    return _key(_Scope.CODE_AT_KNOWN_ADDRESS, str(user_id), network_of(address))


def missing_code_key(user_id: UserId) -> ThrottleKey:
    return _key(_Scope.MISSING_CODE, str(user_id))


def password_keys(email: EmailAddress, networks: Iterable[str]) -> Iterable[ThrottleKey]:
    """All that passwords of the account may be counted under, other people's networks aside."""
    return {account_key(email), *(account_at_known_address_key(email, each) for each in networks)}


def code_keys(user_id: UserId, networks: Iterable[str]) -> Iterable[ThrottleKey]:
    """All that codes of the user may be counted under."""
    own = (code_key(user_id), missing_code_key(user_id))
    return {*own, *(code_at_known_address_key(user_id, each) for each in networks)}


def network_key(address: str) -> ThrottleKey:
    return _key(_Scope.NETWORK, network_of(address))


def password_reset_key(address: str) -> ThrottleKey:
    return _key(_Scope.RESET, network_of(address))


def signup_key(address: str) -> ThrottleKey:
    return _key(_Scope.SIGNUP, network_of(address))


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """An IPv4 address itself; of an IPv6 address the /64, all of which one household has.

    For their privacy, people get a new IPv6 address each day (RFC 8981). Of a network it is that
    network, so that a key may be made of either.

    A server that listens to both may write IPv4 addresses as IPv6 (RFC 4291, section 2.5.5.2),
    which are no household.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))


def _key(scope: _Scope, *subject: str) -> ThrottleKey:
    return ThrottleKey(sha256("\0".join((scope, *subject)).encode()).digest())
