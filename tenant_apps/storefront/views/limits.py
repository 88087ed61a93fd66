"""How often a buyer may ask for places through a page, and what a suspicious one is asked.

The same limits, scores and proofs as in the live process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kernel import addresses, askers, limits
from kernel.askers import Asker
from kernel.db import current_schema
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.inventory.domain import Hold
from tenant_apps.queueing import notes, suspicion
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.rules import hold_ms_of

View = Callable[..., HttpResponse]

_SCORE = "_suspicion"


def asks_for_places(view: View) -> View:
    """Count a page's request for places. Refuses with TooMany, which has a page of its own."""

    @wraps(view)
    def counted(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        count_request(request)
        return view(request, *arguments, **named)

    return counted


def count_arrival(request: HttpRequest) -> None:
    """Count a request for a place in a waiting room. Refuses with TooMany."""
    count_request(request, take=inventory.take_arrival_tokens)


def count_request(
    request: HttpRequest, *, take: Callable[..., limits.Verdict] = inventory.take_tokens
) -> None:
    """Take a token of each limit that there is for who asks. Refuses with TooMany.

    The answer to this request says what is left.
    """
    asker = asker_of(request)
    verdict = take(asker, watched=suspicion.keys_of(asker))
    request.added_headers = limits.headers_of(verdict)  # type: ignore[attr-defined]
    if not verdict.allowed:
        queueing.note_refusal(asker, verdict.buckets[verdict.tightest].name)
    verdict.ensure()
    is_vouched_for = verdict.score and queueing.is_trusted_network(asker.network)
    setattr(request, _SCORE, 0 if is_vouched_for else verdict.score)


def ensure_trusted(request: HttpRequest, performance: Performance) -> None:
    """Ask a suspicious buyer for a proof, or to wait, before places are held for the first time.

    After `count_request` or `count_arrival`. Refuses with HoldsRefused, or with ProofNeeded, which
    has a page of its own. Who holds places already was asked then.
    """
    score = getattr(request, _SCORE, 0)
    if score < suspicion.ASK_FROM:
        return
    asker = asker_of(request)
    if not inventory.holds_of_session(performance_id=performance.pk, session=asker.session):
        queueing.ensure_trusted(asker, performance=performance.public_id, score=score)


def hold_ms(request: HttpRequest) -> int:
    """Return how long a new hold of this buyer may live at most; 0: as the sale says."""
    return hold_ms_of(getattr(request, _SCORE, 0))


def note_holds(
    request: HttpRequest, performance_id: int, holds: Iterable[Hold], *, released: str = ""
) -> None:
    """Write down for the scores how holds stand now, or that one was given back."""
    asker = asker_of(request)
    written = [
        notes.held(
            asker,
            performance_id=performance_id,
            hold_id=hold.hold_id,
            until=hold.expires_at,
            places=hold.places,
        )
        for hold in holds
    ]
    if released:
        written.append(notes.released(performance_id, released))
    notes.write(asker.schema_name, written)


def network_of(request: HttpRequest) -> str:
    """Return what limits and lists count by: the caller's address, or network in IPv6."""
    return addresses.prefix_of(
        addresses.client_address(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            trusted_proxies=settings.TRUSTED_PROXIES,
        )
    )


def asker_of(request: HttpRequest) -> Asker:
    """Return who asks, as limits and scores tell people apart."""
    return askers.asker(
        current_schema(),
        session=sessions.ensure(request),
        network=network_of(request),
        said=[request.headers.get(name, "") for name in askers.SAID],
    )
