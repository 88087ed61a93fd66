"""Paid orders that a rule points at: found, accepted, given back, blocked; others let through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import clock
from public_apps.audit.models import Entry as Line
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.checkout import services
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.notifications.models import Message
from tenant_apps.orders import queries as orders
from tenant_apps.orders.domain import NoSuchOrder, OrderState, contact_of
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.payments.domain import StripeUnreachable
from tenant_apps.queueing import queries, scoring, suspicion
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import BuyerBlocked, Entry, Verdict, What
from tenant_apps.queueing.domain.reviews import AlreadyDecided, NoSuchReview, ReviewState
from tenant_apps.queueing.domain.rules import Kind
from tenant_apps.queueing.models import Listing, Review
from tenant_apps.tickets.models import Ticket
from tests.support.checkout import ANNA, cart, connect, pay, start
from tests.support.queue import drain
from tests.support.sale import put_on_sale
from tests.support.stripe import PAID, StripeDouble


@pytest.fixture
def account(live_tenant: TenantRecord, stripe_double: StripeDouble) -> str:
    return connect(stripe_double)


@pytest.fixture
def performance(account: str) -> Performance:
    return put_on_sale()


def buy(
    double: StripeDouble,
    performance: Performance,
    place: int,
    *,
    mail: str = "anna@example.org",
    session: str = ANNA,
    card: str = PAID,
    network: str = "",
) -> str:
    """Buy one place, paid and settled, with everything that follows; the order's id."""
    part = cart(performance, [place], session=session)
    started = services.start_checkout(
        session=session, parts=[part], contact=contact_of(email=mail, name="Anna Buyer"),
        network=network,
    )  # fmt: skip
    pay(double, started.order_id, card)
    services.refresh_order(order_id=started.order_id)
    drain()
    return started.order_id


def rules_of(order_id: str) -> list[str]:
    review = queries.find_review(order_id)
    return review.rules if review else []


def open_review(double: StripeDouble, performance: Performance, place: int = 0) -> str:
    """Have an order looked at: its card is blocked."""
    fingerprint = payments.find_card(buy(double, performance, place))
    card = queries.digest_of(What.CARD, fingerprint)
    queueing.list_buyer(Entry(Verdict.BLOCKED, What.CARD, card, "stolen"), actor=SYSTEM)
    order_id = buy(double, performance, place + 1, session="other", mail="other@example.org")
    assert rules_of(order_id) == ["blocked"]
    return order_id


def test_an_honest_order_is_not_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    buy(stripe_double, performance, 0)
    assert not Review.objects.exists()


def test_a_card_behind_four_mails_is_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    bought = [
        buy(stripe_double, performance, n, mail=f"m{n}@example.org", session=f"s{n}")
        for n in range(4)
    ]
    assert [rules_of(order_id) for order_id in bought] == [[], [], [], ["shared_card"]]


def test_plus_addresses_of_one_mailbox_are_one_mail(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    for n in range(4):
        buy(stripe_double, performance, n, mail=f"anna+{n}@example.org", session=f"s{n}")
    assert not Review.objects.exists()


def test_a_couple_with_one_card_and_two_mails_is_let_through(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    for n, mail in enumerate(("anna", "bert", "anna", "bert")):
        buy(stripe_double, performance, n, mail=f"{mail}@example.org", session=mail)
    assert not Review.objects.exists()


def test_a_teacher_who_buys_three_times_is_let_through(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    for n in range(3):
        buy(stripe_double, performance, n, mail="teacher@school.example")
    assert not Review.objects.exists()


def test_more_places_than_several_orders_may_have_are_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    Performance.objects.filter(pk=performance.pk).update(max_places_per_order=1)
    bought = [
        buy(stripe_double, performance, n, session=f"s{n}", mail=f"anna+{n}@example.org")
        for n in range(5)
    ]
    assert [rules_of(order_id) for order_id in bought] == [[], [], [], [], ["beyond_limit"]]


def test_what_a_hoarder_buys_is_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    who = scoring.who_is(Kind.SESSION, ANNA)
    client = scoring.valkey.limits_client()
    # Six holds that ran out, and the order itself makes two of them good.
    client.hset(scoring._count_key(who), "lapsed:0", 8)
    assert rules_of(buy(stripe_double, performance, 0)) == ["hoarding"]


def test_a_paid_order_is_noted_for_the_scores(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    buy(stripe_double, performance, 0)
    scoring.read_notes()
    [(_, signs)] = scoring.signs_of([scoring.who_is(Kind.SESSION, ANNA)])
    assert signs.bought == 1


def test_a_paid_order_is_noted_once_when_its_card_is_known(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    part = cart(performance, [0])
    started = start(part)
    pay(stripe_double, started.order_id, PAID)
    services.refresh_order(order_id=started.order_id)
    scoring.read_notes()
    stripe_double.post("/faults", operation="payment_intents.retrieve", kind="error", count=9)
    with pytest.raises(StripeUnreachable):
        services.review_order(order_id=started.order_id)
    assert scoring.read_notes() == 0
    stripe_double.control("DELETE", "/faults")
    for _ in range(2):
        services.review_order(order_id=started.order_id)
        scoring.read_notes()
    [(_, signs)] = scoring.signs_of([scoring.who_is(Kind.SESSION, ANNA)])
    assert signs.bought == 1


def test_the_tickets_are_good_while_an_order_is_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = open_review(stripe_double, performance)
    assert Ticket.objects.get(order_ref=order_id).is_valid
    assert Message.objects.filter(kind="order_paid").count() == 2
    history = [step.note for step in orders.get_order(order_id).history.all()]
    assert "to be looked at" in history


def test_being_told_twice_is_one_review(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = open_review(stripe_double, performance)
    services.review_order(order_id=order_id)
    assert Review.objects.count() == 1
    services.accept_order(order_id=order_id, actor=SYSTEM)
    services.review_order(order_id=order_id)
    assert queries.get_review(order_id).state == ReviewState.ACCEPTED


def test_without_stripe_it_is_tried_again(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = buy(stripe_double, performance, 0)
    stripe_double.post("/faults", operation="payment_intents.retrieve", kind="error", count=9)
    with pytest.raises(StripeUnreachable):
        services.review_order(order_id=order_id)


def test_an_accepted_order_stays_as_it_is(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = open_review(stripe_double, performance)
    for _ in range(2):
        services.accept_order(order_id=order_id, actor=SYSTEM)
    assert orders.get_order(order_id).state == OrderState.PAID
    assert Ticket.objects.get(order_ref=order_id).is_valid
    assert Line.objects.filter(action="order.review_accepted").count() == 1


def test_a_refund_is_whole_and_once(stripe_double: StripeDouble, performance: Performance) -> None:
    order_id = open_review(stripe_double, performance)
    for _ in range(2):
        services.refund_looked_at(order_id=order_id, reason="a scalper", actor=SYSTEM)
    drain()
    assert orders.get_order(order_id).state == OrderState.REFUNDED
    assert not Ticket.objects.get(order_ref=order_id).is_valid
    assert inventory.snapshot(performance.pk).places[1] == PlaceState.FREE
    assert Message.objects.filter(kind="order_refunded").count() == 1
    assert Line.objects.filter(action="order.review_refunded").count() == 1
    assert Line.objects.filter(action="order.refunded").count() == 1
    assert Listing.objects.count() == 1


def test_a_block_refunds_and_sells_nothing_more(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = open_review(stripe_double, performance)
    for _ in range(2):
        services.block_buyer(order_id=order_id, reason="a scalper", actor=SYSTEM)
    drain()
    assert orders.get_order(order_id).state == OrderState.REFUNDED
    assert {listing.what for listing in Listing.objects.all()} == {"mail", "card"}
    assert "4242" not in str(list(Listing.objects.values()))
    session = orders.get_order(order_id).buyer_session
    key = suspicion.key_of("t_aurora", "session", session)
    assert scoring.valkey.limits_client().get(key) == b"30"
    with pytest.raises(BuyerBlocked):
        start(cart(performance, [5], session="third"), session="third",
              contact=contact_of(email="other+1@example.org", name="Other"))  # fmt: skip
    # Another mail with the same card is found once it has paid.
    order_id = buy(stripe_double, performance, 6, session="fourth", mail="new@example.org")
    assert rules_of(order_id) == ["blocked"]


def test_another_decision_comes_too_late(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = open_review(stripe_double, performance)
    services.accept_order(order_id=order_id, actor=SYSTEM)
    with pytest.raises(AlreadyDecided) as refusal:
        services.block_buyer(order_id=order_id, reason="a scalper", actor=SYSTEM)
    assert refusal.value.details == {"state": "accepted", "by": SYSTEM.name}
    assert orders.get_order(order_id).state == OrderState.PAID
    assert Listing.objects.count() == 1


def test_an_order_that_is_refunded_elsewhere_leaves_the_queue(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = open_review(stripe_double, performance)
    services.refund_order(order_id=order_id, reason="ill", actor=SYSTEM)
    assert queries.get_review(order_id).state == ReviewState.REFUNDED


def test_only_who_may_refund_decides(stripe_double: StripeDouble, performance: Performance) -> None:
    order_id = open_review(stripe_double, performance)
    for decide in (
        lambda: services.accept_order(order_id=order_id, actor=BUYER),
        lambda: services.refund_looked_at(order_id=order_id, reason="x", actor=BUYER),
        lambda: services.block_buyer(order_id=order_id, reason="x", actor=BUYER),
    ):
        with pytest.raises(NotPermitted):
            decide()
    assert queries.get_review(order_id).state == ReviewState.OPEN


def test_an_order_that_nobody_pointed_at_is_not_decided_about(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    order_id = buy(stripe_double, performance, 0)
    with pytest.raises(NoSuchReview):
        services.accept_order(order_id=order_id, actor=SYSTEM)
    with pytest.raises(NoSuchReview):
        services.refund_looked_at(order_id=order_id, reason="x", actor=SYSTEM)
    with pytest.raises(NoSuchOrder):
        services.accept_order(order_id="ord_000000000000000000000000", actor=SYSTEM)
    assert Order.objects.get().state == OrderState.PAID


def test_a_trusted_mail_is_never_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    queueing.list_buyer(
        Entry(Verdict.TRUSTED, What.MAIL, "m3@example.org", "a friend"), actor=SYSTEM
    )
    for n in range(4):
        buy(stripe_double, performance, n, mail=f"m{n}@example.org", session=f"s{n}")
    assert not Review.objects.exists()


def test_what_is_bought_in_a_trusted_network_is_never_looked_at(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    """The box office pays with one card for everybody who calls."""
    queueing.list_buyer(
        Entry(Verdict.TRUSTED, What.NETWORK, "203.0.113.0/28", "our box office"), actor=SYSTEM
    )
    for n in range(5):
        buy(
            stripe_double, performance, n, mail=f"m{n}@example.org", session=f"s{n}",
            network="203.0.113.3",
        )  # fmt: skip
    assert not Review.objects.exists()


def test_what_is_held_again_after_an_order_that_was_left_is_watched(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    """Otherwise an order that is left at once would keep places unseen for a hold's whole time."""
    part = cart(performance, [0])
    services.leave_order(order_id=start(part).order_id, session=ANNA)
    held = inventory.find_hold(performance_id=performance.pk, session=ANNA, hold_id=part.hold_id)
    assert held is not None
    scoring.read_notes()
    with clock.fixed(held.expires_at + timedelta(minutes=2)):
        scoring.read_notes()
    assert scoring.signs_of([scoring.who_is(Kind.SESSION, ANNA)])[0][1].lapsed == 1


def test_who_leaves_an_order_and_pays_for_the_next_has_no_sign(
    stripe_double: StripeDouble, performance: Performance
) -> None:
    part = cart(performance, [0])
    services.leave_order(order_id=start(part).order_id, session=ANNA)
    scoring.read_notes()
    start(part)
    with clock.fixed(clock.now() + timedelta(minutes=14)):
        scoring.read_notes()
    assert scoring.signs_of([scoring.who_is(Kind.SESSION, ANNA)])[0][1].lapsed == 0


def test_an_order_that_nobody_pays_for_is_noted(account: str, performance: Performance) -> None:
    started = start(cart(performance, [0]))
    scoring.read_notes()
    due = orders.get_order(started.order_id).due_at
    with clock.fixed(due):
        services.expire_order(order_id=started.order_id)
        scoring.read_notes()
    [(_, signs)] = scoring.signs_of([scoring.who_is(Kind.SESSION, ANNA)])
    assert (signs.lapsed, signs.bought) == (1, 0)
