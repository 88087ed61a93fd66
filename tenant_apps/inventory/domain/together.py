"""The rules of which seats go together, for a search that wants no seats the scripts would refuse.

The scripts decide (`lua/_rules.lua`); this is the same in Python, for a hold that is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tenant_apps.events.domain import SeatRules, SingleSeats
from tenant_apps.venues.domain import Mark


def go_together(
    seating: bytes, is_free: Callable[[int], bool], wanted: Sequence[int], rules: SeatRules
) -> bool:
    """Return whether the rules allow these free seats as one hold."""
    return _Look(seating, is_free, frozenset(wanted)).is_allowed(rules)


class _Look:
    """The seats around the wanted ones, before and after they are held."""

    def __init__(
        self, seating: bytes, is_free: Callable[[int], bool], wanted: frozenset[int]
    ) -> None:
        self._seating = seating
        self._is_free = is_free
        self._wanted = wanted

    def is_allowed(self, rules: SeatRules) -> bool:
        return not (
            (rules.companions_with_wheelchair and self._has_lonely_companion())
            or (rules.tables_whole and self._has_broken_table())
            or (rules.least_together > 1 and self._has_short_run(rules.least_together))
            or (rules.single_seats != SingleSeats.OFF and self._leaves_alone(rules.single_seats))
        )

    def _has_lonely_companion(self) -> bool:
        return any(
            not any(at in self._wanted and self._is(at, Mark.WHEELCHAIR) for at in self._stretch(o))
            for o in self._marked(Mark.COMPANION)
        )

    def _has_broken_table(self) -> bool:
        return any(self._stays(at) for o in self._marked(Mark.TABLE) for at in self._stretch(o))

    def _has_short_run(self, least: int) -> bool:
        for first in self._marked(Mark.SEAT):
            if self._left(first) in self._wanted:
                continue
            last = first
            while (beside := self._right(last)) in self._wanted and beside is not None:
                last = beside
            goes_on = self._was_free(self._left(first)) or self._was_free(self._right(last))
            if last - first + 1 < least and goes_on:
                return True
        return False

    def _leaves_alone(self, rule: SingleSeats) -> bool:
        beside = {step(o) for o in self._marked(Mark.SEAT) for step in (self._left, self._right)}
        return any(
            self._stays(o)
            and not self._stays(self._left(o))
            and not self._stays(self._right(o))
            and not (rule == SingleSeats.LENIENT and self._is_unavoidable(o))
            for o in beside
            if o is not None
        )

    def _is_unavoidable(self, ordinal: int) -> bool:
        """Whether the seat is all that stays of the free seats that lay side by side."""
        for step in (self._left, self._right):
            at = step(ordinal)
            while at is not None and self._was_free(at):
                if at not in self._wanted:
                    return False
                at = step(at)
        return True

    def _marked(self, mark: Mark) -> Iterator[int]:
        return (ordinal for ordinal in self._wanted if self._is(ordinal, mark))

    def _is(self, ordinal: int, mark: Mark) -> bool:
        return bool(self._seating[ordinal] & mark)

    def _left(self, ordinal: int) -> int | None:
        return None if self._is(ordinal, Mark.BEGINS) else ordinal - 1

    def _right(self, ordinal: int) -> int | None:
        beside = ordinal + 1
        if beside == len(self._seating) or self._is(beside, Mark.BEGINS):
            return None
        return beside

    def _stretch(self, ordinal: int) -> Iterator[int]:
        at: int | None = ordinal
        while (left := self._left(ordinal)) is not None:
            at = ordinal = left
        while at is not None:
            yield at
            at = self._right(at)

    def _was_free(self, ordinal: int | None) -> bool:
        return ordinal is not None and self._is_free(ordinal)

    def _stays(self, ordinal: int | None) -> bool:
        return self._was_free(ordinal) and ordinal not in self._wanted
