from urllib.parse import quote, urlencode

import orjson
from falcon import HTTP_201, HTTP_204, Request, Response

from application.accounts.verify_credentials import InvalidLogin, WrongCredentials
from application.ports.password_hasher import HasherBusy
from application.second_factor.begin_second_factor import (
    BeginSecondFactor,
    BeginSecondFactorCommand,
    PendingSecondFactor,
)
from application.second_factor.confirm_second_factor import ConfirmSecondFactor
from application.second_factor.describe_second_factor import DescribeSecondFactor
from application.second_factor.remove_second_factor import RemoveSecondFactor
from application.second_factor.renew_recovery_codes import RenewRecoveryCodes
from domain.second_factor import (
    NoSecondFactor,
    SecondFactorExists,
    UnreadableSecondFactor,
    WrongCode,
)
from domain.throttle import TooManyAttempts, TooManyCodes
from entrypoints.http.authentication import caller
from entrypoints.http.client import client_of
from entrypoints.http.operation import Access, Answer, Operation, operation
from entrypoints.http.owners_proof import OWNER_REFUSALS, owners_proof
from entrypoints.http.request_body import read_body
from entrypoints.http.schemas import (
    BeginSecondFactorRequest,
    ConfirmSecondFactorRequest,
    OwnerRequest,
    PendingSecondFactorAnswer,
    RecoveryCodesAnswer,
    SecondFactorAnswer,
)

_ISSUER = "Taskward"
_MAX_ACCOUNT_LENGTH = 100


class SecondFactorResource:
    def __init__(
        self,
        describe_second_factor: DescribeSecondFactor,
        begin_second_factor: BeginSecondFactor,
        *,
        is_required: bool,
    ) -> None:
        self._describe_second_factor = describe_second_factor
        self._begin_second_factor = begin_second_factor
        self._is_required = is_required

    @operation(
        Operation(
            id="getSecondFactor",
            summary="Whether logging in takes a second factor",
            access=Access.SIGNED_IN,
            answer=Answer(200, "What there is.", SecondFactorAnswer),
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        factor = self._describe_second_factor(caller(req).user_id)
        answer = SecondFactorAnswer(
            isActive=factor is not None,
            isRequired=self._is_required,
            addedAt=factor.confirmed_at if factor else None,
            recoveryCodesLeft=len(factor.recovery_hashes) if factor else 0,
        )
        resp.data = orjson.dumps(answer, option=orjson.OPT_UTC_Z)

    @operation(
        Operation(
            id="beginSecondFactor",
            summary="Set up a second factor, which its first code makes active",
            access=Access.PUBLIC,
            body=BeginSecondFactorRequest,
            answer=Answer(
                201,
                "What an authenticator app needs, and recovery codes, shown once. Confirm it with "
                "a code of the app, or log in with one.",
                PendingSecondFactorAnswer,
            ),
            errors=(
                InvalidLogin,
                WrongCredentials,
                TooManyAttempts,
                SecondFactorExists,
                HasherBusy,
            ),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, BeginSecondFactorRequest)
        command = BeginSecondFactorCommand(body.email, body.password, client_of(req))
        resp.data = orjson.dumps(_pending_answer(self._begin_second_factor(command)))
        resp.status = HTTP_201


class SecondFactorConfirmationResource:
    def __init__(self, confirm_second_factor: ConfirmSecondFactor) -> None:
        self._confirm_second_factor = confirm_second_factor

    @operation(
        Operation(
            id="confirmSecondFactor",
            summary="Make the second factor active by a first code, and end all other sessions",
            access=Access.SIGNED_IN,
            body=ConfirmSecondFactorRequest,
            answer=Answer(204, "From now on a login takes a code. Only this session goes on."),
            errors=(
                InvalidLogin,
                WrongCode,
                TooManyCodes,
                NoSecondFactor,
                SecondFactorExists,
                UnreadableSecondFactor,
            ),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        body = read_body(req, ConfirmSecondFactorRequest)
        self._confirm_second_factor(caller(req).session_id, body.code, client_of(req))
        resp.status = HTTP_204


class RecoveryCodesResource:
    def __init__(self, renew_recovery_codes: RenewRecoveryCodes) -> None:
        self._renew_recovery_codes = renew_recovery_codes

    @operation(
        Operation(
            id="renewRecoveryCodes",
            summary="Make new recovery codes in place of those before",
            access=Access.SIGNED_IN,
            body=OwnerRequest,
            answer=Answer(200, "The new codes, shown once.", RecoveryCodesAnswer),
            errors=(*OWNER_REFUSALS, NoSecondFactor),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        codes = self._renew_recovery_codes(owners_proof(req))
        resp.data = orjson.dumps(RecoveryCodesAnswer(recoveryCodes=[*codes]))


class SecondFactorRemovalResource:
    def __init__(self, remove_second_factor: RemoveSecondFactor) -> None:
        self._remove_second_factor = remove_second_factor

    @operation(
        Operation(
            id="removeSecondFactor",
            summary="Log in by the password alone, and end all other sessions",
            access=Access.SIGNED_IN,
            body=OwnerRequest,
            answer=Answer(204, "It is gone. Only this session goes on."),
            errors=(*OWNER_REFUSALS, NoSecondFactor),
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        self._remove_second_factor(owners_proof(req))
        resp.status = HTTP_204


def _pending_answer(pending: PendingSecondFactor) -> PendingSecondFactorAnswer:
    uri = _uri(pending)
    return PendingSecondFactorAnswer(
        uri=uri,
        secret=pending.seed,
        qrCode=_qr_code(uri),
        recoveryCodes=[*pending.recovery_codes],
    )


def _uri(pending: PendingSecondFactor) -> str:
    """As authenticator apps read it: the key URI format of Google Authenticator's wiki."""
    parameters = urlencode({"secret": pending.seed, "issuer": _ISSUER})
    # The app only shows whose it is, and a QR code does not hold every address that is allowed.
    account = quote(pending.email[:_MAX_ACCOUNT_LENGTH], safe="")
    return f"otpauth://totp/{_ISSUER}:{account}?{parameters}"


def _qr_code(text: str) -> list[str]:
    import segno  # noqa: PLC0415 # most workers never draw one

    rows = segno.make_qr(text).matrix
    return ["".join(str(int(module)) for module in row) for row in rows]
