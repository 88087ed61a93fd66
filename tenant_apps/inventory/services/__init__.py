"""Whether a place can be had: holds in Valkey, claims in PostgreSQL, and keeping both in step."""

from __future__ import annotations

from tenant_apps.inventory.services.claiming import (
    block_places,
    claim_places,
    release_claims,
    unblock_places,
)
from tenant_apps.inventory.services.finding import best_free, hold_best, hold_one_more
from tenant_apps.inventory.services.holding import (
    change_hold,
    extend_hold,
    find_hold,
    hold_area,
    hold_places,
    hold_places_again,
    holds_of_session,
    keep_for_checkout,
    release_hold,
    snapshot,
    take_arrival_tokens,
    take_tokens,
)
from tenant_apps.inventory.services.loading import (
    PATIENCE_MS,
    begin_load,
    finish_load,
    load,
    new_epoch,
    refresh_sale,
)
from tenant_apps.inventory.services.projecting import free, record_settled, settle
from tenant_apps.inventory.services.reconciling import Difference, reconcile

__all__ = [
    "PATIENCE_MS",
    "Difference",
    "begin_load",
    "best_free",
    "block_places",
    "change_hold",
    "claim_places",
    "extend_hold",
    "find_hold",
    "finish_load",
    "free",
    "hold_area",
    "hold_best",
    "hold_one_more",
    "hold_places",
    "hold_places_again",
    "holds_of_session",
    "keep_for_checkout",
    "load",
    "new_epoch",
    "reconcile",
    "record_settled",
    "refresh_sale",
    "release_claims",
    "release_hold",
    "settle",
    "snapshot",
    "take_arrival_tokens",
    "take_tokens",
    "unblock_places",
]
