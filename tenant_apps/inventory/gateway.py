"""The sync door to Valkey's holds (web, tasks, API), and what both doors count by."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from kernel import clock
from kernel.askers import Asker
from kernel.limits import Bucket, bucket
from kernel.scripts import AWAY, holds_runner
from kernel.valkey import Call
from tenant_apps.inventory.domain import HoldsDown


def run(call: Call) -> Any:
    """Run one script. Refuses with HoldsDown when the server is away."""
    try:
        return holds_runner().run(call.script, call.keys, (clock.fixed_ms(), *call.arguments))
    except AWAY as error:
        raise HoldsDown(retry_after_s=1) from error


def hold_buckets(asker: Asker) -> list[Bucket]:
    """Return what a request for places takes from: two doors, one limit.

    Every organizer's is the same until a plan says more or less: then it says so here.
    """
    burst, per_s = settings.HOLDS_PER_TENANT_BURST, settings.HOLDS_PER_TENANT_PER_S
    return [*_buckets_of(asker), _bucket(asker.schema_name, "tenant", "", burst, per_s)]


def arrival_buckets(asker: Asker) -> list[Bucket]:
    """Return what a request for a place in a waiting room takes from."""
    burst, per_s = settings.ARRIVALS_PER_TENANT_BURST, settings.ARRIVALS_PER_TENANT_PER_S
    return [*_buckets_of(asker), _bucket(asker.schema_name, "arrivals", "", burst, per_s)]


def _buckets_of(asker: Asker) -> tuple[Bucket, Bucket, Bucket]:
    schema_name = asker.schema_name
    burst, per_s = settings.HOLDS_PER_SESSION_BURST, settings.HOLDS_PER_SESSION_PER_S
    session = _bucket(schema_name, "session", asker.session, burst, per_s)
    burst, per_s = settings.HOLDS_PER_DEVICE_BURST, settings.HOLDS_PER_DEVICE_PER_S
    device = _bucket(schema_name, "device", asker.device, burst, per_s)
    burst, per_s = settings.HOLDS_PER_PREFIX_BURST, settings.HOLDS_PER_PREFIX_PER_S
    prefix = _bucket(schema_name, "prefix", asker.network, burst, per_s)
    return session, device, prefix


# Making a bucket and its key takes longer than asking for it, and who asks once asks again.
@lru_cache(16_384)
def _bucket(schema_name: str, name: str, who: str, burst: int, per_s: float) -> Bucket:
    key = bucket(schema_name, f"hold-{name}", who)
    return Bucket(key, capacity=burst, refill_per_s=per_s, name=name)
