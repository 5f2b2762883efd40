"""Who really asks, when reverse proxies that the operator trusts stand in between."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from falcon import Request

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """What a proxy says of a request is believed only if its address is in ``networks``."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)

    def address_of(self, req: Request) -> str:
        """The nearest address that is no trusted proxy's."""
        address: str = req.env.get("REMOTE_ADDR", "")
        if not self._networks or not self._trusts(address):
            return address
        hops = [hop.strip() for hop in req.env.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        for hop in reversed(hops):
            if not _is_address(hop):
                break
            address = hop
            if not self._trusts(hop):
                break
        return address

    def origin_of(self, req: Request) -> str:
        """Scheme and host as the client's browser sees them (RFC 6454, section 6.2)."""
        scheme = req.env["wsgi.url_scheme"]
        if self._networks and self._trusts(req.env.get("REMOTE_ADDR", "")):
            scheme = req.env.get("HTTP_X_FORWARDED_PROTO", scheme)
        return f"{scheme}://{req.env.get('HTTP_HOST', '')}"

    def _trusts(self, address: str) -> bool:
        if not _is_address(address):
            return False
        parsed = ip_address(address)
        return any(parsed in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
