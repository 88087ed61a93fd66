"""The sync door to Valkey's holds (web, tasks, API), and what both doors count by."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings

from kernel import clock
from kernel.limits import Bucket, bucket
from kernel.scripts import AWAY, ScriptRunner
from tenant_apps.inventory.domain import HoldsDown
from tenant_apps.inventory.holds import Call


@cache
def runner() -> ScriptRunner:
    """Return this process's connections to the holds' server."""
    return ScriptRunner(settings.HOLDS_URL)


def run(call: Call) -> Any:
    """Run one script. Refuses with HoldsDown when the server is away."""
    try:
        return runner().run(call.script, call.keys, (clock.fixed_ms(), *call.arguments))
    except AWAY as error:
        raise HoldsDown(retry_after_s=1) from error


def hold_buckets(schema_name: str, session: str, network: str) -> list[Bucket]:
    """Return what a request for places takes from: two doors, one limit."""
    return [
        Bucket(
            bucket(schema_name, "hold-session", session),
            capacity=settings.HOLDS_PER_SESSION_BURST,
            refill_per_s=settings.HOLDS_PER_SESSION_PER_S,
        ),
        Bucket(
            bucket(schema_name, "hold-prefix", network),
            capacity=settings.HOLDS_PER_PREFIX_BURST,
            refill_per_s=settings.HOLDS_PER_PREFIX_PER_S,
        ),
    ]
