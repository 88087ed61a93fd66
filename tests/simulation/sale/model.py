"""A naive box office: dictionaries, no protocol, no fences, no leases.

It hears what buyers and staff were told, and follows orders along the few ways that an order may
go. Where a fault makes an answer doubtful, it says so (`doubt`, `unsure`) and takes what it then
sees, if that is at least something that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OPEN, PAID, OVER, REFUNDING, REFUNDED = "open", "paid", "over", "refunding", "refunded"
# The product has two names for an order that still has its places, and two for one that is over.
STATES = {
    "pending": OPEN, "expiring": OPEN, "paid": PAID, "expired": OVER, "cancelled": OVER,
    "refunding": REFUNDING, "refunded": REFUNDED,
}  # fmt: skip
HAS_PLACES = (OPEN, PAID)
# What an order may have become since it was last looked at.
WAYS = {
    OPEN: (OPEN, PAID, OVER, REFUNDING, REFUNDED),
    PAID: (PAID, REFUNDING, REFUNDED),
    OVER: (OVER, PAID, REFUNDING, REFUNDED),
    REFUNDING: (REFUNDING, REFUNDED),
    REFUNDED: (REFUNDED,),
}


class Broken(AssertionError):
    """The product and the model do not agree. The first word names the invariant."""


def ensure(is_so: bool, invariant: str, *told: object) -> None:
    if not is_so:
        raise Broken(f"{invariant}: " + " ".join(str(part) for part in told))


@dataclass(frozen=True)
class Held:
    """A buyer's reservation, as the buyer was told."""

    buyer: str
    places: tuple[int, ...]
    ends_ms: int


@dataclass
class Bought:
    """An order. `asked` is what has happened to it from outside: left, refund."""

    order_id: str
    buyer: str
    hold_id: str
    places: tuple[int, ...]
    price: int
    state: str = OPEN
    due_s: float = 0
    url: str = ""
    asked: set[str] = field(default_factory=set)


@dataclass
class Copy:
    """What was held when Valkey was copied."""

    keys: dict[str, bytes]
    holds: dict[str, Held]


@dataclass
class Model:
    """Who has what, as anybody would keep it on paper."""

    size: int
    holds: dict[str, Held] = field(default_factory=dict)
    # Every place that was ever asked for under a hold's id, and by whom.
    asked: dict[str, tuple[str, set[int]]] = field(default_factory=dict)
    orders: dict[str, Bought] = field(default_factory=dict)
    blocks: dict[str, set[int]] = field(default_factory=dict)
    charged: dict[str, int] = field(default_factory=dict)
    # Places on which Valkey may be wrong for now, and holds of which nobody knows the fate.
    doubt: set[int] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    # Valkey's fences are older than the claims: any message that comes may be believed wrongly.
    is_rewound: bool = False
    # The cart that somebody is buying at this moment.
    buying: Bought | None = None

    # Seats ------------------------------------------------------------------------------------

    def owners(self) -> dict[int, str]:
        """Return who has each place; a place that two have breaks the first law."""
        found: dict[int, str] = {}
        for order in self.orders.values():
            if order.state in HAS_PLACES:
                self._give(found, order.places, order.order_id)
        for block_id, places in self.blocks.items():
            self._give(found, sorted(places), block_id)
        return found

    @staticmethod
    def _give(found: dict[int, str], places: object, owner: str) -> None:
        for place in places:  # type: ignore[attr-defined]
            ensure(place not in found, "one owner", place, found.get(place), owner)
            found[place] = owner

    def running(self, now_ms: int) -> dict[str, Held]:
        """Return the holds whose time is not over."""
        return {hold_id: held for hold_id, held in self.holds.items() if held.ends_ms > now_ms}

    def kept(self, now_ms: int, *, but: str = "") -> set[int]:
        """Return the places that somebody has or holds, but for those of one hold."""
        held = {
            place
            for hold_id, one in self.running(now_ms).items()
            if hold_id != but
            for place in one.places
        }
        return held | set(self.owners())

    def everything(self) -> set[int]:
        return set(range(self.size))

    # Buyers -----------------------------------------------------------------------------------

    def ask(self, hold_id: str, buyer: str, places: set[int]) -> None:
        known = self.asked.setdefault(hold_id, (buyer, set()))
        known[1].update(places)

    def hold(self, hold_id: str, buyer: str, places: tuple[int, ...], ends_ms: int) -> None:
        self.holds[hold_id] = Held(buyer, places, ends_ms)

    def adopt(self, hold_id: str, buyer: str, places: tuple[int, ...], ends_ms: int) -> None:
        """Take over what became of a doubtful hold, if that buyer had asked for it."""
        asked_by, wanted = self.asked.get(hold_id, ("", set()))
        ensure(
            asked_by == buyer and set(places) <= wanted,
            "one owner", hold_id, "holds", places, "that its buyer never asked for",
        )  # fmt: skip
        if places:
            self.hold(hold_id, buyer, places, ends_ms)
        else:
            self.holds.pop(hold_id, None)

    # Orders -----------------------------------------------------------------------------------

    def place(self, order_id: str, due_s: float) -> None:
        """Write down the order that the present cart has become."""
        bought = self.buying
        ensure(bought is not None, "one owner", order_id, "was placed and nobody is buying")
        assert bought is not None
        bought.order_id, bought.due_s = order_id, due_s
        self.orders[order_id] = bought
        self.holds.pop(bought.hold_id, None)

    def follow(self, order: Bought, state: str, now_s: float) -> None:
        """Let an order go on, if there is a way and a reason."""
        before = order.state
        ensure(state in WAYS[before], "orders", order.order_id, before, "became", state)
        if state != before:
            reason = self._missing_reason(order, before, state, now_s)
            ensure(not reason, "orders", order.order_id, before, "became", state, reason)
        order.state = state

    def _missing_reason(self, order: Bought, before: str, after: str, now_s: float) -> str:
        if after in (PAID, REFUNDING, REFUNDED) and order.order_id not in self.charged:
            return "and nobody paid"
        if after == OVER and now_s < order.due_s and "left" not in order.asked:
            return "before its time"
        if after in (REFUNDING, REFUNDED):
            was_over = before == OVER or now_s >= order.due_s or "left" in order.asked
            if "refund" not in order.asked and not was_over:
                return "and nobody asked"
        return ""

    def by_state(self, *states: str) -> list[Bought]:
        return [order for order in self.orders.values() if order.state in states]

    # Valkey -----------------------------------------------------------------------------------

    def forget_holds(self) -> None:
        """Valkey is empty: whoever had a hold has none, and the rest is read anew."""
        self.holds.clear()
        self.unsure.clear()
        self.doubt.clear()
        self.is_rewound = False

    def rewind(self, holds: dict[str, Held]) -> None:
        """Valkey is as it was, and does not know it."""
        self.holds = dict(holds)
        self.unsure = set(holds)
        self.doubt = self.everything()
        self.is_rewound = True

    def settle_doubts(self) -> None:
        self.doubt = self.everything() if self.is_rewound else set()
        self.unsure.clear()
