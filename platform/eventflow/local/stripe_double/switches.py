"""What a test or a developer can switch: how webhooks travel, how API calls go wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from .refusals import invalid

Kind = Literal["error", "timeout", "drop"]
When = Literal["before", "after"]


@dataclass(slots=True)
class Fault:
    """The next `count` calls of an operation ("*" is any) go wrong before or after they ran.

    error: answered with `status`; drop: the connection is cut without an answer; timeout: cut
    after `seconds`, longer than the caller waits. After execution the work is done and remembered
    under its idempotency key; an error is then what is replayed, as Stripe replays its own 500s.
    """

    operation: str = "*"
    kind: Kind = "error"
    when: When = "before"
    count: int = 1
    status: int = 500
    seconds: float = 30.0


@dataclass(slots=True)
class Travel:
    """How deliveries travel. The `…_next` counters count down; the rest stays until changed."""

    delay_s: float = 0.0
    repeat: int = 0
    paused: bool = False
    drop_next: int = 0
    hold_next: int = 0
    reorder_next: int = 0
    retry_base_s: float = 2.0
    max_attempts: int = 10
    timeout_s: float = 10.0


@dataclass(slots=True)
class Switches:
    travel: Travel = field(default_factory=Travel)
    faults: list[Fault] = field(default_factory=list)
    latency_s: float = 0.0

    def fault_for(self, operation: str) -> Fault | None:
        """Take the next fault that is meant for the operation."""
        for fault in self.faults:
            if fault.operation in ("*", operation):
                fault.count -= 1
                if fault.count <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    @property
    def shown(self) -> dict[str, Any]:
        return asdict(self)


def changed(present: Any, given: dict[str, Any]) -> None:
    """Set the given fields of a switch. Refuses unknown names and values of another type."""
    known = {field.name for field in fields(present)}
    for name, value in given.items():
        if name not in known:
            raise invalid(f"Unknown switch: {name}. Known: {', '.join(sorted(known))}", param=name)
        now = getattr(present, name)
        wanted = (int, float) if isinstance(now, float) else (type(now),)
        if not isinstance(value, wanted) or (isinstance(value, bool) != isinstance(now, bool)):
            raise invalid(f"{name} must be of type {type(now).__name__}.", param=name)
        if isinstance(value, int | float) and value < 0:
            raise invalid(f"{name} must not be negative.", param=name)
        setattr(present, name, value)


def fault(given: dict[str, Any]) -> Fault:
    """Return the fault that was described. Refuses what is none."""
    made = Fault()
    changed(made, given)
    if made.kind not in ("error", "timeout", "drop"):
        raise invalid("kind must be error, timeout or drop.", param="kind")
    if made.when not in ("before", "after"):
        raise invalid("when must be before or after.", param="when")
    if not 400 <= made.status <= 599 or made.count < 1:
        raise invalid("status must be 400 to 599, count at least 1.", param="status")
    return made
