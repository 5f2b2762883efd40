"""Conditional requests (RFC 9110, section 13.1.2) for what is counted in versions."""

import re

from falcon import Request

# As entity_tag writes it. No digits are looked at beyond those that a version can have.
_VERSION = re.compile(r"0|[1-9][0-9]{0,17}")


class IfNoneMatch:
    """The versions that the client has; ``"7"`` is the entity tag of the seventh."""

    __slots__ = ("_any", "versions")

    def __init__(self, req: Request) -> None:
        self.versions: tuple[int, ...] = ()
        self._any = False
        if "HTTP_IF_NONE_MATCH" in req.env:
            tags = req.if_none_match or []
            self._any = "*" in tags
            self.versions = tuple(int(tag) for tag in tags if _VERSION.fullmatch(tag))

    def matches(self, version: int) -> bool:
        return self._any or version in self.versions


def entity_tag(version: int) -> str:
    return f'"{version}"'
