"""A search through every state that a model can reach, breadth first.

So the first counterexample that is found is a shortest one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)

Steps = Callable[[S], Iterable[tuple[str, S]]]
# The state before, and the step that led here; nothing before the first.
CameFrom = dict[S, tuple[S, str] | None]
# What is wrong with a state, in words; empty when nothing is.
Judge = Callable[[S], str]


class TooManyStates(Exception):
    """The model has grown past its bound: nothing is shown by half a search."""


@dataclass(frozen=True)
class Found(Generic[S]):
    """What a search has seen. `wrong` is empty, or says what `trace` leads to."""

    states: int
    steps: int
    deepest: int
    wrong: str = ""
    trace: tuple[tuple[str, S], ...] = ()
    # The longest way on to an end, when everybody only does what is due next.
    longest_way: int = 0

    def __str__(self) -> str:
        size = f"{self.states} states, {self.steps} steps, at most {self.deepest} deep"
        if not self.wrong:
            return f"{size}; settled after {self.longest_way} steps at the latest"
        lines = [
            f"{number:3}. {said:<44} {state}" for number, (said, state) in enumerate(self.trace)
        ]
        return "\n".join([self.wrong, *lines, f"({size})"])


def explore(
    first: S,
    steps: Steps[S],
    judge: Judge[S],
    is_end: Callable[[S], bool],
    *,
    same: Callable[[S], S],
    at_most: int,
) -> Found[S]:
    """Visit one state of all that are the same. Stops at the first that is wrong or cannot rest.

    The first step of a state is what is due next there: followed from any state, those must lead
    to an end. Raises TooManyStates beyond `at_most`.
    """
    came_from: CameFrom[S] = {same(first): None}
    due: dict[S, S] = {}
    taken = depth = 0
    level = [first]
    while level:
        deeper: list[S] = []
        for state in level:
            if wrong := judge(state):
                return Found(len(came_from), taken, depth, wrong, _trace(came_from, state, same))
            is_first = not is_end(state)
            for said, after in steps(state):
                taken += 1
                key = same(after)
                if is_first:
                    due[same(state)], is_first = key, False
                if key not in came_from:
                    came_from[key] = state, said
                    deeper.append(after)
            if is_first:
                wrong = "nothing can happen any more, and it is not settled"
                return Found(len(came_from), taken, depth, wrong, _trace(came_from, state, same))
        if len(came_from) > at_most:
            raise TooManyStates(f"more than {at_most}")
        level, depth = deeper, depth + bool(deeper)
    longest_way, stuck = _follow(due)
    if stuck is not None:
        wrong = "from here on it goes round in circles and is never settled"
        return Found(len(came_from), taken, depth, wrong, _trace(came_from, stuck, same))
    return Found(len(came_from), taken, depth, longest_way=longest_way)


def _trace(came_from: CameFrom[S], state: S, same: Callable[[S], S]) -> tuple[tuple[str, S], ...]:
    trace: list[tuple[str, S]] = []
    while (before := came_from[same(state)]) is not None:
        trace.append((before[1], state))
        state = before[0]
    return (("at first", state), *reversed(trace))


def _follow(due: dict[S, S]) -> tuple[int, S | None]:
    """Give the longest way to an end, or a state on a circle."""
    length: dict[S, int] = {}
    for start in due:
        way, state = [], start
        on_way = set()
        while state in due and state not in length:
            if state in on_way:
                return 0, state
            on_way.add(state)
            way.append(state)
            state = due[state]
        so_far = length.get(state, 0)
        for number, passed in enumerate(reversed(way), 1):
            length[passed] = so_far + number
    return max(length.values(), default=0), None
