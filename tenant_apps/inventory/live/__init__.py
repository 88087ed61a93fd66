"""What the live process serves of a performance: availability, holds, the event stream.

No Django request machinery and no ORM on the hot path; the same scripts as the sync door.
"""

from __future__ import annotations

from tenant_apps.inventory.live import best
from tenant_apps.inventory.live import routes as plain
from tenant_apps.inventory.live.gate import Gate
from tenant_apps.inventory.live.hall import Hall
from tenant_apps.inventory.live.requests import ensure_may_arrive, network_of, visit
from tenant_apps.inventory.live.routes import find_hot, free_places

routes = [*plain.routes, *best.routes]

__all__ = [
    "Gate",
    "Hall",
    "ensure_may_arrive",
    "find_hot",
    "free_places",
    "network_of",
    "routes",
    "visit",
]
