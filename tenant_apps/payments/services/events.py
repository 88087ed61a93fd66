from __future__ import annotations

from typing import Any

from kernel import clock
from kernel.db import insert_new
from tenant_apps.payments.models import ProviderEvent


def store_provider_event(
    *,
    event_id: str,
    type: str,  # noqa: A002 - the inbox calls by name
    account: str,
    body: dict[str, Any],
) -> None:
    """Keep the body of an event, once; the first one stands."""
    insert_new(
        ProviderEvent(
            event_id=event_id,
            type=type[:100],
            account=account[:64],
            body=body,
            received_at=clock.now(),
        )
    )


def forget_provider_events(event_ids: list[str]) -> None:
    """Delete the bodies of events that had their effect."""
    ProviderEvent.objects.filter(event_id__in=event_ids).delete()
