"""Calls to a server, and its refusals in words."""

import os
import secrets
import ssl
import sys
from http import HTTPStatus
from math import ceil
from time import sleep
from typing import Any

import httpx

from entrypoints.cli.failure import FAILED, NOT_SIGNED_IN, UNREACHABLE, CommandError
from entrypoints.cli.remote.place import is_on_this_machine
from entrypoints.cli.remote.unreachable import why_unreachable

TIMEOUT_SECONDS = 30

BUSY = "busy"
_TRIES_WHILE_BUSY = 6
_LONGEST_WAIT_WHILE_BUSY_SECONDS = 5


class RefusedError(CommandError):
    """The server's own sentence, and how long to wait where it says so, ``retry_after`` in seconds.

    ``code`` is its ``errorCode``.
    """

    def __init__(self, sentence: str, status: int, code: str, retry_after: int = 0) -> None:
        super().__init__(sentence, _EXIT_CODES.get(status, FAILED))
        self.status = status
        self.code = code
        self.retry_after = retry_after


class UnreachableError(CommandError):
    """Whether it was done is not known."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, UNREACHABLE)


_EXIT_CODES = {401: NOT_SIGNED_IN, 429: UNREACHABLE, 502: UNREACHABLE, 503: UNREACHABLE}


class Api:
    """One server."""

    def __init__(self, server: str) -> None:
        self._server = server
        try:
            self._http = httpx.Client(
                base_url=server,
                timeout=TIMEOUT_SECONDS,
                verify=_authorities(server),
                # A proxy of the environment would read a password that is to stay on this machine.
                trust_env=not is_on_this_machine(server),
                headers={"User-Agent": "taskward-cli"},
            )
        except httpx.InvalidURL as error:
            raise CommandError(f"{server} is no server's address: {error}.") from error

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        access_token: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Any:
        """The answer's JSON, None where there is none. Raises RefusedError or UnreachableError.

        What a busy server has turned away it has not begun: that is sent again, a few times.
        """
        for _ in range(_TRIES_WHILE_BUSY - 1):
            try:
                return self._call(method, path, body, access_token, timeout)
            except RefusedError as refusal:
                if refusal.code != BUSY:
                    raise
                _take_turn(refusal.retry_after)
        return self._call(method, path, body, access_token, timeout)

    def _call(
        self, method: str, path: str, body: object, access_token: str | None, timeout: float
    ) -> Any:
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        try:
            answer = self._http.request(
                method,
                f"/api{path}",
                json=body,
                headers=headers,
                timeout=timeout,
            )
        except UnicodeEncodeError as error:
            raise CommandError("This cannot be sent, for it is not UTF-8.") from error
        except httpx.HTTPError as error:
            raise UnreachableError(
                f"{self._server} cannot be reached: {why_unreachable(error)}"
            ) from error
        if answer.status_code == 204:
            return None
        members = self._json(answer)
        if answer.is_success:
            return members
        if not isinstance(members, dict) or "errorCode" not in members:
            raise self._is_no_taskward(answer)
        retry_after = _retry_after(answer)
        sentence = str(members.get("error"))
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and retry_after:
            sentence += f" Time left: {_duration(retry_after)}."
        raise RefusedError(sentence, answer.status_code, str(members["errorCode"]), retry_after)

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


def _authorities(server: str) -> ssl.SSLContext | bool:
    """Those whose certificates are believed. Raises CommandError."""
    # They take longer to load than an answer, and http has no use for them.
    if not server.startswith("https:"):
        return False
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        is_read = isinstance(error, ssl.SSLError)
        reason = (
            "is no PEM file of certificates" if is_read else f"cannot be read: {error.strerror}"
        )
        raise CommandError(f"SSL_CERT_FILE: {os.environ['SSL_CERT_FILE']} {reason}.") from error


def _take_turn(seconds: int) -> None:
    """Wait as long as the server asks for, and a little by chance.

    Those turned away together had better not come back together.
    """
    if sys.stderr.isatty():
        print("The server is busy: trying again ...", file=sys.stderr)
    sleep(min(seconds, _LONGEST_WAIT_WHILE_BUSY_SECONDS) + secrets.randbelow(500) / 1000)


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 90 else f"{ceil(seconds / 60)} minutes"


def _retry_after(answer: httpx.Response) -> int:
    """Of a proxy's answer it may be a date."""
    text = answer.headers.get("Retry-After", "")
    return int(text) if text.isdecimal() else 0
