from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from application.accounts.verify_password import VerifyPassword
from application.ports.clock import Clock
from application.ports.unit_of_work import Transaction, UnitOfWork
from application.second_factor.check_second_factor import CheckSecondFactor
from domain.second_factor import Proof
from domain.session import Client, InvalidAccessToken, SessionId, require_live
from domain.user import User, WrongPassword


@dataclass(frozen=True, slots=True)
class OwnersProof:
    """What the owner of a session gives again for what is sensitive."""

    session_id: SessionId
    password: str
    code: str
    client: Client


class ProvenOwner(NamedTuple):
    """The transaction holds the user. ``second`` is what proved it beside the password."""

    tx: Transaction
    user: User
    now: datetime
    second: Proof | None


@dataclass(frozen=True, slots=True)
class ProveOwner:
    """A transaction for what only an account's owner may do, who has given all that a login takes.

    Raises WrongPassword, TooManyAttempts, HasherBusy, what CheckSecondFactor raises, and
    InvalidAccessToken when the session has ended.
    """

    uow: UnitOfWork
    verify_password: VerifyPassword
    check_second_factor: CheckSecondFactor
    clock: Clock

    @contextmanager
    def __call__(self, proof: OwnersProof) -> Iterator[ProvenOwner]:
        while True:
            verified = self._verified(proof)
            now = self.clock.now()
            with self.uow.begin() as tx:
                # Hashing took its time: only what is still so counts.
                user = tx.users.lock(verified.id)
                if user is None:
                    raise InvalidAccessToken
                if user.password_hash != verified.password_hash:
                    # It changed meanwhile, or a login hashed it anew.
                    continue
                require_live(tx.sessions.get(proof.session_id), now)
                second = self.check_second_factor(
                    tx, user, proof.code, now, proof.client, proof.session_id
                )
                yield ProvenOwner(tx, user, now, second)
            return

    def _verified(self, proof: OwnersProof) -> User:
        with self.uow.read() as tx:
            session = tx.sessions.get(proof.session_id)
            user = tx.users.get(session.user_id) if session else None
        if user is None:
            raise InvalidAccessToken
        if not self.verify_password(user, user.email, proof.password, proof.client):
            raise WrongPassword
        return user
