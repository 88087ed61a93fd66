"""Comparing Valkey's projection with PostgreSQL's truth, and mending each difference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

import structlog

from tenant_apps.inventory import queries
from tenant_apps.inventory.domain import (
    ClaimedPlace,
    ClaimKind,
    PlaceState,
)
from tenant_apps.inventory.models import Claim
from tenant_apps.inventory.services import projecting
from tenant_apps.inventory.services.holding import snapshot
from tenant_apps.inventory.services.loading import load

log = structlog.get_logger(__name__)

NOWHERE = PlaceState.NOT_ON_SALE
REPORT_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """One place on which the two sides disagree."""

    ordinal: int
    in_valkey: PlaceState
    in_postgresql: PlaceState


def reconcile(performance_id: int) -> list[Difference]:
    """Return what differed, after mending it.

    First each newest claim is told to Valkey again, which does no harm where it was only on its
    way. What no claim explains is mended by loading.
    """
    differences = _compare(performance_id)
    if not differences:
        return []
    for difference in differences[:REPORT_AT_MOST]:
        log.warning(
            "projection_differs",
            performance_id=performance_id,
            ordinal=difference.ordinal,
            in_valkey=difference.in_valkey.name,
            in_postgresql=difference.in_postgresql.name,
        )
    _tell_again(performance_id, [difference.ordinal for difference in differences])
    if _compare(performance_id):
        load(performance_id, again=True)
    return differences


def _compare(performance_id: int) -> list[Difference]:
    """Return each place on which the two sides disagree; a hold over a free place is none.

    Valkey is read first. So what PostgreSQL says and Valkey does not is at worst a claim whose
    settle is on its way.
    """
    seen = snapshot(performance_id).places
    truth = queries.truth_of(performance_id).places
    return [
        Difference(ordinal, PlaceState(theirs), PlaceState(ours))
        # An edited plan may have made one longer than the other.
        for ordinal, (theirs, ours) in enumerate(zip_longest(seen, truth, fillvalue=NOWHERE))
        if theirs != ours and not (theirs == PlaceState.HELD and ours == PlaceState.FREE)
    ]


def _tell_again(performance_id: int, ordinals: list[int]) -> None:
    newest: dict[int, Claim] = {}
    rows = Claim.objects.filter(performance_id=performance_id, ordinal__in=ordinals)
    for claim in rows.order_by("ordinal", "pk"):
        newest[claim.ordinal] = claim
    for kind in ClaimKind:
        live = [
            ClaimedPlace(claim.ordinal, claim.pk)
            for claim in newest.values()
            if claim.is_live and claim.kind == kind
        ]
        projecting.settle(performance_id, live, kind=kind)
    over = [ClaimedPlace(claim.ordinal, claim.pk) for claim in newest.values() if not claim.is_live]
    projecting.free(performance_id, over)
