"""What a figure is: its name, what it says, its bar, and the limit measured in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.load import Times
from benchmarks.rig import Rig

NOT_THERE = "not there yet"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the print.

    `ours` and `limit` are in the unit; `most_is_best` tells which way is better. `bars` of times
    are in milliseconds by percentile: {"p95": 25}.
    """

    what: str
    ours: float | None
    unit: str = "/s"
    bar: float | None = None
    most_is_best: bool = True
    limit: float | None = None
    limit_is: str = ""
    times: Times | None = None
    time_bars: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Tell whether every bar is met; None where there is no bar, or nothing was measured."""
        if self.ours is None or (self.bar is None and not self.time_bars):
            return None
        met = [
            getattr(self.times, percentile) < bar
            for percentile, bar in self.time_bars.items()
            if self.times is not None
        ]
        if self.bar is not None:
            met.append(self.ours >= self.bar if self.most_is_best else self.ours <= self.bar)
        return all(met)

    @property
    def ratio(self) -> float | None:
        """Ours as a share of the limit."""
        if self.ours is None or not self.limit:
            return None
        return self.ours / self.limit


Measure = Callable[[Rig], Iterator[Row]]

# In the order in which they are measured and printed.
FIGURES: dict[str, Measure] = {}


# Those that take so long that they are measured only when they are named.
ONLY_BY_NAME: set[str] = set()


def figure(measure: Measure) -> Measure:
    """Register a figure under its function's name."""
    FIGURES[measure.__name__] = measure
    return measure


def long_figure(measure: Measure) -> Measure:
    """Register a figure that is measured only when it is named."""
    ONLY_BY_NAME.add(measure.__name__)
    return figure(measure)
