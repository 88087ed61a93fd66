"""Telling people that a sold-out performance has places again.

What is free is looked at once a minute, whatever made it free: an order that lapsed, a refund, a
hold that was given back, a block that was lifted. So nothing that frees places can forget to tell.
Nobody is given a place by it; whoever comes first has it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from kernel import clock, errors
from kernel.db import delete_in_batches, insert_new
from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries as inventory
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.inventory.services import snapshot
from tenant_apps.notifications import domain, queries
from tenant_apps.notifications.domain import Kind
from tenant_apps.notifications.models import PlaceAlert
from tenant_apps.notifications.services.messages import send_mail_once

log = structlog.get_logger(__name__)

# Who was told counts for their head start, and is of no use after it.
KEEP_TOLD = timedelta(days=1)


def alert_me(*, performance: Performance, email: str, places: int, locale: str) -> None:
    """Tell this mailbox once when so many places are free, and confirm that by a mail now.

    Asked again while it waits, only the number and the language change, and no mail is sent.
    `email` is one that `email_of` has returned.
    """
    now = clock.now()
    wanted = max(1, min(places, domain.MOST_WANTED))
    with transaction.atomic():
        if queries.alerts_of_mailbox(email).count() >= domain.MOST_ALERTS_PER_MAILBOX:
            log.info("too_many_alerts", performance=performance.public_id)
            return
        alert = PlaceAlert(
            performance=performance, email=email, locale=locale, places=wanted, created_at=now
        )
        if insert_new(alert):
            _send(Kind.ALERT_NOTED, alert, performance)
            return
        same = queries.alerts_of_mailbox(email).filter(performance=performance)
        same.update(places=wanted, locale=locale)


def end_alert(alert: PlaceAlert) -> None:
    """Forget the alert with its address."""
    alert.delete()


def tell_waiting() -> int:
    """Tell those who wait, at each performance as many as its free places are worth; how many."""
    now = clock.now()
    waited_for = queries.performances_waited_for(now)
    stock = inventory.stock_of([each.pk for each in waited_for])
    told = 0
    for performance in waited_for:
        # The snapshot also knows of holds, but may have to be loaded.
        if not stock[performance.pk].free:
            continue
        try:
            free = snapshot(performance.pk).places.count(PlaceState.FREE)
        except errors.Unavailable as refusal:
            log.info("free_unknown", performance=performance.public_id, why=refusal.code)
            continue
        told += tell_of_places(performance, free=free, now=now)
    return told


def tell_of_places(performance: Performance, *, free: int, now: datetime) -> int:
    """Tell the next of those who wait for this performance that so many are free; how many."""
    with transaction.atomic():
        # Whoever does the same at this moment waits here, and then finds nobody left to tell.
        waiting = list(queries.untold(performance.pk).select_for_update()[: _looked_at(free)])
        told_lately = queries.places_told_lately(performance.pk, now)
        chosen = set(
            domain.whom_to_tell(
                ((alert.pk, alert.places) for alert in waiting), free=free, told_lately=told_lately
            )
        )
        PlaceAlert.objects.filter(pk__in=chosen).update(told_at=now)
        for alert in waiting:
            if alert.pk in chosen:
                _send(Kind.PLACES_BACK, alert, performance)
    if chosen:
        log.info("places_told", performance=performance.public_id, people=len(chosen), free=free)
    return len(chosen)


def forget_alerts() -> int:
    """Delete alerts that were told of long ago, and those of what has begun; how many."""
    now = clock.now()
    told = PlaceAlert.objects.filter(told_at__lt=now - KEEP_TOLD)
    over = PlaceAlert.objects.filter(performance__starts_at__lt=now)
    return delete_in_batches(told) + delete_in_batches(over)


def _looked_at(free: int) -> int:
    """Return how many of the queue are read: some of them may want more than there is."""
    return min(free, domain.MOST_TOLD_AT_ONCE) * domain.TOLD_PER_PLACE + domain.MOST_TOLD_AT_ONCE


def _send(kind: Kind, alert: PlaceAlert, performance: Performance) -> None:
    send_mail_once(
        kind=kind,
        key=alert.public_id,
        to=alert.email,
        # Written when it is sent, in the reader's language.
        subject="",
        locale=alert.locale,
        context={
            "performance": performance.public_id,
            "places": alert.places,
            **({"stop": queries.alert_link(alert)} if kind is Kind.ALERT_NOTED else {}),
        },
    )
