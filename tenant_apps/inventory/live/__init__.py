"""What the live process serves of a performance: availability, holds, the event stream.

No Django request machinery and no ORM on the hot path; the same scripts as the sync door.
"""

from __future__ import annotations

from tenant_apps.inventory.live import best
from tenant_apps.inventory.live import routes as plain
from tenant_apps.inventory.live.hall import Hall

routes = [*plain.routes, *best.routes]

__all__ = ["Hall", "routes"]
