"""The HTTP frontend: the route table, and what surrounds every request."""

from collections.abc import Sequence
from typing import Any

import falcon
from falcon import Request, Response

from entrypoints.container import Container
from entrypoints.http import errors, openapi
from entrypoints.http.account_deletion import AccountDeletionResource
from entrypoints.http.authentication import Authentication
from entrypoints.http.docs import DocsFileResource, DocsPageResource
from entrypoints.http.export import ExportResource
from entrypoints.http.head import RouterWithHead
from entrypoints.http.health import LivenessResource, ReadinessResource
from entrypoints.http.jwks import JwksResource
from entrypoints.http.known_lists import KnownLists
from entrypoints.http.login import LoginResource
from entrypoints.http.logout import LogoutResource
from entrypoints.http.openapi import OpenApiResource
from entrypoints.http.operation import Operation
from entrypoints.http.password import PasswordResource
from entrypoints.http.password_reset import PasswordResetResource
from entrypoints.http.profile import ProfileResource
from entrypoints.http.proxies import TrustedProxies
from entrypoints.http.reauthentication import ReauthenticationResource
from entrypoints.http.refresh import RefreshResource
from entrypoints.http.refresh_cookie import RefreshCookie
from entrypoints.http.second_factor import (
    RecoveryCodesResource,
    SecondFactorConfirmationResource,
    SecondFactorRemovalResource,
    SecondFactorResource,
)
from entrypoints.http.security_events import SecurityEventsResource
from entrypoints.http.security_headers import StrictTransport, response_class
from entrypoints.http.sessions import SessionResource, SessionsResource
from entrypoints.http.signup import SignupResource
from entrypoints.http.tasks import TaskResource, TasksResource
from entrypoints.http.telemetry import Observer, Telemetry
from entrypoints.http.unread_bodies import UnreadBodies
from entrypoints.http.web import WebAssetResource, WebPageResource, WebWorkerResource

Routes = list[tuple[str, object]]


class App(falcon.App[Request, Response]):
    # Falcon would refuse WEBSOCKET, a method like any other here, before it asks any middleware.
    _META_METHODS = frozenset()


class UndeclaredResponderError(TypeError):
    """A responder does not say who may call it. Raised at start, so that it never serves."""


def create_app(container: Container, observers: Sequence[Observer] = ()) -> App:
    """The WSGI application. ``observers`` are told of every request that has been answered."""
    settings = container.settings()
    operations: dict[tuple[str, str], Operation] = {}
    routes = route_table(container)
    routes.append((openapi.PATH, OpenApiResource(operations)))
    operations.update(declared_operations(routes))
    app = App(
        router=RouterWithHead(),
        response_type=response_class(settings),
        middleware=[
            Telemetry(observers, TrustedProxies(settings.trusted_proxies)),
            UnreadBodies(),
            *([StrictTransport()] if settings.tls_cert else []),
            *_cross_origin(settings.cors_origins),
            Authentication(container.authenticate(), operations),
        ],
    )
    errors.install(app)
    app.req_options.strip_url_path_trailing_slash = False
    for path, resource in routes:
        app.add_route(path, resource)
    return app


def route_table(container: Container) -> Routes:
    """Every path that is served, and who answers there; but for the description of them all."""
    settings = container.settings()
    cookie = RefreshCookie(settings, TrustedProxies(settings.trusted_proxies))
    return [
        ("/api/users/signup", SignupResource(container.signup())),
        ("/api/users/login", LoginResource(container.login(), cookie)),
        ("/api/users/refresh_token", RefreshResource(container.refresh(), cookie)),
        ("/api/users/logout", LogoutResource(container.logout(), cookie)),
        ("/api/users/info", ProfileResource(container.profile(), container.change_profile())),
        (
            "/api/users/reauthenticate",
            ReauthenticationResource(container.reauthenticate(), cookie),
        ),
        ("/api/users/password", PasswordResource(container.change_password())),
        ("/api/users/reset_password", PasswordResetResource(container.reset_password())),
        ("/api/users/delete_account", AccountDeletionResource(container.delete_account())),
        (
            "/api/users/second-factor",
            SecondFactorResource(
                container.describe_second_factor(),
                container.begin_second_factor(),
                is_required=settings.second_factor_is_required,
            ),
        ),
        (
            "/api/users/second-factor/confirm",
            SecondFactorConfirmationResource(container.confirm_second_factor()),
        ),
        (
            "/api/users/second-factor/recovery-codes",
            RecoveryCodesResource(container.renew_recovery_codes()),
        ),
        (
            "/api/users/second-factor/remove",
            SecondFactorRemovalResource(container.remove_second_factor()),
        ),
        ("/api/users/export", ExportResource(container.export_account())),
        (
            "/api/users/security-events",
            SecurityEventsResource(container.list_security_events()),
        ),
        (
            "/api/sessions",
            SessionsResource(container.list_sessions(), container.revoke_other_sessions()),
        ),
        ("/api/sessions/{session_id}", SessionResource(container.revoke_session())),
        (
            "/api/tasks",
            TasksResource(
                container.list_tasks(),
                container.add_task(),
                container.change_task(),
                KnownLists(settings.known_lists_mib * 1024 * 1024),
            ),
        ),
        ("/api/tasks/{number}", TaskResource(container.get_task(), container.delete_task())),
        ("/.well-known/jwks.json", JwksResource(container.keyring())),
        ("/healthz", LivenessResource()),
        ("/readyz", ReadinessResource(container.store())),
        ("/docs", DocsPageResource()),
        ("/docs/{name}", DocsFileResource()),
        ("/", WebPageResource(settings.signup)),
        ("/service-worker.js", WebWorkerResource()),
        ("/assets/{version}/{name}", WebAssetResource()),
    ]


def declared_operations(routes: Routes) -> dict[tuple[str, str], Operation]:
    """What each responder declares, by template and method. Raises UndeclaredResponderError."""
    operations: dict[tuple[str, str], Operation] = {}
    for path, resource in routes:
        for method in falcon.COMBINED_METHODS:
            responder: Any = getattr(resource, f"on_{method.lower()}", None)
            if responder is None:
                continue
            declared = getattr(responder, "operation", None)
            if not isinstance(declared, Operation):
                raise UndeclaredResponderError(f"{method} {path} declares no operation")
            operations[path, method] = declared
    return operations


def _cross_origin(origins: tuple[str, ...]) -> list[Any]:
    if not origins:
        return []
    return [falcon.CORSMiddleware(allow_origins=origins, expose_headers=["ETag", "X-Request-ID"])]
