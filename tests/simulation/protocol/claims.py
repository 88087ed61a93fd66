"""The claims of each seat, as PostgreSQL has them: `0r2l` is 0's, released, then 2's, live."""

from __future__ import annotations

from tests.simulation.protocol.state import SEATS, put

# What a claim is: its id is taken; its row is in the index; committed; committed as released.
WAITS, WON, LIVE, RELEASED = "w", "u", "l", "r"

Seats = tuple[str, ...]


def status(seat: str, claim: str) -> str:
    """Give what a claim is at a seat; empty when it has none there."""
    at = seat[::2].find(claim)
    return seat[2 * at + 1] if at >= 0 else ""


def seats_of(seats: Seats, claim: str) -> list[int]:
    """Give the seats that a claim's order has or had."""
    return [seat for seat in SEATS if claim in seats[seat][::2]]


def with_id(seats: Seats, seat: int, claim: str) -> Seats:
    """Take an id for a claim: from now on it is newer than all others of the seat."""
    return (*seats[:seat], seats[seat] + claim + WAITS, *seats[seat + 1 :])


def won(seats: Seats, seat: int, claim: str) -> Seats:
    """Let a claim into the index."""
    return (*seats[:seat], _changed(seats[seat], claim, WON), *seats[seat + 1 :])


def committed(seats: Seats, claim: str) -> Seats:
    return tuple(_changed(seat, claim, LIVE) for seat in seats)


def released(seats: Seats, claim: str) -> Seats:
    return tuple(_changed(seat, claim, RELEASED) for seat in seats)


def without(seats: Seats, claim: str) -> Seats:
    """Roll back: no row, and an id that nobody will ever have."""
    kept = []
    for seat in seats:
        at = seat[::2].find(claim)
        kept.append(seat[: 2 * at] + seat[2 * at + 2 :] if at >= 0 else seat)
    return tuple(kept)


def renewed(seats: Seats, claim: str) -> Seats:
    """Give a claim a new id at each place where a newer one was committed and released."""
    return tuple(
        without((seat,), claim)[0] + claim + WON if _is_overtaken(seat, claim) else seat
        for seat in seats
    )


def truth(seat: str) -> tuple[str, str]:
    """Give what one statement reads of a seat: its byte, and the newest word on it."""
    for at in range(len(seat) - 2, -1, -2):
        if seat[at + 1] == LIVE:
            return "s", seat[at] + "s"
        if seat[at + 1] == RELEASED:
            return "f", seat[at] + "f"
    return "f", ""


def _is_overtaken(seat: str, claim: str) -> bool:
    at = seat[::2].find(claim)
    return at >= 0 and RELEASED in seat[2 * at + 3 :: 2]


def _changed(seat: str, claim: str, to: str) -> str:
    at = seat[::2].find(claim)
    return put(seat, 2 * at + 1, to) if at >= 0 else seat
