"""The page at /: static files that lie in this package, read once and served from memory."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from falcon import HTTP_304, ETag, HTTPNotFound, Request, Response

from entrypoints.http.operation import Access, Answer, Operation, operation

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Trusted types on top: no text ever becomes markup, not even by a mistake in the page's own code.
_POLICY = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str
    content: bytes
    etag: ETag


class WebPageResource:
    def __init__(self) -> None:
        self._page = _read(_PAGE)

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
        _answer(req, resp, self._page)


class WebAssetResource:
    def __init__(self) -> None:
        folder = files("entrypoints") / "web"
        names = sorted(file.name for file in folder.iterdir() if file.is_file())
        self._files = {name: _read(name) for name in names if name != _PAGE}

    @operation(
        Operation(
            id="getPageFile",
            summary="What the page is made of",
            access=Access.PUBLIC,
            answer=Answer(200, "A file."),
            listed=False,
        )
    )
    def on_get(self, req: Request, resp: Response, name: str) -> None:
        file = self._files.get(name)
        if file is None:
            raise HTTPNotFound
        _answer(req, resp, file)


def _read(name: str) -> _File:
    content = (files("entrypoints") / "web" / name).read_bytes()
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return _File(media_type, content, ETag(sha256(content).hexdigest()[:32]))


def _answer(req: Request, resp: Response, file: _File) -> None:
    """Kept by the browser, but asked for anew each time: modules of two releases never mix."""
    resp.set_header("Cache-Control", "no-cache")
    resp.etag = file.etag
    if file.etag in (req.if_none_match or ()):
        resp.status = HTTP_304
        return
    resp.content_type = file.media_type
    resp.data = file.content
