"""Who can do what next, from any state: buyers and their orders, the worker, time, what breaks.

One step is what nobody can come between: a script of Valkey, a statement of PostgreSQL, a commit.
What is due comes first, what is bad luck last (`search.explore` follows the first).

Each part sees only some of the state, so what it can do is remembered by what it sees: that makes
the search ten times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from tests.simulation.protocol import valkey as scripts
from tests.simulation.protocol.claims import (
    LIVE,
    WAITS,
    WON,
    Seats,
    committed,
    released,
    renewed,
    status,
    truth,
    with_id,
    without,
    won,
)
from tests.simulation.protocol.state import (
    AT_REST,
    BUYERS,
    CHEATED,
    CLAIMS,
    COMES,
    GONE,
    KEEPS,
    LATE,
    LATE_CLAIMS,
    LATE_HOLDS,
    LATE_PAID,
    OPEN,
    OVER,
    PAID,
    PAYS,
    REFUNDED,
    SEATS,
    STALE,
    Rules,
    State,
    Valkey,
    put,
)


class Move(NamedTuple):
    """What a buyer can do: in words, and what is different afterwards."""

    said: str
    doing: str
    seats: Seats
    valkey: Valkey
    sends: frozenset[str] = frozenset()


Next = Iterator[tuple[str, State]]
Moves = Iterator[Move]


class Protocol:
    """The steps of the protocol under some rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._moves = cache(lambda *seen: tuple(self._buyer(*seen)))
        self._mishaps = cache(lambda *seen: tuple(self._rolled_back(*seen)))
        self._heard = cache(lambda *seen: scripts.hear(*seen, rules))
        self._loaded = cache(lambda *seen: scripts.load_finish(*seen, rules))
        self._losses = cache(lambda *seen: tuple(self._lost(*seen)))

    def steps(self, state: State) -> Next:
        """Give every step that is possible, and the state after it."""
        yield from self._loading(state)
        yield from self._arriving(state)
        yield from self._buying(state, self._moves)
        yield from self._late_money(state)
        yield from self._buying(state, self._mishaps)
        yield from self._breaking(state)

    def is_settled(self, state: State) -> bool:
        """Tell whether nothing is under way: what is wrong now stays wrong."""
        return (
            not state.sent
            and state.loaders == ("-", "-")
            and state.valkey.epoch in (OPEN, STALE)
            and AT_REST.issuperset(state.buyers)
        )

    # A buyer, and the order that he made ---------------------------------------------------

    def _buying(self, state: State, moves: Callable[..., tuple[Move, ...]]) -> Next:
        buyers, seats, valkey, loaders, sent, left = state
        for buyer, doing in enumerate(buyers):
            if doing in AT_REST:
                continue
            for said, after, seats_, valkey_, sends in moves(buyer, doing, seats, valkey):
                buyers_ = (*buyers[:buyer], after, *buyers[buyer + 1 :])
                sent_ = sent | sends if sends else sent
                yield said, State(buyers_, seats_, valkey_, loaders, sent_, left)

    def _buyer(self, buyer: int, doing: str, seats: Seats, valkey: Valkey) -> Moves:
        if doing in (COMES, LATE_HOLDS) and valkey.epoch == OPEN:
            yield self._hold(buyer, doing, seats, valkey)
        elif doing == KEEPS and valkey.epoch == OPEN:
            yield self._keep(buyer, seats, valkey)
        elif doing in (CLAIMS, LATE_CLAIMS):
            yield from self._claim(buyer, doing, seats, valkey)
        elif doing == PAYS:
            over = released(seats, str(buyer))
            sends = frozenset({f"f{buyer}"})
            yield Move(f"{buyer}'s order runs out of time", OVER, over, valkey, sends)
            if self.rules.leaving:
                sends |= {f"g{buyer}"}
                yield Move(f"{buyer} leaves the order", OVER, over, valkey, sends)
            yield Move(f"{buyer} pays", PAID, seats, valkey)

    def _hold(self, buyer: int, doing: str, seats: Seats, valkey: Valkey) -> Move:
        """Hold the seats, as a buyer or for money that came late."""
        wants, is_late = self.rules.wants[buyer], doing == LATE_HOLDS
        has_it, valkey = scripts.hold(valkey, LATE if is_late else buyer, wants)
        who = f"{buyer}'s late money" if is_late else str(buyer)
        if not has_it:
            after = self._refused_money() if is_late else GONE
            return Move(f"{who} finds a seat taken", after, seats, valkey)
        return Move(f"{who} holds", LATE_CLAIMS if is_late else KEEPS, seats, valkey)

    def _keep(self, buyer: int, seats: Seats, valkey: Valkey) -> Move:
        """Extend the hold, and go on to the transaction."""
        wants = self.rules.wants[buyer]
        match valkey.holds[buyer]:
            case "r" if all(valkey.owners[seat] == str(buyer) for seat in wants):
                return Move(f"{buyer} keeps the hold", CLAIMS, seats, valkey)
            case "r":
                return Move(f"{buyer} has lost a part of the hold", GONE, seats, valkey)
            case "o":
                valkey = scripts.drop_hold(valkey, buyer)
                return Move(f"{buyer} was too slow", GONE, seats, valkey)
            case _:
                return Move(f"{buyer} has no hold any more", COMES, seats, valkey)

    def _claim(self, buyer: int, doing: str, seats: Seats, valkey: Valkey) -> Moves:
        """Go on with the transaction: the index lets in, lets wait or refuses; then the commit."""
        claim = str(LATE if doing == LATE_CLAIMS else buyer)
        wants = self.rules.wants[buyer]
        if not status(seats[wants[0]], claim):
            begun = with_id(seats, wants[0], claim)
            yield Move(f"{buyer} begins to claim", doing, begun, valkey)
            return
        (seat,) = (seat for seat in SEATS if status(seats[seat], claim) == WAITS)
        others = seats[seat][1::2] if self.rules.unique_index else ""
        if LIVE in others:
            after = GONE
            if doing == LATE_CLAIMS:
                after = self._refused_money()
                if valkey.epoch == OPEN:
                    valkey = scripts.drop_hold(valkey, LATE)
            yield Move(f"the index refuses {buyer}", after, without(seats, claim), valkey)
        elif WON not in others:
            seats = won(seats, seat, claim)
            rest = [after for after in wants if after > seat]
            if rest:
                seats = with_id(seats, rest[0], claim)
                yield Move(f"{buyer} wins seat {seat}", doing, seats, valkey)
            else:
                yield self._commit(doing, seats, valkey, claim)

    def _commit(self, doing: str, seats: Seats, valkey: Valkey, claim: str) -> Move:
        """Commit with the last seat: who has them all is in nobody's way but by the commit."""
        if self.rules.newest_id_wins:
            seats = renewed(seats, claim)
        after = LATE_PAID if doing == LATE_CLAIMS else PAYS
        sends = frozenset({f"s{claim}"})
        return Move(f"{claim} commits", after, committed(seats, claim), valkey, sends)

    def _rolled_back(self, buyer: int, doing: str, seats: Seats, valkey: Valkey) -> Moves:
        """The process is killed before its commit; the buyer, or the event, comes again."""
        if doing in (CLAIMS, LATE_CLAIMS):
            before = LATE_HOLDS if doing == LATE_CLAIMS else KEEPS
            claim = str(LATE if doing == LATE_CLAIMS else buyer)
            if not any(self._waits_for_another(seat, claim) for seat in seats):
                yield Move(f"{buyer}'s transaction is lost", before, without(seats, claim), valkey)

    def _waits_for_another(self, seat: str, claim: str) -> bool:
        """Whether PostgreSQL is busy with the claim: it hears of a death when it has an answer."""
        return self.rules.unique_index and status(seat, claim) == WAITS and WON in seat[1::2]

    def _late_money(self, state: State) -> Next:
        if not state.left.late_payments:
            return
        left = state.left._replace(late_payments=state.left.late_payments - 1)
        after = LATE_HOLDS if self.rules.late_asks_first else LATE_PAID
        for buyer in BUYERS:
            if state.buyers[buyer] == OVER:
                buyers = (*state.buyers[:buyer], after, *state.buyers[buyer + 1 :])
                yield f"{buyer}'s money comes late", state._replace(buyers=buyers, left=left)

    def _refused_money(self) -> str:
        return REFUNDED if self.rules.late_refund else CHEATED

    # The worker and the loaders -------------------------------------------------------------

    def _arriving(self, state: State) -> Next:
        """A message comes in any order, and perhaps again; until it has come, it is sent again."""
        buyers, seats, valkey, loaders, sent, left = state
        for message in sent:
            told, rest = self._heard(valkey, seats, message), sent - {message}
            yield f"{message} arrives", State(buyers, seats, told, loaders, rest, left)
            if self.rules.repeats and message[0] != "g":
                again = State(buyers, seats, told, loaders, sent, left)
                yield f"{message} arrives, and will again", again
            # Told by the process that committed, once; it may be killed before.
            if message[0] == "g" or not self.rules.outbox:
                yield f"{message} is lost", state._replace(sent=rest)

    def _loading(self, state: State) -> Next:
        valkey, loaders = state.valkey, state.loaders
        for loader, done in enumerate(loaders):
            if done == "begun":
                yield f"loader {loader} reads", _loaded(state, loader, _read(state))
            elif done != "-":
                yield f"loader {loader} finishes", self._finish(state, loader)
        if "-" not in loaders:
            return
        loader = loaders.index("-")
        if valkey.epoch == OPEN or (valkey.epoch != STALE and loaders[int(valkey.epoch)] != "-"):
            # Nobody needs it: it is loaded again, or a loader is taken for dead.
            if not state.left.loads:
                return
            state = state._replace(left=state.left._replace(loads=state.left.loads - 1))
        if self.rules.reads_after_begin:
            begun = state._replace(valkey=scripts.load_begin(valkey, loader))
            yield f"loader {loader} begins", _loaded(begun, loader, "begun")
        else:
            yield f"loader {loader} reads first", _loaded(state, loader, _read(state))

    def _finish(self, state: State, loader: int) -> State:
        valkey, done = state.valkey, _loaded(state, loader, "-")
        if not self.rules.reads_after_begin:
            valkey = scripts.load_begin(valkey, loader)
        elif self.rules.epoch_check and valkey.epoch != str(loader):
            return done  # SUPERSEDED
        loaded = self._loaded(valkey, state.seats, state.loaders[loader])
        return done._replace(valkey=loaded)

    # Time, and what breaks ------------------------------------------------------------------

    def _breaking(self, state: State) -> Next:
        buyers, seats, valkey, loaders, sent, left = state
        for number, hold in enumerate(valkey.holds):
            if hold == "r" and not self.rules.prompt_timer:
                after = valkey._replace(holds=put(valkey.holds, number, "o"))
            elif hold != "-" and valkey.epoch == OPEN:
                after = scripts.drop_hold(valkey, number)
            else:
                continue
            yield f"hold {number} runs out", State(buyers, seats, after, loaders, sent, left)
        if left.losses:
            left = left._replace(losses=left.losses - 1)
            for said, after in self._losses(valkey, buyers):
                yield said, State(buyers, seats, after, loaders, sent, left)

    def _lost(self, valkey: Valkey, buyers: tuple[str, ...]) -> Iterator[tuple[str, Valkey]]:
        """Valkey is another server now: empty, as it was, or older. A load keeps but its holds."""
        epoch = STALE if self.rules.run_id else OPEN
        empty = Valkey(epoch, "ff", "--", "----", ("", ""))
        yield "Valkey comes back empty", empty
        if not self.rules.run_id:
            return
        if valkey.holds != "----":
            was = empty._replace(owners=valkey.owners, holds=valkey.holds)
            yield "Valkey is started again", was
        for buyer in BUYERS if self.rules.rewinding else ():
            if buyers[buyer] != COMES and valkey.holds[buyer] != "r":
                # A hold that was used up or given back since then.
                owners = "".join(
                    str(buyer) if seat in self.rules.wants[buyer] else "-" for seat in SEATS
                )
                old = empty._replace(owners=owners, holds=put("----", buyer, "r"))
                yield f"Valkey comes back as it was when {buyer} held", old


def _read(state: State) -> str:
    return " ".join("".join(truth(seat)) for seat in state.seats)


def _loaded(state: State, loader: int, done: str) -> State:
    loaders = (done, state.loaders[1]) if loader == 0 else (state.loaders[0], done)
    return state._replace(loaders=loaders)
