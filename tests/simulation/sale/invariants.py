"""What must be so after every step, and what must be so at rest. Each has a name."""

from __future__ import annotations

from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import PlaceState
from tests.simulation.sale.house import SEATS, House
from tests.simulation.sale.model import OPEN, OVER, PAID, REFUNDED, STATES, Model, ensure
from tests.simulation.sale.seeing import Bank, Seen

FREE, HELD, SOLD, BLOCKED = (
    PlaceState.FREE, PlaceState.HELD, PlaceState.SOLD, PlaceState.BLOCKED,
)  # fmt: skip


def follow(model: Model, seen: Seen, now_s: float) -> None:
    """Let the model's orders become what they are, where that is allowed."""
    for order_id, order in seen.orders.items():
        if order_id not in model.orders:
            model.place(order_id, order.due_s)
        known = model.orders[order_id]
        ensure(
            (order.buyer, order.places, order.total) == (known.buyer, known.places, known.price),
            "orders", order, "is not what was bought:", known,
        )  # fmt: skip
        model.follow(known, STATES[order.state], now_s)
    missing = model.orders.keys() - seen.orders.keys()
    ensure(not missing, "orders", missing, "are gone")


def one_owner(model: Model, seen: Seen) -> None:
    """A seat has at most one owner, and PostgreSQL has the same one as the model."""
    owners = model.owners()
    claimed: dict[int, str] = {}
    for place, order_id, block_id in seen.claims:
        ensure(place not in claimed, "one owner", place, "has two live claims")
        claimed[place] = order_id or block_id
    ensure(claimed == owners, "one owner", claimed, "are claimed, not", owners)
    holders: dict[int, str] = {}
    for hold_id, (_, places) in seen.holds.items():
        for place in places:
            ensure(place not in holders, "one owner", place, "is held by two")
            holders[place] = hold_id


def holds_as_told(model: Model, seen: Seen, now_ms: int) -> None:
    """Who was told of a hold has it, and nobody has one that they did not ask for."""
    if seen.places is None:
        return
    running = model.running(now_ms)
    for hold_id in sorted(running.keys() | seen.holds.keys()):
        told = running.get(hold_id)
        buyer, places = seen.holds.get(hold_id, (told.buyer if told else "", ()))
        expected = told.places if told else ()
        if places == expected or hold_id.startswith("hld_late"):
            continue
        is_doubtful = hold_id in model.unsure or model.doubt & {*places, *expected}
        ensure(bool(is_doubtful), "one owner", hold_id, "was told", expected, "and has", places)
        model.adopt(hold_id, buyer, places, told.ends_ms if told else now_ms + 600_000)


def paid_has_tickets(model: Model, seen: Seen) -> None:
    """Whoever paid has a ticket for each place; nobody else has one."""
    for order in model.orders.values():
        expected = list(order.places) if order.state == PAID else []
        has = seen.tickets.get(order.order_id, [])
        ensure(has == expected, "ticket or refund", order.order_id, order.state, "has", has)


def money_adds_up(model: Model, seen: Seen, bank: Bank) -> None:
    """The books follow the bank: never more, never another amount, never twice."""
    ensure(bank.taken == model.charged, "money", "taken", bank.taken, "paid", model.charged)
    recorded: dict[str, int] = {}
    for order_id, intent, amount in seen.payments:
        known = bank.intents.get(intent)
        ensure(known == (order_id, amount), "money", intent, amount, "is in the books, not", known)
        recorded[order_id] = recorded.get(order_id, 0) + amount
    for order_id, amount in bank.returned.items():
        ensure(amount <= bank.taken[order_id], "money", order_id, "gave back more than it took")
        # A crash or a lost answer leaves Stripe ahead of our books, never the other way.
        ensure(
            model.orders[order_id].state not in (OPEN, PAID, OVER), "money", order_id, "returned"
        )
    in_books = -seen.books.get("sales", 0)
    ensure(in_books == sum(recorded.values()), "money", "sales", in_books, "recorded", recorded)
    refunded = sum(amount for _, amount in seen.refunds)
    ensure(seen.books.get("refunds", 0) == refunded, "money", "refunds", seen.books, refunded)
    ensure(refunded <= sum(bank.returned.values()), "money", "refunds", refunded, bank.returned)
    ensure(not sum(seen.books.values()), "money", "the books do not balance", seen.books)
    for order in model.orders.values():
        if order.state not in (OPEN, OVER):
            told = recorded.get(order.order_id)
            ensure(told == order.price, "money", order.order_id, order.state, "paid", told)


def counts_add_up(model: Model, seen: Seen, now_ms: int) -> None:
    """Held, taken, blocked and free places are all places, and each is what the model says."""
    if seen.places is None:
        return
    counts = [seen.places.count(bytes([state])) for state in (FREE, HELD, SOLD, BLOCKED)]
    ensure(sum(counts) == len(seen.places) == SEATS, "counts", list(seen.places))
    expected = projection(model, {p for h in model.running(now_ms).values() for p in h.places})
    lapsed = {place for held in model.holds.values() for place in held.places}
    late = {p for hold, (_, places) in seen.holds.items() if "late" in hold for p in places}
    for place, (is_now, should_be) in enumerate(zip(seen.places, expected, strict=True)):
        # A hold that is over may still be shown: whoever wants the place gets it.
        if is_now == HELD and should_be == FREE and place in lapsed | late:
            continue
        is_so = is_now == should_be or place in model.doubt
        ensure(is_so, "counts", place, "is", PlaceState(is_now).name, "not", should_be.name)


def projection(model: Model, held: set[int]) -> list[PlaceState]:
    """Return what each place must look like to a buyer."""
    owners = model.owners()
    return [
        (BLOCKED if owners[place] in model.blocks else SOLD)
        if place in owners
        else HELD if place in held else FREE
        for place in range(model.size)
    ]  # fmt: skip


def rebuilt_is_true(model: Model, seen: Seen, house: House) -> None:
    """One rebuild makes Valkey's projection what PostgreSQL says, under the holds that run."""
    if seen.places is None:
        return
    before = house.copy()
    inventory.load(house.performance.pk, again=True)
    rebuilt = house.places_in_valkey()
    held = {place for _, places in seen.holds.values() for place in places}
    expected = bytes(projection(model, held))
    ensure(rebuilt == expected, "projection", rebuilt and list(rebuilt), "not", list(expected))
    house.put_back(before)


def no_surprises(house: House) -> None:
    """No loop has swallowed an error that is not of the world outside."""
    ensure(not house.surprises.found, "surprise", *house.surprises.found)


def at_rest(model: Model, seen: Seen, bank: Bank) -> None:
    """Everything is told and swept: nobody waits, and the money is where it belongs."""
    ensure(not seen.undelivered, "rest", seen.undelivered, "facts are undelivered")
    kept = 0
    for order in model.orders.values():
        state, taken = order.state, bank.taken.get(order.order_id, 0)
        returned = bank.returned.get(order.order_id, 0)
        ensure(state in (PAID, OVER, REFUNDED), "rest", order.order_id, "is still", state)
        ensure(
            taken - returned == (order.price if state == PAID else 0),
            "ticket or refund", order.order_id, state, "taken", taken, "returned", returned,
        )  # fmt: skip
        kept += order.price if state == PAID else 0
    in_books = -seen.books.get("sales", 0) - seen.books.get("refunds", 0)
    in_bank = sum(bank.taken.values()) - sum(bank.returned.values())
    ensure(in_books == in_bank == kept, "money", "books", in_books, "bank", in_bank, "orders", kept)
