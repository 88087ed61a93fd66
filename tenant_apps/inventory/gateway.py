"""The sync door to Valkey's holds: for the web processes, the tasks and the API."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings

from kernel import clock
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
