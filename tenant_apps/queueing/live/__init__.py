"""The waiting rooms in the live process: places, the stream of positions, letting people in."""

from __future__ import annotations

from tenant_apps.queueing.live.doubts import Doubts
from tenant_apps.queueing.live.rooms import Rooms
from tenant_apps.queueing.live.routes import Guest, routes
from tenant_apps.queueing.live.witness import Witness

__all__ = ["Doubts", "Guest", "Rooms", "Witness", "routes"]
