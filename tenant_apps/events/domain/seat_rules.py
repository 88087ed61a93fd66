"""Which seats may be bought together; how each rule is judged stands in `docs/seat-rules.md`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenant_apps.events.domain.sale import Limits, OutOfBounds

LEAST_TOGETHER_MOST = 10


class SingleSeats(StrEnum):
    """Whether a purchase may leave a free seat of a row without a free neighbour."""

    OFF = "off"
    # Where so many seats cannot be had from among their neighbours without leaving one, it may.
    LENIENT = "lenient"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class SeatRules:
    """What a performance asks of the seats of one purchase."""

    single_seats: SingleSeats = SingleSeats.OFF
    # A companion seat only together with a wheelchair space beside it.
    companions_with_wheelchair: bool = False
    # Each table to one buyer.
    tables_whole: bool = False
    # So many seats of a row side by side at least; 1 asks for nothing.
    least_together: int = 1


NO_RULES = SeatRules()


def ensure_rules_fit(rules: SeatRules, limits: Limits) -> None:
    """Refuse with OutOfBounds a least number that no buyer could reach."""
    most = min(LEAST_TOGETHER_MOST, limits.max_places_per_order, limits.max_places_per_session)
    if not 1 <= rules.least_together <= most:
        raise OutOfBounds(field="least_together", least=1, most=most)
