"""How a step is made and judged: call a service, let a fault strike, compare with the model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from kernel.errors import DomainError
from tenant_apps.inventory import services as inventory
from tests.simulation.sale import invariants, seeing
from tests.simulation.sale.faults import Fault, PowerCut
from tests.simulation.sale.house import SEATS, House, Message
from tests.simulation.sale.model import OVER, PAID, Bought, Copy, Model, ensure
from tests.simulation.sale.seeing import Seen

T = TypeVar("T")

BUYERS = ("anna-session", "bert-session", "cleo-session")
SWEEPS = (
    "checkout.sweep_orders", "outbox.sweep_tenant", "inbox.sweep", "payments.sweep",
    "inventory.reconcile_tenant",
)  # fmt: skip
# Refusals that say "somebody else has it" have to be justified; these say "not now".
NOT_NOW = {"availability_loading", "stripe_unreachable"}
GONE = {"no_such_hold", "hold_lapsed", "cart_changed"}


@dataclass(frozen=True, slots=True)
class Answer:
    """How a service ended: with a value, a refusal or a crash."""

    value: Any = None
    refusal: DomainError | None = None
    crashed: bool = False

    @property
    def code(self) -> str:
        return self.refusal.code if self.refusal else ""

    @property
    def is_done(self) -> bool:
        return not self.crashed and self.refusal is None


class WatchedSale(RuleBasedStateMachine):
    """A house, a model of it, and what is compared after each step."""

    house: ClassVar[House]

    def begin(self) -> None:
        self.house.reset()
        self.model = Model(SEATS)
        self.copies: list[Copy] = []
        self.holds_made = 0
        self.messages_lost = False
        self.rebuilt: Seen | None = None

    @property
    def id(self) -> int:
        return self.house.performance.pk

    @property
    def now_ms(self) -> int:
        return self.house.time.ms()

    def perform(self, act: Callable[[], object], fault: Fault | None = None) -> Answer:
        """Call a service, let the fault strike, and be a new process after a crash."""
        try:
            with self.house.armed(fault):
                return Answer(act())
        except PowerCut:
            self.house.start_again()
            self.model.doubt = self.model.everything()
            self.messages_lost = True
            return Answer(crashed=True)
        except DomainError as refusal:
            return Answer(refusal=refusal)
        finally:
            self.house.collect()

    def judge(
        self,
        answer: Answer,
        wanted: tuple[int, ...],
        *,
        began: int,
        may_be: set[str],
        but: str = "",
    ) -> None:
        """Refuse an answer that a naive box office would not have given.

        `but` is the buyer's own hold; `may_be` are the refusals that need no other reason.
        """
        model = self.model
        if answer.crashed:
            return
        if answer.is_done:
            given = model.kept(self.now_ms, but=but) & (set(wanted) - model.doubt)
            ensure(not given, "one owner", "was given", given, "that others have")
            return
        ensure(answer.code in may_be | NOT_NOW, "refusal", answer.code, answer.refusal)
        if answer.code == "seats_taken":
            assert answer.refusal is not None
            named = set(answer.refusal.details["places"])  # type: ignore[call-overload]
            late = {place for order in self.late_orders() for place in order.places}
            phantom = named - model.kept(began, but=but) - model.doubt - late
            ensure(not phantom, "refusal", phantom, "are free and were refused as taken")

    def gone_codes(self, hold_id: str, began: int) -> set[str]:
        """Return the refusals of a hold that the model does not know to run; else none."""
        held = self.model.holds.get(hold_id)
        runs = held is not None and held.ends_ms > began
        is_sure = hold_id not in self.model.unsure
        if runs and is_sure and held and not self.model.doubt & set(held.places):
            return set()
        return GONE

    def note_hold(self, hold_id: str, buyer: str, answer: Answer) -> None:
        """Write down what the buyer was told."""
        if answer.crashed:
            self.model.unsure.add(hold_id)
        elif answer.is_done and answer.value is None:
            self.model.holds.pop(hold_id, None)
        elif answer.is_done:
            ends_ms = round(answer.value.expires_at.timestamp() * 1000)
            self.model.hold(hold_id, buyer, answer.value.places, ends_ms)

    def late_orders(self) -> list[Bought]:
        """Return the orders that may have won their places again, by a hold of their own."""
        orders = self.model.by_state(OVER, PAID)
        return [order for order in orders if order.order_id in self.model.charged]

    def look(self, *, is_calm: bool = False) -> Seen:
        """Compare all that can be seen with the model; calm means that nothing is under way."""
        model, house = self.model, self.house
        late = [f"late-{order.order_id[-24:]}" for order in self.late_orders()]
        seen = seeing.look(house, [*BUYERS, *late])
        invariants.follow(model, seen, house.time.moment.timestamp())
        invariants.one_owner(model, seen)
        invariants.holds_as_told(model, seen, self.now_ms)
        if is_calm:
            model.settle_doubts()
            self.messages_lost = False
        invariants.paid_has_tickets(model, seen)
        invariants.money_adds_up(model, seen, seeing.bank(house))
        invariants.counts_add_up(model, seen, self.now_ms)
        if seen != self.rebuilt:
            invariants.rebuilt_is_true(model, seen, house)
            self.rebuilt = seen
        invariants.no_surprises(house)
        return seen

    def work(self, message: Message, fault: Fault | None = None) -> None:
        """Run one task as a worker; one that was cut off is lost."""
        answer = self.perform(lambda: self.house.work(message), fault)
        self.messages_lost |= not answer.is_done
        if self.model.is_rewound:
            self.model.doubt = self.model.everything()

    def work_off(self) -> None:
        """Run all tasks in order, and those that they bring about."""
        for _ in range(500):
            self.house.collect()
            if not self.house.pending:
                return
            self.work(self.house.pending.pop(0))
        raise AssertionError("tasks feed themselves")

    def teardown(self) -> None:
        # Hypothesis comes here after a failure too; then there is nothing more to find.
        if sys.exc_info()[0] is not None or not hasattr(self, "model"):
            return
        self.come_to_rest()
        invariants.at_rest(self.model, self.look(is_calm=True), seeing.bank(self.house))

    def come_to_rest(self) -> None:
        """Let everything be told and swept, until every order's time is over."""
        house = self.house
        house.set_stripe_away(False)
        for minutes in (2, 60, 5):
            house.let_pass(timedelta(minutes=minutes))
            # Stripe sends for three days what was not answered.
            for event in house.lost_mail + house.mail:
                house.tell(event)
            house.lost_mail.clear()
            house.mail.clear()
            for name in SWEEPS:
                house.sweep(name)
            self.work_off()
            house.read_bank()
        inventory.load(self.id, again=True)
        self.model.is_rewound = False

    @staticmethod
    def pick(among: dict[str, T], number: int) -> tuple[str, T]:
        """Return one of them, the same for the same number."""
        return list(among.items())[number % len(among)]

    def pick_order(self, number: int, *states: str) -> Bought:
        found = self.model.by_state(*states)
        return found[number % len(found)]
