"""Calls to a server, and its refusals in words."""

from typing import Any

import httpx

from entrypoints.cli.failure import FAILED, NOT_SIGNED_IN, UNREACHABLE, CommandError

TIMEOUT_SECONDS = 30


class RefusedError(CommandError):
    """The server's own sentence. ``code`` is its ``errorCode``."""

    def __init__(self, sentence: str, status: int, code: str) -> None:
        super().__init__(sentence, _EXIT_CODES.get(status, FAILED))
        self.status = status
        self.code = code


class UnreachableError(CommandError):
    """Whether it was done is not known."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, UNREACHABLE)


_EXIT_CODES = {401: NOT_SIGNED_IN, 429: UNREACHABLE, 502: UNREACHABLE, 503: UNREACHABLE}


class Api:
    """One server."""

    def __init__(self, server: str) -> None:
        self._server = server
        # Certificates take longer to load than an answer, and http has no use for them.
        self._http = httpx.Client(
            base_url=server,
            timeout=TIMEOUT_SECONDS,
            verify=server.startswith("https:"),
            headers={"User-Agent": "taskward-cli"},
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        access_token: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Any:
        """The answer's JSON, None where there is none. Raises RefusedError or UnreachableError."""
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        try:
            answer = self._http.request(
                method,
                f"/api{path}",
                json=body,
                headers=headers,
                timeout=timeout,
            )
        except httpx.HTTPError as error:
            raise UnreachableError(
                f"{self._server} cannot be reached: {_reason(error)}."
            ) from error
        if answer.status_code == 204:
            return None
        members = self._json(answer)
        if answer.is_success:
            return members
        if not isinstance(members, dict) or "errorCode" not in members:
            raise self._is_no_taskward(answer)
        raise RefusedError(str(members.get("error")), answer.status_code, str(members["errorCode"]))

    def _json(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise self._is_no_taskward(answer) from error

    def _is_no_taskward(self, answer: httpx.Response) -> Exception:
        return UnreachableError(
            f"{self._server} answers {answer.status_code}, and not as Taskward does: "
            "is the address right?"
        )


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it does not answer in time"
    return str(error).rstrip(".") or type(error).__name__
