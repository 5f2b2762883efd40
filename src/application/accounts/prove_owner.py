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
from domain.session import (
    Client,
    InvalidAccessToken,
    Session,
    SessionId,
    require_lasting,
    require_live,
)
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

    Both ways raise WrongPassword, TooManyAttempts, HasherBusy, what CheckSecondFactor raises, and
    InvalidAccessToken when the session has ended.
    """

    uow: UnitOfWork
    verify_password: VerifyPassword
    check_second_factor: CheckSecondFactor
    clock: Clock

    @contextmanager
    def __call__(self, proof: OwnersProof) -> Iterator[ProvenOwner]:
        with self._held(proof) as (tx, user, session, now):
            require_lasting(session, now)
            second = self.check_second_factor(tx, user.id, proof.code, now, proof.client)
            yield ProvenOwner(tx, user, now, second)

    @contextmanager
    def or_again(self, proof: OwnersProof) -> Iterator[ProvenOwner]:
        """The same, where a lost answer may be asked for again with the code that was used up.

        Its session is on its way out then, for the proof that was given.
        """
        with self._held(proof) as (tx, user, session, now):
            second = session.is_retired and self.check_second_factor.again(
                tx, user.id, proof.code, now
            )
            second = second or self.check_second_factor(tx, user.id, proof.code, now, proof.client)
            yield ProvenOwner(tx, user, now, second)

    @contextmanager
    def _held(self, proof: OwnersProof) -> Iterator[tuple[Transaction, User, Session, datetime]]:
        while True:
            verified = self._verified(proof)
            with self.uow.begin() as tx:
                # Hashing took its time: only what is still so counts.
                user = tx.users.lock(verified.id)
                now = self.clock.now()
                if user is None:
                    raise InvalidAccessToken
                if user.password_hash != verified.password_hash:
                    # It changed meanwhile, or a login hashed it anew.
                    continue
                yield tx, user, require_live(tx.sessions.get(proof.session_id), now), now
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
