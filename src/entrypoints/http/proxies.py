"""Who really asks, when reverse proxies that the operator trusts stand in between."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from falcon import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# A server that listens to both writes IPv4 addresses so (RFC 4291, section 2.5.5.2).
_MAPPED = "::ffff:"
_MAPPED_BITS = 96


class TrustedProxies:
    """What a proxy says of a request is believed only if its address is in ``networks``."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(map(_unmapped, networks))

    def address_of(self, env: Mapping[str, Any]) -> str:
        """The nearest address that is no trusted proxy's: an IPv4 address always as such."""
        peer: str = env.get("REMOTE_ADDR", "")
        if not self._networks and not peer.startswith(_MAPPED):
            return peer
        nearest = _parsed(peer)
        if nearest is None:
            return peer
        for hop in reversed(env.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            farther = _parsed(hop.strip()) if self._trusts(nearest) else None
            if farther is None:
                break
            nearest = farther
        return str(nearest)

    def origin_of(self, req: Request) -> str:
        """Scheme and host as the client's browser sees them (RFC 6454, section 6.2)."""
        scheme = req.env["wsgi.url_scheme"]
        if self._networks and self._trusts(_parsed(req.env.get("REMOTE_ADDR", ""))):
            scheme = req.env.get("HTTP_X_FORWARDED_PROTO", scheme)
        return f"{scheme}://{req.env.get('HTTP_HOST', '')}"

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    """None for what is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _unmapped(network: Network) -> Network:
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        first = network.network_address.ipv4_mapped
        if first is not None:
            return IPv4Network((first, network.prefixlen - _MAPPED_BITS))
    return network
