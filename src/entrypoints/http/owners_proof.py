from falcon import Request

from application.accounts.prove_owner import OwnersProof
from application.accounts.verify_credentials import InvalidLogin
from application.ports.password_hasher import HasherBusy
from domain.errors import DomainError
from domain.second_factor import (
    CodeRequired,
    UnreadableSecondFactor,
    WrongCode,
)
from domain.throttle import TooManyAttempts, TooManyCodes
from domain.user import WrongPassword
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import OwnerRequest

SECOND_FACTOR_REFUSALS: tuple[type[DomainError], ...] = (
    CodeRequired,
    WrongCode,
    TooManyCodes,
    UnreadableSecondFactor,
)
"""What a code, or none, is refused with once the password was right."""

OWNER_REFUSALS: tuple[type[DomainError], ...] = (
    InvalidLogin,
    WrongPassword,
    TooManyAttempts,
    *SECOND_FACTOR_REFUSALS,
    HasherBusy,
)


def owners_proof(req: Request) -> OwnersProof:
    """What the request's body gives for what is sensitive."""
    body = read_body(req, OwnerRequest)
    return OwnersProof(caller(req).session_id, body.password, body.code or "", client_of(req))
