"""The waiting rooms in the live process: places, the stream of positions, letting people in."""

from __future__ import annotations

from tenant_apps.queueing.live.doubts import Doubts
from tenant_apps.queueing.live.rooms import Rooms
from tenant_apps.queueing.live.routes import Guest, routes

__all__ = ["Doubts", "Guest", "Rooms", "routes"]
