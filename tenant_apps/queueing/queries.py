"""The rules of a performance's waiting room, as PostgreSQL has them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet

from kernel.db import current_schema
from tenant_apps.queueing.domain import Mode, Rules
from tenant_apps.queueing.models import Room

# How long after a performance Valkey still knows its room.
REMEMBERED = timedelta(days=1)


def find_rules(performance_id: int) -> Rules | None:
    """Return the rules; None where no room is configured or it is switched off."""
    room = _rooms().filter(performance_id=performance_id).first()
    return rules_of(room) if room else None


def has_room(performance_id: int) -> bool:
    """Whether there is a room that is not switched off: the smallest question, for every order."""
    return Room.objects.filter(performance_id=performance_id).exclude(mode=Mode.OFF).exists()


def rooms_of(performance_ids: Collection[int]) -> dict[int, Rules]:
    """Return the rules of these performances' rooms, of those that are not switched off."""
    if not performance_ids:
        # Most pages have no sale that is still to open.
        return {}
    found = _rooms().filter(performance_id__in=performance_ids)
    return {room.performance_id: rules_of(room) for room in found}


def find_room(performance_id: int) -> Room | None:
    """Return the room as it is configured, also one that is switched off."""
    return Room.objects.filter(performance_id=performance_id).first()


def _rooms() -> QuerySet[Room]:
    return (
        Room.objects.select_related("performance")
        .only(
            *("mode", "waits_from", "per_minute", "most_inside", "lease_seconds", "round"),
            *("opened_at", "seed", "performance__sale_opens_at", "performance__sale_closes_at"),
            "performance__ends_at",
        )
        .exclude(mode=Mode.OFF)
    )


def rules_of(room: Room) -> Rules:
    """Return the rules of a room whose performance is at hand."""
    performance = room.performance
    # Once it was shuffled, a sale that is moved changes nothing about who came before.
    opens_at = room.opened_at or performance.sale_opens_at
    starts = {Mode.TIME: room.waits_from, Mode.LOAD: opens_at}
    begins_at = starts.get(Mode(room.mode))
    return Rules(
        schema_name=current_schema(),
        performance_id=room.performance_id,
        round=room.round,
        mode=Mode(room.mode),
        from_ms=_ms(begins_at) if begins_at else 0,
        opens_ms=_ms(opens_at),
        until_ms=_ms(performance.sale_closes_at),
        forget_ms=_ms(performance.ends_at + REMEMBERED),
        seed=room.seed,
        per_minute=room.per_minute,
        most_inside=room.most_inside,
        lease_ms=room.lease_seconds * 1000,
    )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
