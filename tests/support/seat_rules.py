"""The rules of `docs/seat-rules.md`, as simply as can be said: the scripts are compared with it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import combinations

from hypothesis import strategies as st

from tenant_apps.events.domain import SeatRules, SingleSeats
from tenant_apps.venues.domain import Mark, stretches_of

Verdict = tuple[str, list[int]] | None


@dataclass(frozen=True)
class Scene:
    """A small hall: who sits beside whom, what others have, what this hold has and wants."""

    seating: bytes
    others: frozenset[int]
    own: frozenset[int]
    wanted: frozenset[int]
    rules: SeatRules


def verdict(scene: Scene) -> Verdict:
    """Return the code of the refusal and the places that it names; None for what is allowed."""
    found: dict[str, set[int]] = {}
    for stretch in map(set, stretches_of(scene.seating)):
        wanted, own = scene.wanted & stretch, scene.own & stretch
        if not wanted or wanted == own:
            continue
        free = stretch - scene.others
        for code, places in _broken(scene, free, wanted, own):
            found.setdefault(code, set()).update(places)
    order = ["companion_alone", "table_sold_whole", "too_few_together", "single_seat_left"]
    return next(((code, sorted(found[code])) for code in order if found.get(code)), None)


def _broken(
    scene: Scene, free: Set[int], wanted: Set[int], own: Set[int]
) -> Iterator[tuple[str, Set[int]]]:
    rules = scene.rules
    companions = {o for o in wanted if scene.seating[o] & Mark.COMPANION}
    has_wheelchair = any(scene.seating[o] & Mark.WHEELCHAIR for o in wanted)
    if rules.companions_with_wheelchair and companions and not has_wheelchair:
        yield "companion_alone", companions
    if rules.tables_whole and any(scene.seating[o] & Mark.TABLE for o in wanted):
        yield "table_sold_whole", free - wanted
    if not all(scene.seating[o] & Mark.SEAT for o in free | wanted):
        return
    for run in runs(wanted):
        if len(run) < rules.least_together and run not in runs(free):
            yield "too_few_together", run
    if rules.single_seats != SingleSeats.OFF:
        alone = singles(free - wanted) - singles(free) - singles(free - own)
        if rules.single_seats == SingleSeats.LENIENT:
            alone = {seat for seat in alone if not _is_unavoidable(seat, free, wanted)}
        yield "single_seat_left", alone


def _is_unavoidable(seat: int, free: Set[int], wanted: Set[int]) -> bool:
    """Whether every choice of so many seats out of these free ones side by side leaves one."""
    run = next(run for run in runs(free) if seat in run)
    choices = combinations(sorted(run), len(run & wanted))
    return all(singles(run - set(choice)) for choice in choices)


def runs(ordinals: Set[int]) -> list[set[int]]:
    """Return the longest runs of numbers without a gap."""
    starts = [o for o in sorted(ordinals) if o - 1 not in ordinals]
    ends = [o for o in sorted(ordinals) if o + 1 not in ordinals]
    return [set(range(start, end + 1)) for start, end in zip(starts, ends, strict=True)]


def singles(free: Set[int]) -> set[int]:
    return {seat for run in runs(free) if len(run) == 1 for seat in run}


ROW = st.integers(1, 9).map(lambda n: [Mark.SEAT] * n)
TABLE = st.integers(1, 4).map(lambda n: [Mark.TABLE] * n)
GROUP = st.lists(st.sampled_from([Mark.WHEELCHAIR, Mark.COMPANION]), max_size=3).map(
    lambda marks: [Mark.WHEELCHAIR, *marks]
)
RULES = st.builds(
    SeatRules,
    single_seats=st.sampled_from(SingleSeats),
    companions_with_wheelchair=st.booleans(),
    tables_whole=st.booleans(),
    least_together=st.sampled_from([1, 1, 2, 3]),
)


@st.composite
def halls(draw: st.DrawFn, rules: st.SearchStrategy[SeatRules] = RULES) -> Scene:
    """Draw rows, tables and wheelchair groups, some of them taken, and a wish."""
    kinds = draw(st.lists(st.one_of(ROW, ROW, TABLE, GROUP), min_size=1, max_size=4))
    marks = [mark for kind in kinds for mark in (kind[0] | Mark.BEGINS, *kind[1:])]
    owners = draw(st.lists(st.sampled_from("...xxo"), min_size=len(marks), max_size=len(marks)))
    others = frozenset(at for at, owner in enumerate(owners) if owner == "x")
    own = frozenset(at for at, owner in enumerate(owners) if owner == "o")
    open_places = sorted(set(range(len(marks))) - others)
    wanted = draw(st.frozensets(st.sampled_from(open_places))) if open_places else frozenset()
    return Scene(bytes(marks), others, own, wanted, draw(rules))
