"""Swagger UI at /docs, its files served from the offapi package."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from falcon import HTTPNotFound, Request, Response

from entrypoints.http import openapi
from entrypoints.http.operation import Access, Answer, Operation, operation

_PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Taskward API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger_style.css">
<div id="swagger-ui"></div>
<script src="/docs/swagger_bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START = f"""
SwaggerUIBundle({{
  url: "{openapi.PATH}",
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
}});
""".encode()
_PACKAGED = ("swagger_bundle.js", "swagger_style.css")
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
_POLICY = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class DocsPageResource:
    @operation(
        Operation(
            id="getDocs",
            summary="Swagger UI",
            access=Access.PUBLIC,
            answer=Answer(200, "The page.", media_type="text/html"),
            listed=False,
        )
    )
    def on_get(self, _req: Request, resp: Response) -> None:
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", _POLICY)
        resp.data = _PAGE


class DocsFileResource:
    def __init__(self) -> None:
        folder = _package_folder("offapi")
        self._packaged = {name: folder / name for name in _PACKAGED}
        for path in self._packaged.values():
            path.stat()  # where a file is missing, the start fails

    @operation(
        Operation(
            id="getDocsFile",
            summary="Swagger UI's files",
            access=Access.PUBLIC,
            answer=Answer(200, "A file."),
            listed=False,
        )
    )
    def on_get(self, _req: Request, resp: Response, name: str) -> None:
        if name == "start.js":
            resp.data = _START
        elif name in self._packaged:
            resp.data = _content(self._packaged[name])
        else:
            raise HTTPNotFound
        resp.content_type = f"{_MEDIA_TYPES[Path(name).suffix]}; charset=utf-8"
        resp.set_header("Cache-Control", "public, max-age=86400")


@cache
def _content(file: Path) -> bytes:
    """Read when first asked for, since most workers never are, and these take 1.8 MB."""
    return file.read_bytes()


def _package_folder(package: str) -> Path:
    """Found without importing it: offapi's import builds all of its pages."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])
