"""A person's account at a server: the one place that uses and renews this machine's tokens."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep, time
from typing import Any, TypeVar

from entrypoints.cli.failure import NOT_SIGNED_IN, CommandError
from entrypoints.cli.remote.api import Api, RefusedError, UnreachableError
from entrypoints.cli.remote.place import locked, remember_server
from entrypoints.cli.remote.tokens import Tokens, TokenStore, name_of

# Tokens whose answer was lost are asked for again, within the server's grace period.
_TRIES = 3
_TIMEOUT_SECONDS = 2.5
_PAUSE_SECONDS = 0.2

# An access token may be as short-lived as a second and end on its way: a few are worth trying.
_ACCESS_TRIES = 6

T = TypeVar("T")


class Account:
    """Of whoever is logged in when a session is first needed, and of nobody else from then on.

    Once somebody else has logged in, whatever takes a session raises CommandError.
    """

    def __init__(self, folder: Path, server: str, api: Api, store: TokenStore) -> None:
        self._folder = folder
        self._server = server
        self._api = api
        self._store = store
        self._lock = folder / f"{name_of(server)}.lock"
        self._user_id: int | None = None

    @property
    def place(self) -> str:
        """Where the tokens are kept."""
        return self._store.place

    def log_in(self, email: str, password: str, label: str, code: str = "") -> dict[str, Any]:
        """Begin a session in place of the one that this machine may have."""
        answer: dict[str, Any] = self._api.call(
            "POST",
            "/users/login",
            body={"email": email, **_proof(password, code), "clientLabel": label},
        )
        tokens = _tokens(answer)
        with _undisturbed(), self._ended_unless_kept(tokens), locked(self._lock):
            before = self._store.load()
            remember_server(self._folder, self._server)
            self._store.save(tokens)
        if before is not None:
            self._end(before)
        return answer

    def log_out(self) -> bool:
        """End the session there and forget it here. False when there was none.

        When the server can't be reached it is forgotten all the same, and UnreachableError raised.
        """
        with locked(self._lock):
            tokens = self._store.load()
            if tokens is None:
                return False
            self._store.forget()
        self._end(tokens)
        return True

    def require_login(self) -> None:
        """Find out whose account it is, before anything is asked of them. Raises CommandError."""
        self._require_tokens()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """As Api.call, signed in."""
        return self._signed_in(
            lambda tokens: self._api.call(method, path, body=body, access_token=tokens.access_token)
        )

    def call_as_owner(self, path: str, password: str, code: str) -> Any:
        """As call, for what takes the password, and a code where there is a second factor."""
        return self.call("POST", path, _proof(password, code))

    def begin_second_factor(self, email: str, password: str) -> dict[str, Any]:
        """What an app needs, and recovery codes. It takes no session."""
        answer: dict[str, Any] = self._api.call(
            "POST", "/users/second-factor", body={"email": email, "password": password}
        )
        return answer

    def give_password(self, password: str, code: str = "") -> None:
        """Give it again. A new session takes the place of this machine's."""

        def give(tokens: Tokens) -> None:
            with _undisturbed(), locked(self._lock):
                # Somebody else's, of a login that came between, must not be replaced.
                self._require_tokens()
                answer = self._insist(
                    "/users/reauthenticate", _proof(password, code), tokens.access_token
                )
                self._keep(_tokens(answer))

        self._signed_in(give)

    def _signed_in(self, ask: Callable[[Tokens], T]) -> T:
        """Ask with tokens that are accepted."""
        tokens = self._require_tokens()
        for _ in range(_ACCESS_TRIES):
            if time() >= tokens.access_expires_at:
                tokens = self._renew(tokens)
            try:
                return ask(tokens)
            except RefusedError as refusal:
                if refusal.status != 401:
                    raise
                tokens = self._renew(tokens)
        raise CommandError(
            "Each access token ends before it arrives: is this machine's clock right?",
            NOT_SIGNED_IN,
        )

    def _require_tokens(self) -> Tokens:
        tokens = self._store.load()
        if tokens is None:
            raise CommandError(
                f"Not logged in at {self._server}: run taskward login.", NOT_SIGNED_IN
            )
        if self._user_id not in (None, tokens.user_id):
            raise CommandError(
                f"Another account has been logged in at {self._server} since this command began: "
                "nothing was done to it.",
                NOT_SIGNED_IN,
            )
        self._user_id = tokens.user_id
        return tokens

    def _renew(self, used: Tokens) -> Tokens:
        """Newer tokens than these, which no longer work.

        A refresh token is good for one use, so of several processes that need a new one, one asks
        for it while the others wait, and then take what it got.
        """
        with _undisturbed(), locked(self._lock):
            tokens = self._require_tokens()
            if tokens.access_token != used.access_token and time() < tokens.access_expires_at:
                return tokens
            tokens = _tokens(self._refresh(tokens))
            self._keep(tokens)
            return tokens

    def _keep(self, tokens: Tokens) -> None:
        with self._ended_unless_kept(tokens):
            self._store.save(tokens)

    @contextmanager
    def _ended_unless_kept(self, tokens: Tokens) -> Iterator[None]:
        """End the session if that fails: no other process could use it, nor end it."""
        try:
            yield
        except Exception:
            with suppress(UnreachableError):
                self._end(tokens)
            raise

    def _refresh(self, tokens: Tokens) -> dict[str, Any]:
        try:
            return self._insist("/users/refresh_token", {"refreshToken": tokens.refresh_token})
        except RefusedError as refusal:
            if refusal.code != "invalid_grant":
                raise
            self._store.forget()
            raise CommandError(
                f"The session at {self._server} has ended: run taskward login.", NOT_SIGNED_IN
            ) from refusal

    def _insist(
        self, path: str, body: dict[str, str], access_token: str | None = None
    ) -> dict[str, Any]:
        """Ask for tokens until there is an answer."""
        for _ in range(_TRIES - 1):
            with suppress(UnreachableError):
                return self._ask_for_tokens(path, body, access_token)
            sleep(_PAUSE_SECONDS)
        return self._ask_for_tokens(path, body, access_token)

    def _ask_for_tokens(
        self, path: str, body: dict[str, str], access_token: str | None
    ) -> dict[str, Any]:
        answer: dict[str, Any] = self._api.call(
            "POST", path, body=body, access_token=access_token, timeout=_TIMEOUT_SECONDS
        )
        return answer

    def _end(self, tokens: Tokens) -> None:
        """Log out a session whose access token may have expired."""
        with suppress(RefusedError):  # it has ended already
            for _ in range(_ACCESS_TRIES):
                if self._has_ended(tokens.access_token):
                    return
                body = {"refreshToken": tokens.refresh_token}
                tokens = _tokens(self._insist("/users/refresh_token", body))

    def _has_ended(self, access_token: str) -> bool:
        """Whether this token was still good for ending its session."""
        try:
            self._api.call("POST", "/users/logout", access_token=access_token)
        except RefusedError as refusal:
            if refusal.status == 401:
                return False
            raise
        return True


def _proof(password: str, code: str) -> dict[str, str]:
    return {"password": password, **({"code": code} if code else {})}


def _tokens(answer: dict[str, Any]) -> Tokens:
    return Tokens(
        user_id=answer["userId"],
        access_token=answer["accessToken"],
        refresh_token=answer["refreshToken"],
        access_expires_at=time() + answer["expiresIn"],
    )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off Ctrl-C while the only copy of a token is in this process."""
    put_off = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, put_off)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
