"""The kinds of refusal. A concrete error is defined beside the concept that refuses."""

from datetime import timedelta
from typing import ClassVar


class DomainError(Exception):
    """A refusal that a caller can act on.

    ``code`` is stable and meant for programs; ``str(error)`` is a sentence meant for people and
    never holds a secret.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class Invalid(DomainError):
    """The request does not have the shape or the values that it must have."""


class Unauthenticated(DomainError):
    """It is not known, or no longer true, who is asking."""


class Forbidden(DomainError):
    """It is known who is asking, or would make no difference: they may not."""


class NotFound(DomainError):
    """There is no such thing, or it belongs to somebody else: the two are never told apart."""


class Conflict(DomainError):
    """The request contradicts what is already there."""


class Rejected(DomainError):
    """The request is well formed, but a rule speaks against what it asks for."""


class PreconditionFailed(DomainError):
    """What the caller built on has changed meanwhile."""


class _Retryable(DomainError):
    """A refusal that ends by itself."""

    def __init__(self, retry_after: timedelta, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class TooManyRequests(_Retryable):
    """The caller has asked too often; ``retry_after`` says when to ask again."""


class Unavailable(_Retryable):
    """Something the answer needs is away or busy; ``retry_after`` guesses when it is back."""
