"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

UNKNOWN = "unknown"
# One IPv6 customer owns at least a /64; behind one IPv4 address there may be many people already.
IPV6_PREFIX = 64


def client_address(peer: str, forwarded_for: str, *, trusted_proxies: int) -> str:
    """Return the caller's address: the peer's, or what the outermost trusted proxy noted.

    Each proxy appends to X-Forwarded-For whom it was called by, so only the last
    `trusted_proxies` entries were written by somebody we know; the rest is anybody's claim.
    """
    noted = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    if trusted_proxies and noted:
        return noted[-min(trusted_proxies, len(noted))]
    return peer


@lru_cache(16_384)
def prefix_of(address: str) -> str:
    """Return what limits count by: an IPv4 address, an IPv6 /64, or `unknown`."""
    try:
        parsed = ip_address(address.strip().strip("[]").split("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)
