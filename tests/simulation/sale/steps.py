"""What may happen to a sale, in any order: the state machine.

Arguments are small numbers that pick among what there is at the time, so that a failing run shrinks
well and reads well.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import services as checkout
from tenant_apps.checkout.domain import CartPart, checkout_key
from tenant_apps.inventory import gateway, holds
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.models import Block
from tenant_apps.orders import queries as orders
from tenant_apps.payments import queries as payments
from tests.simulation.sale.faults import Fault
from tests.simulation.sale.house import PRICE_MINOR, SEATS
from tests.simulation.sale.model import OPEN, OVER, PAID, REFUNDING, Bought, Copy, ensure
from tests.simulation.sale.watching import BUYERS, SWEEPS, WatchedSale
from tests.support.checkout import CONTACT
from tests.support.sale import tiers

Places = tuple[int, ...]


def some_places(least: int, most: int) -> st.SearchStrategy[Places]:
    chosen = st.sets(st.integers(0, SEATS - 1), min_size=least, max_size=most)
    return chosen.map(lambda found: tuple(sorted(found)))


def faults(most: int) -> st.SearchStrategy[Fault | None]:
    """Return a fault at one of a service's effects, or none: most steps go well."""
    some = st.builds(Fault, st.sampled_from(["crash", "load"]), st.integers(1, most))
    return st.one_of(st.none(), st.none(), some)


buyers = st.sampled_from(BUYERS)
which = st.integers(0, 7)
fates = st.sampled_from(["once", "once", "twice", "lost"])
# About as many effects as such a service has, counted before and after each.
BRIEF, LONG = 5, 44


class Sale(WatchedSale):
    """Buyers, a box office, a worker, a bank and bad luck at one performance."""

    @initialize()
    def open_house(self) -> None:
        self.begin()

    # Holds ------------------------------------------------------------------------------------

    @rule(buyer=buyers, wanted=some_places(1, 3), fault=faults(BRIEF))
    def hold(self, buyer: str, wanted: Places, fault: Fault | None) -> None:
        self.take(buyer, wanted, fault)
        self.look()

    def take(self, buyer: str, wanted: Places, fault: Fault | None) -> str:
        """Ask for places; the hold's id."""
        self.holds_made += 1
        hold_id = f"hld_{self.holds_made:024d}"
        self.model.ask(hold_id, buyer, set(wanted))
        began = self.now_ms
        answer = self.perform(
            lambda: inventory.hold_places(
                performance_id=self.id, session=buyer, ordinals=wanted, hold_id=hold_id
            ),
            fault,
        )
        self.judge(answer, wanted, began=began, may_be={"seats_taken"})
        self.note_hold(hold_id, buyer, answer)
        return hold_id

    @precondition(lambda self: self.model.holds)
    @rule(number=which, add=some_places(0, 2), drop=some_places(0, 2), fault=faults(BRIEF))
    def change(self, number: int, add: Places, drop: Places, fault: Fault | None) -> None:
        hold_id, held = self.pick(self.model.holds, number)
        add = tuple(place for place in add if place not in drop)
        self.model.ask(hold_id, held.buyer, set(add))
        began = self.now_ms
        may_be = {"seats_taken"} | self.gone_codes(hold_id, began)
        answer = self.perform(
            lambda: inventory.change_hold(
                performance_id=self.id, session=held.buyer, hold_id=hold_id, add=add, drop=drop
            ),
            fault,
        )
        wanted = tuple({*held.places, *add} - {*drop})
        self.judge(answer, wanted, began=began, but=hold_id, may_be=may_be)
        self.note_hold(hold_id, held.buyer, answer)
        self.look()

    @precondition(lambda self: self.model.holds)
    @rule(number=which, fault=faults(BRIEF))
    def extend(self, number: int, fault: Fault | None) -> None:
        hold_id, held = self.pick(self.model.holds, number)
        began = self.now_ms
        may_be = {"no_more_time"} | self.gone_codes(hold_id, began)
        answer = self.perform(
            lambda: inventory.extend_hold(
                performance_id=self.id, session=held.buyer, hold_id=hold_id
            ),
            fault,
        )
        self.judge(answer, (), began=began, may_be=may_be)
        self.note_hold(hold_id, held.buyer, answer)
        self.look()

    @precondition(lambda self: self.model.holds)
    @rule(number=which, fault=faults(BRIEF))
    def release(self, number: int, fault: Fault | None) -> None:
        hold_id, held = self.pick(self.model.holds, number)
        answer = self.perform(
            lambda: inventory.release_hold(
                performance_id=self.id, session=held.buyer, hold_id=hold_id
            ),
            fault,
        )
        self.judge(answer, (), began=self.now_ms, may_be=set())
        self.note_hold(hold_id, held.buyer, answer)
        self.look()

    # Orders -----------------------------------------------------------------------------------

    @rule(buyer=buyers, wanted=some_places(1, 2), fault=faults(LONG))
    def hold_and_buy(self, buyer: str, wanted: Places, fault: Fault | None) -> None:
        hold_id = self.take(buyer, wanted, None)
        if hold_id in self.model.holds:
            self.check_out(hold_id, buyer, wanted, fault)

    @precondition(lambda self: self.model.holds)
    @rule(number=which, fault=faults(LONG))
    def buy(self, number: int, fault: Fault | None) -> None:
        hold_id, held = self.pick(self.model.holds, number)
        self.check_out(hold_id, held.buyer, held.places, fault)

    @precondition(lambda self: self.model.orders)
    @rule(number=which, fault=faults(LONG))
    def buy_again(self, number: int, fault: Fault | None) -> None:
        """A second click, a reload, or another try after a crash: the same cart."""
        _, order = self.pick(self.model.orders, number)
        self.check_out(order.hold_id, order.buyer, order.places, fault)

    def check_out(self, hold_id: str, buyer: str, wanted: Places, fault: Fault | None) -> None:
        model, began = self.model, self.now_ms
        part = CartPart(self.id, hold_id, tiers(wanted))
        key = checkout_key(buyer, [part])
        before = orders.find_running(key)
        if before is not None:
            # Another cart under the same hold: the order that waits is left.
            model.orders[before.public_id].asked.add("left")
        may_be = {"seats_taken", "order_over"} | self.gone_codes(hold_id, began)
        model.ask(hold_id, buyer, set(wanted))
        model.buying = Bought("", buyer, hold_id, wanted, PRICE_MINOR * len(wanted))
        answer = self.perform(
            lambda: checkout.start_checkout(session=buyer, parts=[part], contact=CONTACT), fault
        )
        if answer.is_done:
            after = orders.find_running(key)
            ensure(after is not None, "orders", "a checkout went well and left no order")
        else:
            model.unsure.add(hold_id)
            self.judge(answer, wanted, began=began, but=hold_id, may_be=may_be)
        self.look()
        if answer.is_done and answer.value.pay_url:
            model.orders[answer.value.order_id].url = answer.value.pay_url
        model.buying = None

    @precondition(lambda self: self.model.by_state(OPEN))
    @rule(number=which, fault=faults(LONG))
    def leave(self, number: int, fault: Fault | None) -> None:
        order = self.pick_order(number, OPEN)
        order.asked.add("left")
        self.perform(
            lambda: checkout.leave_order(order_id=order.order_id, session=order.buyer), fault
        )
        # Its places are the same buyer's hold again, if nothing came between.
        self.model.unsure.add(order.hold_id)
        self.look()

    @precondition(lambda self: self.model.by_state(PAID, REFUNDING))
    @rule(number=which, fault=faults(LONG))
    def refund(self, number: int, fault: Fault | None) -> None:
        order = self.pick_order(number, PAID, REFUNDING)
        order.asked.add("refund")
        answer = self.perform(
            lambda: checkout.refund_order(order_id=order.order_id, reason="rain", actor=SYSTEM),
            fault,
        )
        ensure(not answer.code, "orders", "a refund was refused:", answer.code)
        self.look()

    # Money ------------------------------------------------------------------------------------

    @precondition(lambda self: self.payable())
    @rule(number=which)
    def pay(self, number: int) -> None:
        """The buyer pays on Stripe's page, whatever has become of the order meanwhile."""
        self.pay_order(self.payable()[number % len(self.payable())])
        self.look()

    @precondition(lambda self: self.payable(OPEN))
    @rule(number=which, is_told=st.booleans())
    def pay_late(self, number: int, is_told: bool) -> None:
        """Money that is seen when the order is over: Stripe was out of reach in between."""
        self.pay_order(self.payable(OPEN)[number % len(self.payable(OPEN))])
        self.house.set_stripe_away(True)
        self.house.let_pass(timedelta(minutes=60))
        self.house.sweep("checkout.sweep_orders")
        self.look()
        self.house.set_stripe_away(False)
        if is_told and self.house.mail:
            self.house.tell(self.house.mail.pop())
            self.work_off()
            self.look()

    def pay_order(self, order: Bought) -> None:
        attempt = payments.attempt_of_order(order.order_id)
        assert attempt is not None
        if self.house.double.pay(attempt.session_id) == "paid":
            ensure(order.order_id not in self.model.charged, "money", order, "was paid twice")
            self.model.charged[order.order_id] = order.price
        self.house.read_bank()

    def payable(self, *states: str) -> list[Bought]:
        """Return the orders whose buyers have been told where to pay."""
        among = self.model.by_state(*(states or (OPEN, OVER)))
        return [order for order in among if order.url and order.order_id not in self.model.charged]

    # Post -------------------------------------------------------------------------------------

    @precondition(lambda self: self.house.mail)
    @rule(number=which, fate=fates, fault=faults(10))
    def webhook(self, number: int, fate: str, fault: Fault | None) -> None:
        """One of the events that are on their way, not always the oldest."""
        event = self.house.mail.pop(number % len(self.house.mail))
        if fate == "lost":
            self.house.lost_mail.append(event)
            return
        answer = self.perform(lambda: self.house.tell(event), fault)
        if answer.crashed:
            # It was not answered, so it comes again.
            self.house.mail.append(event)
        if fate == "twice":
            self.house.tell(event)
        self.look()

    @precondition(lambda self: self.house.pending)
    @rule(number=which, fate=fates, fault=faults(LONG))
    def work_on_one(self, number: int, fate: str, fault: Fault | None) -> None:
        """A worker takes a message, not always the oldest; or the broker loses it."""
        message = self.house.pending.pop(number % len(self.house.pending))
        if fate == "lost":
            self.messages_lost = True
            return
        self.work(message, fault)
        if fate == "twice":
            self.work(message)
        self.look()

    @precondition(lambda self: self.house.pending)
    @rule()
    def work_on_all(self) -> None:
        """Messages are worked off in order until there is none."""
        self.work_off()
        self.look(is_calm=not self.messages_lost)

    # Time and sweeps --------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 4, 11, 16, 50]), is_stripe_away=st.booleans())
    def time_passes(self, minutes: int, is_stripe_away: bool) -> None:
        """Nothing else happens; at the end of it Stripe can be reached, or cannot."""
        self.house.let_pass(timedelta(minutes=minutes))
        self.house.set_stripe_away(is_stripe_away and minutes > 4)
        self.look()

    @rule(name=st.sampled_from(SWEEPS), fault=faults(LONG))
    def sweep(self, name: str, fault: Fault | None) -> None:
        answer = self.perform(lambda: self.house.sweep(name), fault)
        self.messages_lost |= not answer.is_done
        self.look()

    # The box office ---------------------------------------------------------------------------

    @rule(wanted=some_places(1, 2), fault=faults(18))
    def block(self, wanted: Places, fault: Fault | None) -> None:
        taken = set(self.model.owners()) & set(wanted)
        self.model.doubt |= set(wanted)
        answer = self.perform(
            lambda: inventory.block_places(
                performance_id=self.id, ordinals=wanted, reason="rope", actor=SYSTEM
            ),
            fault,
        )
        if answer.refusal:
            ensure(answer.code == "seats_taken" and bool(taken), "one owner", answer, taken)
        for block in Block.objects.exclude(public_id__in=self.model.blocks):
            self.model.blocks[block.public_id] = set(wanted)
        self.look()

    @precondition(lambda self: any(self.model.blocks.values()))
    @rule(number=which, some=some_places(0, 2), fault=faults(18))
    def unblock(self, number: int, some: Places, fault: Fault | None) -> None:
        block_id, blocked = self.pick({k: v for k, v in self.model.blocks.items() if v}, number)
        freed = blocked & set(some) if some else set(blocked)
        self.model.doubt |= freed
        answer = self.perform(
            lambda: inventory.unblock_places(
                block_id=block_id, ordinals=sorted(freed), actor=SYSTEM
            ),
            fault,
        )
        block = Block.objects.get(public_id=block_id)
        left = set(block.claims.filter(released_at=None).values_list("ordinal", flat=True))
        is_right = left == blocked - freed or (answer.crashed and left == blocked)
        ensure(is_right, "one owner", block_id, "has", left)
        self.model.blocks[block_id] = left
        self.look()

    # Valkey -----------------------------------------------------------------------------------

    @rule(is_rebuilt=st.booleans(), fault=faults(BRIEF))
    def live_process(self, is_rebuilt: bool, fault: Fault | None) -> None:
        """Its timer frees what is over; or it loads the performance again."""
        if is_rebuilt:
            self.rebuild(fault)
            return

        def expire() -> None:
            try:
                holds.read_done(gateway.run(holds.expire(self.house.scope)))
            except holds.Stale:
                return

        self.perform(expire, fault)
        self.look()

    @rule()
    def valkey_is_copied(self) -> None:
        self.copies.append(Copy(self.house.copy(), dict(self.model.holds)))

    @rule(number=which, fate=st.sampled_from(["emptied", "restarted older", "rewound unnoticed"]))
    def valkey_forgets(self, number: int, fate: str) -> None:
        """It is empty; or an older state comes back, by a restart or behind everybody's back."""
        if fate == "emptied" or not self.copies:
            self.house.client.flushdb()
            self.model.forget_holds()
        else:
            copy = self.copies[number % len(self.copies)]
            self.house.put_back(copy.keys)
            self.model.rewind(copy.holds)
            if fate == "restarted older":
                self.house.rename_server()
                self.model.is_rewound = False
        self.look()

    def rebuild(self, fault: Fault | None) -> None:
        answer = self.perform(lambda: inventory.load(self.id, again=True), fault)
        if answer.is_done:
            self.model.is_rewound = False
        self.look(is_calm=answer.is_done)
