"""The peers: the same API in what people would otherwise take, in bench/peers/."""

from bench.contestant import Contestant

PYTHON = "bench/.cache/peers/venv/bin/python"

# Tokens must outlive the bench, as Taskward's.
_SETTINGS = {
    "DATABASE_PATH": "{folder}/taskward.db",
    "JWT_SECRET": "of 32 characters, for HMAC-SHA256",
    "ACCESS_TOKEN_SECONDS": "7200",
}
_NODE = {"PORT": "{port}", "WEB_CONCURRENCY": "{workers}", "NODE_ENV": "production"}


def _on_python(name: str, packages: str, *serve: str) -> Contestant:
    return Contestant(
        name=name,
        prepare=(PYTHON, f"bench/peers/{name}/prepare.py", "{folder}"),
        serve=(PYTHON, "-m", *serve),
        environment=_SETTINGS,
        installed=(PYTHON, "-c", f"import {packages}"),
        is_peer=True,
    )


def _on_gunicorn(name: str, packages: str, application: str) -> Contestant:
    # Unlike its default, workers of threads keep connections open. Two were about the best number.
    chdir = ("--chdir", f"bench/peers/{name}")
    options = ("--bind", "127.0.0.1:{port}", "--workers", "{workers}", "--threads", "2")
    return _on_python(name, packages, "gunicorn", *chdir, *options, application)


def _on_node(name: str, *packages: str) -> Contestant:
    return Contestant(
        name=name,
        prepare=("node", f"bench/peers/{name}/prepare.js", "{folder}"),
        serve=("node", f"bench/peers/{name}/server.js"),
        environment=_SETTINGS | _NODE,
        installed=("node", "bench/peers/check.js", "better-sqlite3", "argon2", *packages),
        is_peer=True,
    )


PEERS = (
    _on_python(
        "fastapi",
        "aiosqlite, fastapi, httptools, jwt, pwdlib, sqlalchemy, uvicorn, uvloop",
        "uvicorn",
        "--app-dir=bench/peers/fastapi",
        "--port={port}",
        "--workers={workers}",
        "--no-access-log",
        "app:app",
    ),
    _on_gunicorn(
        "django",
        "argon2, django, gunicorn, rest_framework, rest_framework_simplejwt",
        "config.wsgi",
    ),
    _on_gunicorn(
        "flask", "argon2, flask, flask_jwt_extended, flask_sqlalchemy, gunicorn", "app:app"
    ),
    _on_node("fastify", "fastify", "@fastify/jwt"),
    _on_node("express", "express", "jsonwebtoken"),
)
