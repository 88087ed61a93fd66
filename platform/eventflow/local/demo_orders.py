"""Accounts at the Stripe double, and orders by the same way that a buyer goes."""

from __future__ import annotations

from itertools import cycle
from unicodedata import normalize
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from eventflow.local.demo_content import GUESTS
from eventflow.local.demo_content.shapes import Organizer
from tenant_apps.checkout import services as checkout
from tenant_apps.checkout.domain import CartPart
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.inventory.sessions import new_session
from tenant_apps.orders.domain import Contact

# How many seats one guest after the other takes.
PARTIES = (2, 4, 3, 1, 4, 2)


def open_account(organizer: Organizer) -> str:
    """Open an account for the organizer at the Stripe double; empty where there is none.

    Stripe itself is never asked: there, people open accounts.
    """
    base = urlsplit(settings.STRIPE_API_BASE)
    if base.hostname not in {"127.0.0.1", "localhost"}:
        return ""
    answer = httpx.post(
        f"{settings.STRIPE_API_BASE}/v1/accounts",
        auth=(settings.STRIPE_API_KEY, ""),
        data={
            "type": "standard",
            "country": organizer.country,
            "email": f"tickets@{organizer.slug}.example",
            "business_profile[name]": organizer.name,
        },
        timeout=settings.STRIPE_TIMEOUT_S,
        trust_env=False,
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


def sell_out(performance: Performance, *, tier: str) -> int:
    """Have every free place ordered, some at a time; how many orders that took."""
    snapshot = inventory.snapshot(performance.pk)
    free = [ordinal for ordinal, state in enumerate(snapshot.places) if state == PlaceState.FREE]
    guests, parties = cycle(GUESTS), cycle(PARTIES)
    count = 0
    while free:
        party = next(parties)
        _order(performance, free[:party], tier, guest=next(guests))
        free = free[party:]
        count += 1
    return count


def _order(performance: Performance, ordinals: list[int], tier: str, *, guest: str) -> None:
    session = new_session()
    hold = inventory.hold_places(performance_id=performance.pk, session=session, ordinals=ordinals)
    part = CartPart(
        performance_id=performance.pk,
        hold_id=hold.hold_id,
        tiers=dict.fromkeys(ordinals, tier),
    )
    contact = Contact(email=_address(guest), name=guest)
    checkout.start_checkout(session=session, parts=[part], contact=contact)


def _address(name: str) -> str:
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"{plain.replace(' ', '.').replace(chr(39), '')}@mail.example"
