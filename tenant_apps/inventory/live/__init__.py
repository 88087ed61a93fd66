"""What the live process serves of a performance: availability, holds, the event stream.

No Django request machinery and no ORM on the hot path; the same scripts as the sync door.
"""

from __future__ import annotations

from tenant_apps.inventory.live.hall import Hall
from tenant_apps.inventory.live.routes import routes

__all__ = ["Hall", "routes"]
