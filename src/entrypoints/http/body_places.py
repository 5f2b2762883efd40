"""Bodies that never arrive must not take all of a worker's threads."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from threading import Condition
from typing import Any, Protocol

from domain.errors import Unavailable
from domain.throttle import network_of
from entrypoints.http.proxies import TrustedProxies

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PATIENCE_SECONDS = 0.1


class TooManySenders(Unavailable):
    code = "busy"
    sentence = "Too many requests are being sent at this moment. Try again in a second."

    def __init__(self) -> None:
        super().__init__(retry_after=timedelta(seconds=1))


def has_body(env: Mapping[str, Any]) -> bool:
    """Whatever its method: a client may send one with any (RFC 9112, section 6)."""
    return env.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in env


def sends_body_unasked(env: Mapping[str, Any]) -> bool:
    """Not one that waits for 100 Continue, and then sends it (RFC 9110, section 10.1.1)."""
    return has_body(env) and "HTTP_EXPECT" not in env


class Input(Protocol):
    """A request's body, as WSGI hands it over (PEP 3333)."""

    def read(self, size: int = -1, /) -> bytes: ...


class BodyPlaces:
    """Lets only so many requests wait for their bodies at a time, and not all from one network.

    granian hands a request over once it has its head, and a thread waits for the rest, for as long
    as the sender likes. A quarter of the threads is kept from that, so that what has no body is
    answered at any time; a quarter of the places is kept from each network, for the others.
    """

    def __init__(self, threads: int, proxies: TrustedProxies) -> None:
        self._places = _three_quarters(threads)
        self._places_of_network = _three_quarters(self._places)
        self._taken: Counter[str] = Counter()
        self._all_taken = 0
        self._changed = Condition()
        self._proxies = proxies

    def guard(self, app: WsgiApp) -> WsgiApp:
        def guarded(env: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if has_body(env):
                address = self._proxies.address_of(env)
                env["wsgi.input"] = _GuardedInput(env["wsgi.input"], address, self)
            return app(env, start_response)

        return guarded

    def take(self, network: str) -> None:
        """Raises TooManySenders when there is none and none becomes free at once."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free(network), _PATIENCE_SECONDS):
                raise TooManySenders
            self._all_taken += 1
            self._taken[network] += 1

    def leave(self, network: str) -> None:
        with self._changed:
            self._all_taken -= 1
            self._taken[network] -= 1
            if not self._taken[network]:
                del self._taken[network]
            self._changed.notify_all()

    def _is_free(self, network: str) -> bool:
        return self._all_taken < self._places and self._taken[network] < self._places_of_network


class _GuardedInput:
    def __init__(self, body: Input, address: str, places: BodyPlaces) -> None:
        self._body = body
        self._address = address
        self._places = places

    def read(self, size: int = -1, /) -> bytes:
        network = network_of(self._address)
        self._places.take(network)
        try:
            return self._body.read(size)
        finally:
            self._places.leave(network)


def _three_quarters(number: int) -> int:
    return max(1, number - max(1, number // 4))
