"""Taskward's HTTP frontend as processes: granian in front of the WSGI application."""

import errno
import gc
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings

from entrypoints.container import Container
from entrypoints.http.access_log import AccessLog, renderer
from entrypoints.http.app import create_app
from entrypoints.http.body_places import BodyPlaces, WsgiApp
from entrypoints.http.log_stream import WarningHandler
from entrypoints.http.one_at_a_time import OneAtATime
from entrypoints.http.processes import (
    AnnouncingServer,
    end_with_parent,
    let_workers_be_ended,
)
from entrypoints.http.proxies import TrustedProxies
from entrypoints.http.telemetry import Observer
from entrypoints.settings import PREFIX, Settings, load_settings

_HEAD_MILLISECONDS = 10_000
"""How long a client may take to send a request's head, or leave its connection idle."""

_MAX_HEAD_BYTES = 64 * 1024


class ServeError(Exception):
    """Why the server can't start, in one line."""


def require_listening(settings: Settings) -> None:
    """Raises ServeError where a port is taken, or the certificate can't be used."""
    _require_free(settings.host, settings.port, PREFIX)
    if settings.metrics_port is not None:
        _require_free(settings.metrics_host, settings.metrics_port, f"{PREFIX}METRICS_")
    _require_certificate(settings)


def serve(settings: Settings, on_start: Callable[[], Any]) -> None:
    """Serve until SIGTERM or SIGINT; what is under way then is answered first.

    ``on_start`` is called once requests are accepted. Raises ServeError.
    """
    require_listening(settings)
    server = AnnouncingServer(
        "taskward",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        # HTTP/2 has limits of its own to get right; a proxy in front that speaks it costs nothing.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEAD_MILLISECONDS, max_buffer_size=_MAX_HEAD_BYTES
        ),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        log_level="error",  # type: ignore[arg-type] # its own type says enum, its code takes both
    )
    server.announce = on_start
    let_workers_be_ended()
    with _metrics_listener(settings):
        server.serve(target_loader=load_app, wrap_loader=False)


def load_app(worker: int) -> WsgiApp:
    """The application of one worker process, from the environment that it inherits."""
    settings = load_settings()
    container = Container(settings=settings)
    if settings.pin_workers:
        # Before there are other threads, which inherit it.
        container.cores().keep_to_one(worker, settings.workers)
    end_with_parent()
    logging.getLogger().addHandler(WarningHandler(sys.stderr.fileno()))
    observers: list[Observer] = [
        AccessLog(container.clock(), renderer(settings.log_format), sys.stdout.fileno())
    ]
    if settings.metrics_port is not None:
        from entrypoints.http.metrics import RequestMetrics  # noqa: PLC0415 # see _metrics_listener

        observers.append(RequestMetrics())
    app = create_app(container, observers)
    _spare_the_collector()
    container.heap().give_back()
    places = BodyPlaces(settings.threads, TrustedProxies(settings.trusted_proxies))
    if settings.uses_sqlite:
        # Not on PostgreSQL, which answers over a network: requests had better wait side by side.
        return places.guard(OneAtATime(app, container.turn()))
    return places.guard(app)


def _spare_the_collector() -> None:
    """What lives as long as the process need not be looked through for garbage again and again.

    A request leaves hardly any cycles behind, so the collector may come more seldom, too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def _metrics_listener(settings: Settings) -> Iterator[None]:
    """The sums over all workers, on a port of their own.

    prometheus_client decides at its import, by an environment variable, to share its values
    between processes: so it is imported late, here and in the workers.
    """
    if settings.metrics_port is None:
        yield
        return
    with TemporaryDirectory(prefix="taskward-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 # see above
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 # see above

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # it has no annotations
        listener, _ = start_http_server(settings.metrics_port, settings.metrics_host, registry)
        yield
        listener.shutdown()


def _require_free(host: str, port: int, prefix: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        number = error.errno or 0
        setting = "HOST" if number == errno.EADDRNOTAVAIL else "PORT"
        # Its own text tells the address a second time.
        reason = os.strerror(number)
        raise ServeError(f"{prefix}{setting}: cannot listen on {host}:{port}: {reason}.") from error


def _require_certificate(settings: Settings) -> None:
    if settings.tls_cert is None or settings.tls_key is None:
        return
    # One by one, since what is to load them does not tell which of them it cannot read.
    for name, file in (("TLS_CERT", settings.tls_cert), ("TLS_KEY", settings.tls_key)):
        try:
            file.read_bytes()
        except OSError as error:
            raise ServeError(f"{PREFIX}{name}: {file} cannot be read: {error.strerror}.") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
    except ssl.SSLError as error:
        raise ServeError(
            f"{PREFIX}TLS_CERT, {PREFIX}TLS_KEY: not a certificate and its key: {error}."
        ) from error
