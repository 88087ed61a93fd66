"""What must never be false, and what must be true once everything is settled."""

from __future__ import annotations

from tests.simulation.protocol import valkey as scripts
from tests.simulation.protocol.claims import LIVE, status, truth
from tests.simulation.protocol.state import (
    CHEATED,
    LATE,
    LATE_PAID,
    OPEN,
    PAID,
    PAYS,
    SEATS,
    Rules,
    State,
    Valkey,
)
from tests.simulation.protocol.steps import Protocol

CLAIMED_BY = {PAYS: None, PAID: None, LATE_PAID: str(LATE)}


class Judge:
    """Says what is wrong with a state, in words."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.rules = protocol.rules

    def __call__(self, state: State) -> str:
        return self._always(state) or (
            self._settled(state) if self.protocol.is_settled(state) else ""
        )

    def _always(self, state: State) -> str:
        for seat in SEATS:
            if state.seats[seat].count(LIVE) > 1:
                return f"seat {seat} is sold twice"
        for buyer, word in enumerate(state.buyers):
            if word in CLAIMED_BY:
                claim = CLAIMED_BY[word] or str(buyer)
                for seat in self.rules.wants[buyer]:
                    if status(state.seats[seat], claim) != LIVE:
                        return f"{buyer} {word} for seat {seat} and does not have it"
        for seat in SEATS:
            is_held, owner = state.valkey.places[seat] == "h", state.valkey.owners[seat]
            if state.valkey.epoch == OPEN and is_held != (owner != "-"):
                return f"seat {seat} is held by nobody, or owned and not held"
        return ""

    def _settled(self, state: State) -> str:
        if CHEATED in state.buyers:
            return "money came late, and there is neither a ticket nor a refund"
        for seat in SEATS:
            if state.valkey.epoch == OPEN and not is_right(state, state.valkey, seat):
                shown, is_mended = state.valkey.places[seat], self._is_mended(state)
                until = "until the reconciler comes" if is_mended else "for ever"
                return f"seat {seat} is shown as {shown!r} {until}, and is {state.seats[seat]!r}"
        return ""

    def _is_mended(self, state: State) -> bool:
        valkey = reconciled(state, self.rules)
        return all(is_right(state, valkey, seat) for seat in SEATS)


def is_right(state: State, valkey: Valkey, seat: int) -> bool:
    """Tell whether a seat is shown as it is; a hold over a free seat is right."""
    is_live = LIVE in state.seats[seat][1::2]
    return (valkey.places[seat] == "s") == is_live


def reconciled(state: State, rules: Rules) -> Valkey:
    """Do what `reconcile` does to a settled projection: tell each difference again, or load."""
    valkey = state.valkey
    for seat in _differences(state, valkey):
        shown, word = truth(state.seats[seat])
        if word:
            tell = scripts.settle_one if shown == "s" else scripts.free_one
            valkey = tell(valkey, state.seats, seat, word[0], rules)
    if not _differences(state, valkey):
        return valkey
    read = " ".join("".join(truth(seat)) for seat in state.seats)
    return scripts.load_finish(scripts.load_begin(valkey, 0), state.seats, read, rules)


def _differences(state: State, valkey: Valkey) -> list[int]:
    """Give the seats that PostgreSQL's newest words and Valkey do not agree on."""
    return [
        seat
        for seat in SEATS
        if (valkey.places[seat] == "s") != (truth(state.seats[seat])[0] == "s")
    ]
