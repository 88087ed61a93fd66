"""The seat protocol's scripts: what each is called with, and what its answer means.

Pure: a `Call` is built and a reply is read here, for the web processes' sync client and for the
live process' async one alike. Valkey decides, fast, who may try; PostgreSQL decides who has a
place. The protocol is told in `docs/locking.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from kernel.valkey import Call, Script, load_script
from tenant_apps.inventory import domain
from tenant_apps.inventory.domain import ClaimedPlace, Hold, PlaceState, Sale, Scope, Snapshot

KEYS = (
    "places", "owners", "holds", "due", "fence", "sale", "sessions", "feed", "epoch", "journal",
    "seating",
)  # fmt: skip


# What judges which places go together is laid in front of these, after what all share.
RULED = frozenset({"hold", "change"})


class Stale(Exception):
    """Valkey knows nothing of this performance, or its server is another than it was: load it."""


@cache
def script(name: str) -> Script:
    """Return one of the scripts in `lua/`, with what is laid in front of it."""
    parts = ("_performance", "_rules") if name in RULED else ("_performance",)
    lua = files(__package__).joinpath("lua")
    prelude = "".join(lua.joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in parts)
    return load_script(__package__, name, prelude=prelude)


@cache
def keys_of(scope: Scope) -> tuple[str, ...]:
    """Return the eleven keys of a performance, all under one hash tag."""
    return tuple(f"ef:{{{scope}}}:{name}" for name in KEYS)


def feed_key(scope: Scope) -> str:
    """Return the key of the stream of changes."""
    return keys_of(scope)[7]


def hold(
    scope: Scope, *, hold_id: str, session: str, ordinals: Sequence[int], most_ms: int = 0
) -> Call:
    """Hold every place or none. Ordinals ascend.

    With `most_ms` the hold lives no longer than that, and gets no more time.
    """
    return _call(scope, "hold", hold_id, session, "", most_ms, *ordinals)


def hold_again(scope: Scope, *, hold_id: str, session: str, ordinals: Sequence[int]) -> Call:
    """Hold what this buyer has had before: the rules for seats are not asked again."""
    return _call(scope, "hold", hold_id, session, "again", 0, *ordinals)


def hold_area(
    scope: Scope,
    *,
    hold_id: str,
    session: str,
    first: int,
    last: int,
    count: int,
    most_ms: int = 0,
) -> Call:
    """Hold so many places of the area between two ordinals; `most_ms` as for `hold`."""
    return _call(scope, "hold_area", hold_id, session, first, last, count, most_ms)


def change(
    scope: Scope, *, hold_id: str, session: str, add: Sequence[int], drop: Sequence[int]
) -> Call:
    """Add and drop places, all or nothing."""
    return _call(scope, "change", hold_id, session, len(add), *add, *drop)


def extend(scope: Scope, *, hold_id: str, session: str, at_least_ms: int = 0) -> Call:
    """Give more time: a counted extension, or without counting at least so many milliseconds."""
    return _call(scope, "extend", hold_id, session, at_least_ms)


def release(scope: Scope, *, hold_id: str, session: str) -> Call:
    """Give a hold's places back."""
    return _call(scope, "release", hold_id, session)


def find(scope: Scope, *, session: str, hold_id: str = "") -> Call:
    """Find one hold of a session, or all of them."""
    return _call(scope, "find", session, hold_id)


def settle(
    scope: Scope,
    claimed: Sequence[ClaimedPlace],
    *,
    state: PlaceState,
    used_holds: Sequence[str] = (),
) -> Call:
    """Note claims that PostgreSQL has made, and drop the holds that they came from."""
    return _call(scope, "settle", int(state), len(claimed), *_pairs(claimed), *used_holds)


def free(
    scope: Scope, claimed: Sequence[ClaimedPlace], *, hold_id: str = "", session: str = ""
) -> Call:
    """Note that claims are over; their places go to the named hold, or are free."""
    return _call(scope, "free", hold_id, session, *_pairs(claimed))


def load_begin(scope: Scope, *, epoch: str, patience_ms: int, again: bool) -> Call:
    """Begin to load; `again` reloads what is open."""
    return _call(scope, "load_begin", epoch, patience_ms, "again" if again else "")


def load_finish(
    scope: Scope, *, epoch: str, places: bytes, fences: bytes, seating: bytes, sale: Sale
) -> Call:
    """Write what PostgreSQL said and open.

    `fences` is a JSON list: ordinal, fence, …; `seating` has a byte of marks for each place.
    """
    fields = [part for pair in sale.fields().items() for part in pair]
    return _call(scope, "load_finish", epoch, places, fences, seating, *fields)


def load_give_up(scope: Scope, *, epoch: str) -> Call:
    """Let another begin at once."""
    return _call(scope, "load_give_up", epoch)


def set_sale(scope: Scope, sale: Sale) -> Call:
    """Change window, limits and rules of a loaded performance."""
    return _call(scope, "set_sale", *(part for pair in sale.fields().items() for part in pair))


def expire(scope: Scope, *, at_most: int = 500) -> Call:
    """Free what is past its time."""
    return _call(scope, "expire", at_most)


def snapshot(scope: Scope) -> Call:
    """Read all states in one moment."""
    return _call(scope, "snapshot")


def read_hold(hold_id: str, reply: Sequence[Any]) -> Hold | None:
    """Return the hold that a script answered with, None when it released it. Refuses, or Stale."""
    kind = _kind(reply)
    if kind == "HELD":
        return _hold(hold_id, reply)
    if kind == "RELEASED":
        return None
    raise _refusal(kind, reply)


def read_released(reply: Sequence[Any]) -> bool:
    """Whether there was a hold to release. Refuses, or Stale."""
    kind = _kind(reply)
    if kind != "RELEASED":
        raise _refusal(kind, reply)
    return int(reply[1]) == 1


def read_holds(reply: Sequence[Any]) -> list[Hold]:
    """Return the holds that `find` found. Refuses, or Stale."""
    kind = _kind(reply)
    if kind != "HOLDS":
        raise _refusal(kind, reply)
    return [_hold(_text(reply[place]), reply[place + 1]) for place in range(1, len(reply), 2)]


def read_snapshot(reply: Sequence[Any]) -> Snapshot:
    """Return the snapshot. Refuses, or Stale."""
    kind = _kind(reply)
    if kind != "SNAPSHOT":
        raise _refusal(kind, reply)
    return Snapshot(epoch=_text(reply[1]), feed_id=_text(reply[2]), places=bytes(reply[3]))


def read_done(reply: Sequence[Any]) -> int:
    """Return how many places or holds changed. Refuses, or Stale."""
    kind = _kind(reply)
    if kind in {"DONE", "JOURNALLED"}:
        return int(reply[1]) if len(reply) > 1 else 0
    raise _refusal(kind, reply)


def read_word(reply: Sequence[Any]) -> str:
    """Return the answer's first word, for the two steps of loading."""
    return _kind(reply)


def read_changes(packed: bytes) -> list[tuple[int, int]]:
    """Return (ordinal, state) pairs of one entry of the feed, oldest first."""
    numbers = [int(part) for part in packed.split(b",")] if packed else []
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _call(scope: Scope, name: str, *arguments: Any) -> Call:
    return Call(script=script(name), keys=keys_of(scope), arguments=arguments)


def _pairs(claimed: Sequence[ClaimedPlace]) -> list[int]:
    return [part for place in claimed for part in (place.ordinal, place.claim_id)]


def _kind(reply: Sequence[Any]) -> str:
    return _text(reply[0])


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw


def _hold(hold_id: str, reply: Sequence[Any]) -> Hold:
    expiry_ms, extensions_left, now_ms = int(reply[1]), int(reply[2]), int(reply[3])
    return Hold(
        hold_id=hold_id,
        places=tuple(int(ordinal) for ordinal in reply[4:]),
        expires_at=datetime.fromtimestamp(expiry_ms / 1000, UTC),
        seconds_left=max(0, (expiry_ms - now_ms) // 1000),
        extensions_left=extensions_left,
    )


def _ordinals(raw: Sequence[Any]) -> list[int]:
    return [int(ordinal) for ordinal in raw]


def _moment(raw: Any) -> str:
    return datetime.fromtimestamp(int(raw) / 1000, UTC).isoformat()


def _refusal(kind: str, reply: Sequence[Any]) -> Exception:
    return REFUSALS[kind](reply)


REFUSALS: dict[str, Callable[[Sequence[Any]], Exception]] = {
    "STALE": lambda reply: Stale(),
    "LOADING": lambda reply: domain.Loading(retry_after_s=0.05),
    "BUSY": lambda reply: domain.Loading(retry_after_s=0.05),
    "TAKEN": lambda reply: domain.SeatsTaken(places=_ordinals(reply[1::2])),
    "FEW": lambda reply: domain.FewPlacesLeft(free=int(reply[1])),
    "UNKNOWN": lambda reply: domain.PlaceUnknown(field="places", place=int(reply[1])),
    "ALONE": lambda reply: domain.SingleSeatLeft(places=_ordinals(reply[1:])),
    "COMPANION": lambda reply: domain.CompanionAlone(places=_ordinals(reply[1:])),
    "TABLE": lambda reply: domain.TableSoldWhole(places=_ordinals(reply[1:])),
    "TOO_FEW": lambda reply: domain.TooFewTogether(
        least=int(reply[1]), places=_ordinals(reply[2:])
    ),
    "LIMIT": lambda reply: domain.TooManyPlaces(most=int(reply[1])),
    "SESSION_LIMIT": lambda reply: domain.TooManyPlaces(most=int(reply[1])),
    "NOT_YET": lambda reply: domain.SaleNotOpen(opens_at=_moment(reply[1])),
    "CLOSED": lambda reply: domain.SaleClosed(closed_at=_moment(reply[1])),
    "NOT_ON_SALE": lambda reply: domain.NotOnSale(),
    "NO_HOLD": lambda reply: domain.NoSuchHold(),
    "LAPSED": lambda reply: domain.HoldLapsed(),
    "NO_MORE_TIME": lambda reply: domain.NoMoreTime(),
    "ID_USED": lambda reply: domain.HoldIdUsed(),
}
