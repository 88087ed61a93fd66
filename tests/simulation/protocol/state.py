"""What the model knows: a state, and the rules that a planted bug takes away.

A state is a tuple of short strings, so that half a million of them are compared quickly and a
trace can still be read:

    buyers   what each of them is about to do, one word each
    seats    the claims of each seat in the order of their ids, as PostgreSQL has them: `0r2l` is
             buyer 0's, released, then buyer 2's, live. Claim 3 is the one that a late payment makes
    valkey   see valkey.py
    loaders  what each of two loaders has done so far: `-`, `begun`, or what it has read
    sent     settles and frees that are on their way, or will be told again by the outbox
    left     how often what is limited may still happen

Ids are compared at one seat only, so their order there is all that is kept of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

SEATS = (0, 1)
BUYERS = (0, 1, 2)
# The claim, and the hold, of the payment that came late.
LATE = 3

# What a buyer is about to do.
COMES, KEEPS, CLAIMS = "comes", "keeps", "claims"
PAYS, OVER, LATE_HOLDS, LATE_CLAIMS = "pays", "over", "late-holds", "late-claims"
GONE, PAID, LATE_PAID, REFUNDED, CHEATED = "gone", "paid", "late-paid", "refunded", "cheated"
AT_REST = frozenset({OVER, GONE, PAID, LATE_PAID, REFUNDED, CHEATED})

OPEN, STALE = "open", "stale"


class Valkey(NamedTuple):
    """The projection of one performance, and its holds."""

    epoch: str  # OPEN, STALE, or the number of the loader that is LOADING it
    places: str  # `f`ree, `h`eld or `s`old, a letter for each seat
    owners: str  # whose hold has the seat, or `-`
    holds: str  # for each buyer, and the late payment: `-` none, `r`unning, `o`ver
    fences: tuple[str, ...]  # the newest word on each seat: claim, then `s`ettled or `f`reed
    journal: tuple[str, ...] = ()


class Left(NamedTuple):
    """How often what is limited may still happen."""

    losses: int
    late_payments: int
    loads: int  # those that nobody needs: again, or because another loader is slow


class State(NamedTuple):
    buyers: tuple[str, ...]
    seats: tuple[str, ...]
    valkey: Valkey
    loaders: tuple[str, str]
    sent: frozenset[str]
    left: Left

    def __str__(self) -> str:
        valkey = self.valkey
        return (
            f"{' '.join(self.buyers)} | seats {' '.join(seat or '-' for seat in self.seats)} | "
            f"{valkey.epoch} {valkey.places} owners {valkey.owners} holds {valkey.holds} "
            f"fences {','.join(fence or '-' for fence in valkey.fences)} "
            f"journal {','.join(valkey.journal) or '-'} | loaders {' '.join(self.loaders)} | "
            f"sent {','.join(sorted(self.sent)) or '-'}"
        )


@dataclass(frozen=True)
class Rules:
    """What keeps the protocol right. A planted bug takes one of them away."""

    wants: tuple[tuple[int, ...], ...] = ((0, 1), (0, 1), (0, 1))
    losses: int = 1
    late_payments: int = 1
    loads: int = 0
    unique_index: bool = True
    # An id that a newer claim of the place has overtaken is changed for a new one.
    newest_id_wins: bool = True
    fence: bool = True
    journal: bool = True
    epoch_check: bool = True
    run_id: bool = True
    reads_after_begin: bool = True
    outbox: bool = True
    late_asks_first: bool = True
    late_refund: bool = True
    # What may happen besides, for smaller models: each makes the search several times as long.
    repeats: bool = False
    leaving: bool = False
    rewinding: bool = False
    prompt_timer: bool = True

    def first(self) -> State:
        """Give the state in which a sale begins: loaded and open, nobody has come."""
        return State(
            buyers=(COMES,) * len(BUYERS),
            seats=("",) * len(SEATS),
            valkey=Valkey(OPEN, "ff", "--", "----", ("", "")),
            loaders=("-", "-"),
            sent=frozenset(),
            left=Left(self.losses, self.late_payments, self.loads),
        )


def put(text: str, at: int, letter: str) -> str:
    """Give the text with one letter changed."""
    return text[:at] + letter + text[at + 1 :]
