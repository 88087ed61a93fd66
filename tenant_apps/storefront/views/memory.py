"""What the browser keeps of a cart between pages: a sealed cookie.

Places are held in Valkey; which ticket goes to which place and what was typed is only here, so
that nothing is lost when the time runs out and nothing of an abandoned cart is stored by us.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kernel import clock, signing
from kernel.errors import DomainError

PURPOSE = "storefront.cart"
LIFE_S = 6 * 60 * 60
# A cookie has 4 KB; these stay well below it.
MOST_PERFORMANCES = 4
MOST_PLACES = 60
MOST_BYTES = 3_900


@dataclass(slots=True)
class Part:
    """One hold as it was last seen: its performance and a tier for each place."""

    performance: str
    tiers: dict[int, str]


@dataclass(slots=True)
class Memory:
    """The cart's memory. `parts` is by hold id."""

    visited: list[str] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    until: int = 0
    name: str = ""
    email: str = ""
    # The path of the order that these holds became.
    order: str = ""

    def visit(self, performance: str) -> None:
        """Remember that places of this performance may be held."""
        others = [each for each in self.visited if each != performance]
        self.visited = [*others, performance][-MOST_PERFORMANCES:]

    @property
    def count(self) -> int:
        """How many places were held when somebody last looked, while their time runs."""
        if self.until <= clock.now().timestamp():
            return 0
        return sum(len(part.tiers) for part in self.parts.values())


def read(request: HttpRequest) -> Memory:
    """Return what the browser brought along; nothing when it is old, foreign or broken."""
    known = getattr(request, "_cart_memory", None)
    if known is None:
        known = _opened(request.COOKIES.get(settings.CART_COOKIE_NAME, ""))
        request._cart_memory = known  # type: ignore[attr-defined]
    return known


def keep(response: HttpResponse, memory: Memory) -> HttpResponse:
    """Send the memory along with the answer."""
    sealed = signing.encrypt(PURPOSE, json.dumps(_packed(memory), separators=(",", ":")).encode())
    if len(sealed) > MOST_BYTES:
        return response
    response.set_cookie(
        settings.CART_COOKIE_NAME,
        sealed.decode(),
        max_age=LIFE_S,
        httponly=True,
        secure=settings.SECURE,
        samesite="Lax",
    )
    return response


def _packed(memory: Memory) -> dict[str, object]:
    return {
        "v": memory.visited,
        "p": [
            [hold, part.performance, sorted(part.tiers.items())[:MOST_PLACES]]
            for hold, part in memory.parts.items()
        ],
        "u": memory.until,
        "n": memory.name,
        "m": memory.email,
        "o": memory.order,
    }


def _opened(sealed: str) -> Memory:
    if not sealed or len(sealed) > MOST_BYTES or not sealed.isascii():
        return Memory()
    try:
        raw = json.loads(signing.decrypt(PURPOSE, sealed.encode()))
    except (DomainError, ValueError):
        return Memory()
    return Memory(
        visited=raw["v"],
        parts={hold: Part(where, dict(tiers)) for hold, where, tiers in raw["p"]},
        until=raw["u"],
        name=raw["n"],
        email=raw["m"],
        order=raw["o"],
    )
