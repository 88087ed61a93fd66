"""Claims: PostgreSQL's last word on who has a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from kernel import clock
from public_apps.audit import services as audit
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries
from tenant_apps.inventory.domain import (
    SETTLER,
    Claimed,
    ClaimedPlace,
    ClaimKind,
    PlaceUnknown,
    SeatsTaken,
)
from tenant_apps.inventory.models import Block, Claim

# A block of a whole stand is one request; a plan has at most 200,000 places.
BATCH = 5_000

# In the order of places. Whoever has one of them at this moment is waited for; a place that is
# somebody's then is not in the answer.
CLAIM = """
    INSERT INTO inventory_claim (performance_id, ordinal, kind, order_ref, block_id, made_at)
    SELECT %s, ordinal, %s, %s, %s::bigint, %s FROM unnest(%s::int[]) AS ordinal ORDER BY ordinal
    ON CONFLICT DO NOTHING RETURNING ordinal, id
"""

# Ids are taken before the unique index is asked. While one insert waited there, a newer id may have
# been committed for the place and released. Loading, the reconciler and the fence take the newest
# id for the last word, so a claim that was overtaken takes another. Nobody can do so after it: who
# wants the place now waits for this transaction.
RENEW_OVERTAKEN = """
    UPDATE inventory_claim AS ours SET id = DEFAULT
    WHERE id = ANY(%s) AND EXISTS (
        SELECT FROM inventory_claim AS later WHERE later.performance_id = ours.performance_id
        AND later.ordinal = ours.ordinal AND later.id > ours.id)
    RETURNING ordinal, id
"""


def claim_places(*, performance_id: int, ordinals: Iterable[int], order_ref: str) -> Claimed:
    """Give every place to the order, or none of them; in the caller's transaction.

    Refuses with SeatsTaken when a place has a live claim already, and the transaction must end
    with it: some of the places may be the order's by then. The caller settles after the
    commit (`settle`, `record_settled`); where it does not come to that, the fact `claims.made`
    makes sure that Valkey hears of the places.
    """
    places = _claim(
        performance_id=performance_id,
        ordinals=ordinals,
        kind=ClaimKind.ALLOCATION,
        order_ref=order_ref,
        block=None,
        now=clock.now(),
    )
    fact_id = outbox.publish(
        kind="claims.made",
        subject=str(performance_id),
        payload=_told(performance_id, places, ClaimKind.ALLOCATION),
        but=SETTLER,
    )
    return Claimed(places=places, fact_id=fact_id)


def release_claims(*, order_ref: str) -> dict[int, list[ClaimedPlace]]:
    """Take all places from an order, in the caller's transaction; which, by performance."""
    now = clock.now()
    released: dict[int, list[ClaimedPlace]] = {}
    # Locked in one global order, as they were made.
    rows = Claim.objects.live().filter(order_ref=order_ref)
    for claim in rows.order_by("performance_id", "ordinal").select_for_update():
        released.setdefault(claim.performance_id, []).append(ClaimedPlace(claim.ordinal, claim.pk))
    for performance_id, places in released.items():
        Claim.objects.filter(pk__in=[place.claim_id for place in places]).update(released_at=now)
        _publish("claims.released", performance_id, places, ClaimKind.ALLOCATION)
    return released


def block_places(
    *, performance_id: int, ordinals: Iterable[int], reason: str, actor: Actor
) -> Block:
    """Keep places from the sale. Refuses with SeatsTaken or PlaceUnknown; all or none."""
    actor.ensure(Permission.INVENTORY_BLOCK)
    now = clock.now()
    wanted = sorted(set(ordinals))
    with transaction.atomic(durable=True):
        performance = Performance.objects.select_for_update(of=("self",), no_key=True).get(
            pk=performance_id
        )
        size = len(queries.base_places(performance_id))
        if wanted and not 0 <= wanted[0] <= wanted[-1] < size:
            raise PlaceUnknown(field="places", places=size)
        block = Block.objects.create(
            performance=performance, reason=reason[:120], made_by=actor.name[:160], made_at=now
        )
        for start in range(0, len(wanted), BATCH):
            places = _claim(
                performance_id=performance_id,
                ordinals=wanted[start : start + BATCH],
                kind=ClaimKind.BLOCK,
                order_ref="",
                block=block,
                now=now,
            )
            _publish("claims.made", performance_id, places, ClaimKind.BLOCK)
        audit.record(
            action="places.blocked",
            actor=actor,
            subject=performance.public_id,
            block=block.public_id,
            reason=reason,
            count=len(wanted),
        )
    return block


def unblock_places(*, block_id: str, ordinals: Iterable[int] | None = None, actor: Actor) -> int:
    """Let blocked places be sold again, all of the block or some; how many."""
    actor.ensure(Permission.INVENTORY_BLOCK)
    now = clock.now()
    with transaction.atomic(durable=True):
        claims = Claim.objects.live().filter(block__public_id=block_id)
        if ordinals is not None:
            claims = claims.filter(ordinal__in=list(ordinals))
        rows = list(claims.order_by("performance_id", "ordinal").select_for_update())
        places = [ClaimedPlace(claim.ordinal, claim.pk) for claim in rows]
        if not rows:
            return 0
        Claim.objects.filter(pk__in=[claim.pk for claim in rows]).update(released_at=now)
        for start in range(0, len(places), BATCH):
            _publish(
                "claims.released",
                rows[0].performance_id,
                places[start : start + BATCH],
                ClaimKind.BLOCK,
            )
        audit.record(action="places.unblocked", actor=actor, subject=block_id, count=len(places))
    return len(places)


def _claim(
    *,
    performance_id: int,
    ordinals: Iterable[int],
    kind: ClaimKind,
    order_ref: str,
    block: Block | None,
    now: datetime,
) -> list[ClaimedPlace]:
    # One global order, so that buyers who want the same places queue and never deadlock.
    wanted = sorted(set(ordinals))
    block_id = block.pk if block else None
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [performance_id, kind.value, order_ref, block_id, now, wanted])
        claims: dict[int, int] = dict(cursor.fetchall())
    if len(claims) < len(wanted):
        # Who asks for all or nothing ends the transaction by this.
        taken = queries.taken_among(performance_id=performance_id, ordinals=wanted)
        raise SeatsTaken(places=[place for place in taken if place not in claims])
    claims |= _renew_overtaken(claims.values())
    return [ClaimedPlace(ordinal, claims[ordinal]) for ordinal in wanted]


def _renew_overtaken(claim_ids: Iterable[int]) -> dict[int, int]:
    """Let each claim have the newest id of its place; the new ones, by ordinal."""
    with connection.cursor() as cursor:
        cursor.execute(RENEW_OVERTAKEN, [list(claim_ids)])
        return dict(cursor.fetchall())


def _publish(
    fact: str, performance_id: int, places: Sequence[ClaimedPlace], kind: ClaimKind
) -> None:
    outbox.publish(
        kind=fact,
        subject=str(performance_id),
        payload=_told(performance_id, places, kind),
    )


def _told(
    performance_id: int, places: Sequence[ClaimedPlace], kind: ClaimKind
) -> dict[str, object]:
    """Return what the tasks of `claims.made` and `claims.released` are called with."""
    return {
        "performance_id": performance_id,
        "kind": str(kind),
        "places": [[place.ordinal, place.claim_id] for place in places],
    }
