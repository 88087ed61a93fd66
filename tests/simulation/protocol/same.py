"""Which states can do the same, so that one of them is enough.

Three things make no difference to what can happen next, nor to what is right:

- what buyers are called who want the same;
- what stands in the journal and is no newer than what will be there before it: the fence will
  ignore it;
- a claim that nobody will ever speak of again: released, older than all others of its seats, and in
  no message that is still on its way. Its word on a seat is the one that a seat without claims has.
"""

from __future__ import annotations

from functools import cache, partial

from tests.simulation.protocol.claims import RELEASED, Seats, seats_of
from tests.simulation.protocol.state import BUYERS, GONE, LATE, OVER, REFUNDED, Rules, State, Valkey
from tests.simulation.protocol.valkey import mark

Wants = tuple[tuple[int, ...], ...]


class Same:
    """Gives one state for all that can do the same.

    What it finds out is remembered by what it is about: few journals, names and claims make up very
    many states.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._known: dict[State, State] = {}
        self._names = cache(partial(_names, rules.wants))

    def __call__(self, state: State) -> State:
        """Give the state that stands for this one; most are asked for again and again."""
        found = self._known.get(state)
        if found is None:
            found = self._known[state] = self._same(state)
        return found

    def _same(self, state: State) -> State:
        valkey = state.valkey
        if valkey.journal and self.rules.fence and self.rules.epoch_check:
            read = state.loaders[int(valkey.epoch)]
            kept = _not_ignored(valkey.journal, state.seats, read)
            state = state._replace(valkey=valkey._replace(journal=kept))
        return self._named(_forgotten(state))

    def _named(self, state: State) -> State:
        """Call those first who come first in the order of all that is known of them."""
        buyers, seats, valkey, loaders, sent, left = state
        epoch, places, owners, holds, fences, journal = valkey
        order, names = self._names(buyers, holds, seats, owners)
        if order == BUYERS:
            return state
        renamed = Valkey(
            epoch,
            places,
            owners.translate(names),
            "".join([holds[buyer] for buyer in order]) + holds[LATE],
            tuple([fence.translate(names) for fence in fences]),
            tuple([entry.translate(names) for entry in journal]),
        )
        return State(
            tuple([buyers[buyer] for buyer in order]),
            tuple([seat.translate(names) for seat in seats]),
            renamed,
            (loaders[0].translate(names), loaders[1].translate(names)),
            frozenset([message.translate(names) for message in sent]),
            left,
        )


def _names(
    wants: Wants, buyers: tuple[str, ...], holds: str, seats: Seats, owners: str
) -> tuple[tuple[int, ...], dict[int, int]]:
    """Give who comes first among those who want the same, and how to rename them."""
    order = list(BUYERS)
    for alike in ([other for other in BUYERS if wants[other] == wants[one]] for one in BUYERS):
        known = {
            buyer: (
                buyers[buyer],
                holds[buyer],
                [seat.find(str(buyer)) for seat in seats],
                owners.find(str(buyer)),
            )
            for buyer in alike
        }
        for place, buyer in zip(alike, sorted(alike, key=known.__getitem__), strict=True):
            order[place] = buyer
    return tuple(order), str.maketrans("".join(map(str, order)), "".join(map(str, BUYERS)))


@cache
def _not_ignored(journal: tuple[str, ...], seats: Seats, read: str) -> tuple[str, ...]:
    """Give those entries of the journal that will be newer than what is there before them."""
    if read == "begun":  # it will read what is newer than all that was told so far
        return ()
    newest = [mark(seat, word[1:]) for seat, word in zip(seats, read.split(), strict=True)]
    kept = []
    for entry in journal:
        marks = {seat: mark(seats[seat], entry[1] + entry[0]) for seat in seats_of(seats, entry[1])}
        if any(told > newest[seat] for seat, told in marks.items()):
            kept.append(entry)
        for seat, told in marks.items():
            newest[seat] = max(newest[seat], told)
    return tuple(kept)


def _forgotten(state: State) -> State:
    buyers, seats, valkey, loaders, sent, left = state
    if GONE in buyers or OVER in buyers or REFUNDED in buyers:
        at_rest = (REFUNDED,) if left.late_payments else (REFUNDED, OVER)
        buyers = tuple([GONE if doing in at_rest else doing for doing in buyers])
    spoken_of = frozenset([message[1] for message in (*sent, *valkey.journal)])
    for over in _over(seats, spoken_of):
        seats = tuple([seat[2:] if seat[:1] == over else seat for seat in seats])
        fences = tuple(["" if fence[:1] == over else fence for fence in valkey.fences])
        valkey = valkey._replace(fences=fences)
        loaders = (_unread(loaders[0], over), _unread(loaders[1], over))
    return State(buyers, seats, valkey, loaders, sent, left)


@cache
def _over(seats: Seats, spoken_of: frozenset[str]) -> tuple[str, ...]:
    """Give the claims that will never be spoken of again, the oldest first."""
    for seat in seats:
        claim = seat[:1]
        is_over = seat[1:2] == RELEASED and claim not in spoken_of
        if is_over and all(claim not in other[2::2] for other in seats):
            rest = tuple(other[2:] if other[:1] == claim else other for other in seats)
            return (claim, *_over(rest, spoken_of))
    return ()


def _unread(read: str, claim: str) -> str:
    """Take what a loader has read of a claim for what it reads of a seat without claims."""
    return read.replace(claim + "s", "").replace(claim + "f", "")
