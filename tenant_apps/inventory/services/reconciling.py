"""Comparing Valkey's projection with PostgreSQL's truth, and mending each difference."""

from __future__ import annotations

from dataclasses import dataclass

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

CLAIMED = frozenset({PlaceState.SOLD, PlaceState.BLOCKED})
REPORT_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """One place on which the two sides disagree."""

    ordinal: int
    in_valkey: PlaceState
    in_postgresql: PlaceState


def reconcile(performance_id: int) -> list[Difference]:
    """Return what differed, after mending it.

    Valkey is read first: what PostgreSQL says later and Valkey not yet is a claim whose settle is
    on its way, and settling it again does no harm. A hold over a free place is no difference.
    """
    seen = snapshot(performance_id)
    truth = queries.truth_of(performance_id)
    if len(seen.places) != len(truth.places):
        load(performance_id, again=True)
        return [Difference(-1, PlaceState(0), PlaceState(0))]
    differences = [
        Difference(ordinal, PlaceState(theirs), PlaceState(ours))
        for ordinal, (theirs, ours) in enumerate(zip(seen.places, truth.places, strict=True))
        if theirs != ours and not (theirs == PlaceState.HELD and ours == PlaceState.FREE)
    ]
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
    if not _mend(performance_id, differences):
        load(performance_id, again=True)
    return differences


def _mend(performance_id: int, differences: list[Difference]) -> bool:
    """Tell Valkey each newest claim again; False when that cannot explain the difference."""
    newest: dict[int, Claim] = {}
    ordinals = [difference.ordinal for difference in differences]
    rows = Claim.objects.filter(performance_id=performance_id, ordinal__in=ordinals)
    for claim in rows.order_by("ordinal", "pk"):
        newest[claim.ordinal] = claim
    explained = True
    for kind in ClaimKind:
        live = [
            ClaimedPlace(claim.ordinal, claim.pk)
            for claim in newest.values()
            if claim.is_live and claim.kind == kind
        ]
        explained = projecting.settle(performance_id, live, kind=kind) == len(live) and explained
    over = [ClaimedPlace(claim.ordinal, claim.pk) for claim in newest.values() if not claim.is_live]
    projecting.free(performance_id, over)
    return explained and len(newest) == len(differences) and not over
