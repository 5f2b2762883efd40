from typing import Any

from falcon.routing import CompiledRouter


class RouterWithHead(CompiledRouter):
    """HEAD wherever there is GET (RFC 9110, section 9.3.2); Falcon leaves out the body.

    Authentication guards it as it does GET.
    """

    def map_http_methods(self, resource: object, **options: Any) -> dict[str, Any]:
        methods = super().map_http_methods(resource, **options)
        return {"HEAD": methods["GET"], **methods} if "GET" in methods else methods
