"""Which passwords are accepted (NIST SP 800-63B, section 3.1.1.2): long enough, not a known one."""

from collections.abc import Container

from domain.errors import Rejected
from domain.user import EmailAddress

MIN_LENGTH = 8
MAX_LENGTH = 128


class PasswordMismatch(Rejected):
    code = "S03"
    sentence = "The password and its confirmation differ."


class WeakPassword(Rejected):
    code = "S04"
    sentence = "The password is too weak."


def check_password(
    password: str, *, email: EmailAddress, names: tuple[str, ...], common: Container[str]
) -> None:
    """Raise WeakPassword, with the reason, for a password that a stranger could guess.

    ``common`` holds well-known passwords in lower case. Lengths count characters.
    """
    if len(password) < MIN_LENGTH:
        raise WeakPassword(f"The password must have at least {MIN_LENGTH} characters.")
    if len(password) > MAX_LENGTH:
        raise WeakPassword(f"The password must have at most {MAX_LENGTH} characters.")
    lowered = password.lower()
    if lowered in common:
        raise WeakPassword("This password is among the most common ones. Choose another.")
    if lowered in _spellings_of_owner(email, names):
        raise WeakPassword("The password must not be your email address or your name.")


def _spellings_of_owner(email: EmailAddress, names: tuple[str, ...]) -> set[str]:
    lowered = [name.lower() for name in names]
    return {email, email.partition("@")[0], *lowered, " ".join(lowered), "".join(lowered)}
