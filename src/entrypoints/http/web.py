"""The page at /: static files that lie in this package, read once and served from memory."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from falcon import HTTP_304, ETag, HTTPNotFound, Request, Response

from entrypoints.http.operation import Access, Answer, Operation, operation

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Trusted types on top: no text ever becomes markup, not even by a mistake in the page's own code,
# and the one script that is named by a script is the service worker.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types service-worker"
)
_WORKER_POLICY = (
    "default-src 'none'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_FOLDER = files("entrypoints") / "web"
_PAGE = "index.html"
_WORKER = "service_worker.js"
_ALWAYS_ASKED_FOR = "no-cache"
_NEVER_ASKED_FOR_AGAIN = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str
    content: bytes
    etag: ETag


class WebPageResource:
    """``signup`` is told to the page, which is to offer nothing that is closed."""

    def __init__(self, signup: Literal["open", "closed"], folder: Traversable = _FOLDER) -> None:
        # Under another version each file has another address: modules of two releases never mix.
        addresses = f"/assets/{_version(folder)}/".encode()
        content = (folder / _PAGE).read_bytes().replace(b"/assets/", addresses)
        content = content.replace(b'data-signup="open"', f'data-signup="{signup}"'.encode())
        self._page = _file(_PAGE, content)

    @operation(
        Operation(
            id="getPage",
            summary="Taskward in the browser",
            access=Access.PUBLIC,
            answer=Answer(200, "The page.", media_type="text/html"),
            listed=False,
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        resp.set_header("Content-Security-Policy", _POLICY)
        resp.set_header("Cross-Origin-Opener-Policy", "same-origin")
        _answer(req, resp, self._page, _ALWAYS_ASKED_FOR)


class WebWorkerResource:
    """At the top, for it may only see what lies below it."""

    def __init__(self) -> None:
        self._worker = _file(_WORKER, (_FOLDER / _WORKER).read_bytes())

    @operation(
        Operation(
            id="getPageWorker",
            summary="What brings the page up without the network",
            access=Access.PUBLIC,
            answer=Answer(200, "A script."),
            listed=False,
        )
    )
    def on_get(self, req: Request, resp: Response) -> None:
        resp.set_header("Content-Security-Policy", _WORKER_POLICY)
        _answer(req, resp, self._worker, _ALWAYS_ASKED_FOR)


class WebAssetResource:
    def __init__(self) -> None:
        self._version = _version(_FOLDER)
        self._files = {
            file.name: _file(file.name, file.read_bytes())
            for file in _FOLDER.iterdir()
            if file.name not in (_PAGE, _WORKER)
        }

    @operation(
        Operation(
            id="getPageFile",
            summary="What the page is made of",
            access=Access.PUBLIC,
            answer=Answer(200, "A file."),
            listed=False,
        )
    )
    def on_get(self, req: Request, resp: Response, version: str, name: str) -> None:
        file = self._files.get(name)
        if file is None or version != self._version:
            raise HTTPNotFound
        _answer(req, resp, file, _NEVER_ASKED_FOR_AGAIN)


def _version(folder: Traversable) -> str:
    """Of all files together, by what is in them."""
    files_in_order = sorted(folder.iterdir(), key=lambda file: file.name)
    return _digest(b"".join(file.read_bytes() for file in files_in_order))[:16]


def _file(name: str, content: bytes) -> _File:
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return _File(media_type, content, ETag(_digest(content)[:32]))


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _answer(req: Request, resp: Response, file: _File, cache: str) -> None:
    resp.set_header("Cache-Control", cache)
    resp.etag = file.etag
    if file.etag in (req.if_none_match or ()):
        resp.status = HTTP_304
        return
    resp.content_type = file.media_type
    resp.data = file.content
