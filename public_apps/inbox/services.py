"""Each provider event once: stored under its unique id, answered, then applied by a task.

The body goes into the tenant's schema first and the envelope after it; each is written once, so a
crash between them is made good when the provider sends the event again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Q

from kernel import clock, errors
from kernel.db import BATCH, MOST_BATCHES, insert_new, public_context, tenant_context
from kernel.tasks import send
from public_apps.inbox.models import Envelope, Route
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantState

log = structlog.get_logger(__name__)

# Two may have the same one at once without harm. So the lease is only as long as the work usually
# takes, and what a killed worker had in hand waits for half a minute.
LEASE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
SWEEP_AT_MOST = 500

TAKE = """
    UPDATE inbox_envelope SET lease_until = %s, attempts = attempts + 1
    WHERE id = %s AND applied_at IS NULL AND schema_name <> ''
        AND (lease_until IS NULL OR lease_until < %s)
    RETURNING provider, schema_name, event_id
"""


@dataclass(frozen=True, slots=True)
class Handler:
    """Who keeps a provider's bodies, and the tenant task that applies one (`event_id=`)."""

    store_body: Callable[..., None]
    forget_bodies: Callable[[list[str]], None]
    task_name: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One envelope, leased."""

    envelope_id: int
    schema_name: str
    event_id: str
    task_name: str


class AccountTaken(errors.Conflict):
    code = "account_taken"
    message = "This account belongs to another organizer already."


_handlers: dict[str, Handler] = {}


def register(
    provider: str,
    *,
    store_body: Callable[..., None],
    forget_bodies: Callable[[list[str]], None],
    task_name: str,
) -> None:
    """Name the keeper and the handler of a provider's events. Called in `AppConfig.ready()`."""
    _handlers[provider] = Handler(
        store_body=store_body, forget_bodies=forget_bodies, task_name=task_name
    )


def route_account(*, provider: str, account: str, schema_name: str) -> None:
    """Let the events of this account go to this tenant. An account never changes its owner."""
    with public_context():
        route, made = Route.objects.get_or_create(
            provider=provider, account=account, defaults={"schema_name": schema_name}
        )
        if not made and route.schema_name != schema_name:
            raise AccountTaken(provider=provider)


def receive(*, provider: str, event: dict[str, Any]) -> bool:
    """Keep a verified event and send it on its way; False when it had come before."""
    account = str(event.get("account") or "")
    with public_context():
        schema_name = _schema_of(provider, account)
        if schema_name:
            with tenant_context(schema_name):
                _handlers[provider].store_body(
                    event_id=event["id"], type=event["type"], account=account, body=event
                )
        envelope = Envelope(
            provider=provider,
            event_id=event["id"],
            event_type=event["type"][:100],
            account=account[:64],
            schema_name=schema_name,
            received_at=clock.now(),
        )
        is_new = insert_new(envelope)
        if not is_new:
            envelope = Envelope.objects.get(provider=provider, event_id=event["id"])
        if schema_name and not envelope.schema_name:
            # It came before its account was connected, and lay there: now it has an owner.
            envelope.schema_name = schema_name
            Envelope.objects.filter(pk=envelope.pk, schema_name="").update(schema_name=schema_name)
        if not schema_name:
            log.warning("event_of_unknown_account", provider=provider, event_id=event["id"])
        elif envelope.applied_at is None:
            send("inbox.apply", {"envelope_id": envelope.pk})
    return is_new


def lease(*, envelope_id: int) -> Letter | None:
    """Take an envelope for one attempt; None when it is applied or in other hands."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [now + LEASE, envelope_id, now])
        taken = cursor.fetchone()
    if taken is None:
        return None
    provider, schema_name, event_id = taken
    return Letter(
        envelope_id=envelope_id,
        schema_name=schema_name,
        event_id=event_id,
        task_name=_handlers[provider].task_name,
    )


def record_applied(*, envelope_id: int) -> None:
    """Note that the event has had its effect."""
    Envelope.objects.filter(pk=envelope_id).update(
        applied_at=clock.now(), lease_until=None, error=""
    )


def record_failed(*, envelope_id: int, error: str) -> None:
    """Note the failure and wait longer each time before the sweep tries again."""
    envelope = Envelope.objects.get(pk=envelope_id)
    wait = min(timedelta(seconds=2 ** min(envelope.attempts, 12)), LONGEST_WAIT)
    Envelope.objects.filter(pk=envelope_id).update(
        lease_until=clock.now() + wait, error=error[:300]
    )


def sweep() -> int:
    """Send again what is unapplied and in nobody's hands; how many that were."""
    now = clock.now()
    late = Q(lease_until__lt=now) | Q(
        lease_until__isnull=True, received_at__lt=now - timedelta(seconds=10)
    )
    waiting = Envelope.objects.filter(late, applied_at__isnull=True).exclude(schema_name="")
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:SWEEP_AT_MOST])
    for envelope_id in ids:
        send("inbox.apply", {"envelope_id": envelope_id})
    return len(ids)


def forget_applied() -> int:
    """Delete old events that had their effect, or no owner; how many. One that waits stays.

    A body goes before its envelope: after a crash between them the envelope is found again.
    """
    before = clock.now() - timedelta(days=settings.KEEP_PROVIDER_EVENTS_DAYS)
    old = Envelope.objects.filter(
        Q(applied_at__isnull=False) | Q(schema_name=""), received_at__lt=before
    ).order_by("pk")
    deleted = 0
    for _ in range(MOST_BATCHES):
        batch = list(old[:BATCH])
        bodies: dict[tuple[str, str], list[str]] = defaultdict(list)
        for envelope in batch:
            bodies[envelope.schema_name, envelope.provider].append(envelope.event_id)
        for (schema_name, provider), event_ids in bodies.items():
            tenant = tenants.find_tenant(schema_name) if schema_name else None
            if tenant is not None and tenant.state is not TenantState.ERASED:
                with tenant_context(schema_name):
                    _handlers[provider].forget_bodies(event_ids)
        Envelope.objects.filter(pk__in=[envelope.pk for envelope in batch]).delete()
        deleted += len(batch)
        if len(batch) < BATCH:
            break
    return deleted


def _schema_of(provider: str, account: str) -> str:
    routes = Route.objects.filter(provider=provider, account=account)
    schema_name = routes.values_list("schema_name", flat=True).first() if account else None
    if schema_name is None:
        return ""
    # A suspended tenant's money still counts; an erased one has no schema to write to.
    tenant = tenants.find_tenant(schema_name)
    gone = tenant is None or tenant.state is TenantState.ERASED
    return "" if gone else schema_name
