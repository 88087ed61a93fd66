"""Time in the simulation: it stands still, and whoever sleeps moves it on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kernel import clock
from tenant_apps.inventory.services import loading


class SimulatedTime:
    """Stands in for `kernel.clock` and, where holds wait for each other, for `time`."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Be the machine's present moment, as Stripe's double is after a reset."""
        self.moment = datetime.now(UTC)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(clock, "now", lambda: self.moment)
        patch.setattr(clock, "fixed_ms", self.ms)
        patch.setattr(loading, "time", self)

    def ms(self) -> int:
        return int(self.moment.timestamp() * 1000)

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
