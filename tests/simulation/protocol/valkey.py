"""The scripts of tenant_apps/inventory/lua, as functions from one projection to the next."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulation.protocol.claims import Seats, seats_of
from tests.simulation.protocol.state import OPEN, SEATS, STALE, Rules, Valkey, put


def drop_hold(valkey: Valkey, hold: int) -> Valkey:
    """Free what the hold itself has; nobody else's."""
    name, places, owners = str(hold), valkey.places, valkey.owners
    for seat in SEATS:
        if owners[seat] == name:
            owners = put(owners, seat, "-")
            if places[seat] == "h":
                places = put(places, seat, "f")
    holds = put(valkey.holds, hold, "-")
    return valkey._replace(places=places, owners=owners, holds=holds)


def hold(valkey: Valkey, buyer: int, wanted: Iterable[int]) -> tuple[bool, Valkey]:
    """Take every seat or none; a seat is judged by its owner's expiry (`kept_from`, `take`)."""
    wanted = tuple(wanted)
    name = str(buyer)
    if valkey.holds[buyer] == "r":  # made before: the same id is the same hold
        return all(valkey.owners[seat] == name for seat in wanted), valkey
    if valkey.holds[buyer] == "o":
        valkey = drop_hold(valkey, buyer)
    is_taken = False
    for seat in wanted:
        if valkey.places[seat] == "h" and valkey.holds[int(valkey.owners[seat])] == "o":
            valkey = drop_hold(valkey, int(valkey.owners[seat]))
        is_taken |= valkey.places[seat] != "f"
    if is_taken:
        return False, valkey
    places, owners = valkey.places, valkey.owners
    for seat in wanted:
        places, owners = put(places, seat, "h"), put(owners, seat, name)
    holds = put(valkey.holds, buyer, "r")
    return True, valkey._replace(places=places, owners=owners, holds=holds)


def mark(seat: str, word: str) -> int:
    """Give a word's rank at a seat: 2 x claim id when it was settled, one more when freed."""
    return 2 * seat[::2].index(word[0]) + (word[1] == "f") if word else -1


def settle_one(valkey: Valkey, seats: Seats, seat: int, claim: str, rules: Rules) -> Valkey:
    word = claim + "s"
    if rules.fence and mark(seats[seat], valkey.fences[seat]) >= mark(seats[seat], word):
        return valkey
    owner, owners, holds = valkey.owners[seat], valkey.owners, valkey.holds
    if owner != "-":
        owners = put(owners, seat, "-")
        if owner not in owners:  # nothing is left of the hold
            holds = put(holds, int(owner), "-")
    return valkey._replace(
        places=put(valkey.places, seat, "s"),
        owners=owners,
        holds=holds,
        fences=_written(valkey.fences, seat, word),
    )


def free_one(valkey: Valkey, seats: Seats, seat: int, claim: str, rules: Rules) -> Valkey:
    word = claim + "f"
    if rules.fence and mark(seats[seat], valkey.fences[seat]) >= mark(seats[seat], word):
        return valkey
    fences = _written(valkey.fences, seat, word)
    if valkey.places[seat] == "s":
        return valkey._replace(places=put(valkey.places, seat, "f"), fences=fences)
    return valkey._replace(fences=fences)


def _written(fences: tuple[str, ...], seat: int, word: str) -> tuple[str, ...]:
    return (*fences[:seat], word, *fences[seat + 1 :])


def hear(valkey: Valkey, seats: Seats, message: str, rules: Rules) -> Valkey:
    """Run `settle` or `free`: `s0` and `f0`, or `g0`, which gives the places to 0's own hold."""
    if valkey.epoch == STALE:
        return valkey
    if valkey.epoch != OPEN:
        entry = message.replace("g", "f")
        if not rules.journal or entry in valkey.journal:
            return valkey
        return valkey._replace(journal=(*valkey.journal, entry))
    kind, claim = message[0], message[1]
    concerned = seats_of(seats, claim)
    if kind == "s":
        for seat in concerned:
            valkey = settle_one(valkey, seats, seat, claim, rules)
        # The holds that these claims have used up.
        return drop_hold(valkey, int(claim)) if valkey.holds[int(claim)] != "-" else valkey
    for seat in concerned:
        valkey = free_one(valkey, seats, seat, claim, rules)
    freed = [
        seat
        for seat in concerned
        if valkey.fences[seat] == claim + "f" and valkey.places[seat] == "f"
    ]
    if kind == "g" and freed and valkey.holds[int(claim)] != "r":
        _, valkey = hold(valkey, int(claim), freed)
    return valkey


def load_begin(valkey: Valkey, loader: int) -> Valkey:
    """Set a new epoch and LOADING; what was written down for another loader is gone."""
    return valkey._replace(epoch=str(loader), journal=())


def load_finish(valkey: Valkey, seats: Seats, read: str, rules: Rules) -> Valkey:
    """Write what was read, lay the running holds over it, apply the journal, open."""
    words = read.split()
    places, owners, holds = "".join(word[0] for word in words), "--", "----"
    fences = tuple(word[1:] for word in words)
    for number, state in enumerate(valkey.holds):
        for seat in SEATS if state == "r" else ():
            if valkey.owners[seat] == str(number) and places[seat] == "f":
                places = put(places, seat, "h")
                owners, holds = put(owners, seat, str(number)), put(holds, number, "r")
    loaded = Valkey(OPEN, places, owners, holds, fences)
    for entry in valkey.journal:
        settle_or_free = settle_one if entry[0] == "s" else free_one
        for seat in seats_of(seats, entry[1]):
            loaded = settle_or_free(loaded, seats, seat, entry[1], rules)
    return loaded
