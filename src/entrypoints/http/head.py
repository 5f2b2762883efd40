from typing import Any

from falcon.routing import CompiledRouter


class RouterWithHead(CompiledRouter):
    """HEAD wherever there is GET (RFC 9110, section 9.3.2); Falcon leaves out the body."""

    def map_http_methods(self, resource: object, **options: Any) -> dict[str, Any]:
        methods = super().map_http_methods(resource, **options)
        return {**methods, "HEAD": methods["GET"]} if "GET" in methods else methods
