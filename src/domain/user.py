"""Who uses Taskward."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType

from domain.errors import Forbidden, Invalid, NotFound, Rejected, Unauthenticated

UserId = NewType("UserId", int)
"""A positive integer below 2**53, so that every JSON reader keeps it exactly."""

EmailAddress = NewType("EmailAddress", str)
"""An address as it is compared and stored: trimmed and in lower case."""

MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 100

# Lone surrogates, too: text with them has no form in UTF-8, so that nobody could store it.
_CONTROL = r"\x00-\x1f\x7f\ud800-\udfff"
_ANY_CONTROL = re.compile(rf"[{_CONTROL}]")
# Deliberately loose: only a message can prove an address. No spaces, no control characters, one @.
_EMAIL = re.compile(rf"[^\s@{_CONTROL}]{{1,64}}@[^\s@{_CONTROL}]{{1,253}}")


class InvalidSignup(Invalid):
    code = "S01"
    sentence = "The sign-up, or the change of a name, is not valid."


class EmailTaken(Rejected):
    code = "S02"
    sentence = "An account with this email address already exists."


class SignupClosed(Forbidden):
    """To all but the operator."""

    code = "S06"
    sentence = "Accounts are opened here by whoever runs this server. Ask them for one."


class WrongPassword(Forbidden):
    """Of somebody who is signed in."""

    code = "A04"
    sentence = "The password is wrong."


class UserNotFound(NotFound):
    """For the operator alone: to anyone else it would tell who has an account."""

    code = "U01"
    sentence = "There is no user with this email address."


class UserGone(Unauthenticated):
    code = "A02"
    sentence = "This account no longer exists."


def parse_email(text: str) -> EmailAddress:
    """The address in the form in which two spellings of it are equal.

    Raises InvalidSignup when it has no ``local@domain`` shape or is longer than 254 characters
    (RFC 5321, section 4.5.3.1.3).
    """
    normalized = normalize_email(text)
    if len(normalized) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(normalized):
        raise InvalidSignup("The email address is not valid.")
    return EmailAddress(normalized)


def normalize_email(text: str) -> str:
    """What has no such shape stays as it is, and is nobody's address."""
    return text.strip().lower()


def parse_name(text: str, which: str) -> str:
    """A person's name without surrounding space; ``which`` names it in the error."""
    name = text.strip()
    if not name:
        raise InvalidSignup(f"The {which} is missing.")
    if len(name) > MAX_NAME_LENGTH or _ANY_CONTROL.search(name):
        raise InvalidSignup(
            f"The {which} must have at most {MAX_NAME_LENGTH} characters and no control characters."
        )
    return name


@dataclass(frozen=True, slots=True)
class User:
    id: UserId
    email: EmailAddress
    first_name: str
    last_name: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    password_changed_at: datetime | None = None

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    def with_id(self, user_id: UserId) -> "User":
        return replace(self, id=user_id)

    def rename(self, *, first_name: str | None = None, last_name: str | None = None) -> "User":
        """The user with the names that are given. Raises InvalidSignup for what is no name."""
        return replace(
            self,
            first_name=self.first_name
            if first_name is None
            else parse_name(first_name, "first name"),
            last_name=self.last_name if last_name is None else parse_name(last_name, "last name"),
        )

    def disable(self, now: datetime) -> "User":
        """The user, who may no longer sign in. One disabled before stays so since then."""
        return self if self.disabled_at is not None else replace(self, disabled_at=now)

    def enable(self) -> "User":
        return replace(self, disabled_at=None)

    def with_password_hash(self, password_hash: str) -> "User":
        """The same password, hashed anew."""
        return replace(self, password_hash=password_hash)

    def change_password(self, password_hash: str, now: datetime) -> "User":
        return replace(self, password_hash=password_hash, password_changed_at=now)

    @property
    def has_password_since(self) -> datetime:
        return self.password_changed_at or self.created_at
