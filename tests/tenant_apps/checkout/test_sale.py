"""A sale from the cart to the ticket, and every way in which it can go wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from kernel import clock
from kernel.db import public_context
from public_apps.inbox.models import Envelope
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.checkout import domain, queries, services
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import HoldsDown, PlaceState, SeatsTaken
from tenant_apps.inventory.models import Claim
from tenant_apps.orders import queries as orders
from tenant_apps.orders.domain import OrderState, contact_of
from tenant_apps.orders.models import Order
from tenant_apps.payments import queries as payments
from tenant_apps.payments.domain import LedgerAccount, StripeUnreachable
from tenant_apps.tickets import queries as tickets
from tests.support.checkout import (
    ANNA,
    BERT,
    cart,
    connect,
    events_of,
    pay,
    send_webhook,
    start,
)
from tests.support.queue import drain
from tests.support.sale import put_on_sale, tiers
from tests.support.stripe import DECLINED, REFUND_FAILS, StripeDouble

NOWHERE = override_settings(STRIPE_API_BASE="http://127.0.0.1:9")


@pytest.fixture
def account(live_tenant: TenantRecord, stripe_double: StripeDouble) -> str:
    return connect(stripe_double)


def state_of(order_id: str) -> str:
    return Order.objects.get(public_id=order_id).state


def history_of(order_id: str) -> list[str]:
    return [one.step or one.note for one in orders.get_order(order_id).history.order_by("pk")]


def places(performance_id: int, ordinals: list[int]) -> set[int]:
    seen = inventory.snapshot(performance_id).places
    return {seen[ordinal] for ordinal in ordinals}


def sessions(double: StripeDouble, account: str) -> list[dict[str, object]]:
    listed = double.client.v1.checkout.sessions.list(
        {"limit": 100}, options={"stripe_account": account}
    )
    return [session.to_dict() for session in listed.data]


def complete(double: StripeDouble, account: str, order_id: str) -> None:
    """Pay, and let Stripe tell us."""
    assert pay(double, order_id) == "paid"
    for event in events_of(double, account):
        assert send_webhook(event).status_code == 200
    drain()


def after(minutes: int) -> object:
    return clock.fixed(clock.now() + timedelta(minutes=minutes))


def test_a_cart_becomes_an_order_and_a_payment_session(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3, 4]))
    order = orders.get_order(started.order_id)
    assert (order.state, order.total_minor, order.currency) == ("pending", 8_000, "EUR")
    assert [line.place_name for line in order.lines.all()] == [
        "Stalls · Row A · Seat 4",
        "Stalls · Row A · Seat 5",
    ]
    assert Claim.objects.live().filter(order_ref=order.public_id).count() == 2
    assert places(performance.pk, [3, 4]) == {PlaceState.SOLD}
    [session] = sessions(stripe_double, account)
    assert session["amount_total"] == 8_000
    assert started.pay_url == session["url"]


def test_a_paid_order_has_tickets_books_and_a_history(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3, 4]))
    complete(stripe_double, account, started.order_id)
    assert state_of(started.order_id) == OrderState.PAID
    issued = tickets.tickets_of_order(started.order_id)
    assert [ticket.ordinal for ticket in issued] == [3, 4]
    assert history_of(started.order_id) == ["placed", "pay"]
    totals = {one.account: one.total.amount_minor for one in payments.balances()}
    assert totals[LedgerAccount.STRIPE_BALANCE] == 8_000
    assert sum(totals.values()) == 0


def test_the_same_webhook_twice_and_out_of_order_pays_once(
    account: str, stripe_double: StripeDouble
) -> None:
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id)
    events = events_of(stripe_double, account)
    for event in [*reversed(events), *events]:
        assert send_webhook(event).status_code == 200
    drain()
    assert state_of(started.order_id) == OrderState.PAID
    assert len(tickets.tickets_of_order(started.order_id)) == 1
    assert history_of(started.order_id) == ["placed", "pay"]
    with public_context():
        assert Envelope.objects.count() == len(events)
        assert not Envelope.objects.filter(applied_at__isnull=True).exists()
    assert len(payments.payments_of(started.order_id)) == 1


def test_a_lost_webhook_is_made_good_by_asking(account: str, stripe_double: StripeDouble) -> None:
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id)
    assert services.refresh_order(order_id=started.order_id) is OrderState.PAID
    # And then it comes after all.
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    assert history_of(started.order_id) == ["placed", "pay"]


def test_a_forged_webhook_changes_nothing(account: str, stripe_double: StripeDouble) -> None:
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id)
    [event] = events_of(stripe_double, account, "checkout.session.completed")
    assert send_webhook(event, secret="whsec_of_somebody_else").status_code == 400
    assert send_webhook(event, at=1_000_000_000).status_code == 400
    drain()
    assert state_of(started.order_id) == OrderState.PENDING


def test_an_event_of_an_unknown_account_is_kept_and_applied_by_nobody(
    account: str, stripe_double: StripeDouble
) -> None:
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id)
    [event] = events_of(stripe_double, account, "checkout.session.completed")
    assert send_webhook({**event, "account": "acct_of_nobody"}).status_code == 200
    drain()
    assert state_of(started.order_id) == OrderState.PENDING


def test_a_double_click_is_one_order_and_one_session(
    account: str, stripe_double: StripeDouble
) -> None:
    part = cart(put_on_sale(), [3, 4])
    first, second = start(part), start(part)
    assert first == second
    assert Order.objects.count() == 1
    assert len(sessions(stripe_double, account)) == 1


def test_a_changed_cart_replaces_the_order_that_is_pending(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    part = cart(performance, [3, 4])
    first = start(part)
    changed = domain.CartPart(part.performance_id, part.hold_id, tiers([3, 4], "child"))
    second = start(changed)
    assert second.order_id != first.order_id
    assert state_of(first.order_id) == OrderState.CANCELLED
    assert orders.get_order(second.order_id).total_minor == 4_000
    assert {session["status"] for session in sessions(stripe_double, account)} == {
        "expired",
        "open",
    }
    assert Claim.objects.live().count() == 2


def test_a_changed_cart_of_an_order_that_was_paid_meanwhile_is_that_order(
    account: str, stripe_double: StripeDouble
) -> None:
    part = cart(put_on_sale(), [3])
    first = start(part)
    pay(stripe_double, first.order_id)
    changed = domain.CartPart(part.performance_id, part.hold_id, tiers([3], "child"))
    assert start(changed) == domain.Started(first.order_id, first.link, "", is_paid=True)
    assert Order.objects.count() == 1


def test_a_declined_card_leaves_the_order_open(account: str, stripe_double: StripeDouble) -> None:
    started = start(cart(put_on_sale(), [3]))
    assert pay(stripe_double, started.order_id, DECLINED) != "paid"
    for event in events_of(stripe_double, account) * 2:
        send_webhook(event)
    drain()
    assert state_of(started.order_id) == OrderState.PENDING
    complete(stripe_double, account, started.order_id)
    assert state_of(started.order_id) == OrderState.PAID
    assert history_of(started.order_id) == ["placed", "payment failed", "pay"]
    told = orders.get_order(started.order_id).history.get(note="payment failed")
    assert told.details["code"] == "generic_decline"


def test_an_order_whose_time_is_over_gives_its_places_back(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3, 4]))
    assert services.end_overdue() == 0
    with after(16):
        assert services.end_overdue() == 1
        assert places(performance.pk, [3, 4]) == {PlaceState.FREE}
    assert state_of(started.order_id) == OrderState.EXPIRED
    assert Claim.objects.live().count() == 0
    assert [session["status"] for session in sessions(stripe_double, account)] == ["expired"]
    assert history_of(started.order_id) == ["placed", "begin_expiry", "expire"]
    with pytest.raises(domain.OrderOver):
        services.continue_paying(started.order_id)


def test_an_order_that_is_paid_when_its_time_is_over_is_paid(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    pay(stripe_double, started.order_id)
    with after(16):
        services.end_overdue()
    assert state_of(started.order_id) == OrderState.PAID
    assert places(performance.pk, [3]) == {PlaceState.SOLD}


def test_while_stripe_is_away_the_places_are_kept_until_the_sessions_own_end(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    with NOWHERE:
        with after(16):
            services.end_overdue()
        assert state_of(started.order_id) == OrderState.EXPIRING
        assert Claim.objects.live().count() == 1
        with after(60):
            services.end_overdue()
    assert state_of(started.order_id) == OrderState.EXPIRED
    assert Claim.objects.live().count() == 0


def paid_too_late(double: StripeDouble, performance_id: int, order_id: str) -> None:
    """The buyer pays while we cannot hear of it; we give up; then Stripe is back."""
    pay(double, order_id)
    with NOWHERE, after(60):
        services.end_overdue()
    assert state_of(order_id) == OrderState.EXPIRED


def test_money_that_comes_late_wins_the_places_again_if_they_are_free(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    paid_too_late(stripe_double, performance.pk, started.order_id)
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    assert state_of(started.order_id) == OrderState.PAID
    assert len(tickets.tickets_of_order(started.order_id)) == 1
    assert places(performance.pk, [3]) == {PlaceState.SOLD}
    assert history_of(started.order_id)[-1] == "pay_late"


def test_money_that_comes_late_for_taken_places_goes_back(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    paid_too_late(stripe_double, performance.pk, started.order_id)
    start(cart(performance, [3], session=BERT), session=BERT)
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    assert state_of(started.order_id) == OrderState.REFUNDED
    assert tickets.tickets_of_order(started.order_id) == []
    [payment] = payments.payments_of(started.order_id)
    assert payment.refunded == payment.amount
    assert history_of(started.order_id)[-2:] == ["refund_late", "finish_refund"]
    assert Claim.objects.live().filter(ordinal=3).count() == 1


def test_money_whose_event_is_lost_is_found_after_the_sessions_end(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    paid_too_late(stripe_double, performance.pk, started.order_id)
    with after(60):
        assert services.ask_about_given_up() == 0  # a minute later at the earliest
    with after(62):
        assert services.ask_about_given_up() == 1
        assert services.ask_about_given_up() == 0
    assert state_of(started.order_id) == OrderState.PAID
    assert len(tickets.tickets_of_order(started.order_id)) == 1
    assert places(performance.pk, [3]) == {PlaceState.SOLD}
    with after(24 * 60):
        assert services.ask_about_given_up() == 0


def test_a_session_that_has_expired_unheard_is_asked_about_once(
    account: str, stripe_double: StripeDouble
) -> None:
    started = start(cart(put_on_sale(), [3]))
    with NOWHERE, after(60):
        services.end_overdue()
    attempt = payments.attempt_of_order(started.order_id)
    assert attempt is not None
    stripe_double.client.v1.checkout.sessions.expire(
        attempt.session_id, options={"stripe_account": account}
    )
    with after(62):
        assert services.ask_about_given_up() == 1
    with after(24 * 60):
        assert services.ask_about_given_up() == 0
    assert state_of(started.order_id) == OrderState.EXPIRED


def refuse_to_hold(**_: object) -> None:
    raise HoldsDown(retry_after_s=1)


def test_late_money_that_is_booked_while_valkey_is_away_has_its_effect_later(
    account: str, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    paid_too_late(stripe_double, performance.pk, started.order_id)
    with monkeypatch.context() as valkey_away:
        valkey_away.setattr(inventory, "hold_places_again", refuse_to_hold)
        with pytest.raises(HoldsDown):
            services.refresh_order(order_id=started.order_id)
    assert len(payments.payments_of(started.order_id)) == 1
    assert state_of(started.order_id) == OrderState.EXPIRED
    with after(62):
        services.ask_about_given_up()
    assert state_of(started.order_id) == OrderState.PAID


def test_money_that_is_not_what_was_asked_goes_back(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3]))
    pay(stripe_double, started.order_id)
    [event] = events_of(stripe_double, account, "checkout.session.completed")
    event["data"]["object"]["amount_total"] = 100
    send_webhook(event)
    drain()
    assert state_of(started.order_id) == OrderState.REFUNDED
    assert history_of(started.order_id)[1] == "refund_mismatch"
    assert tickets.tickets_of_order(started.order_id) == []
    assert places(performance.pk, [3]) == {PlaceState.FREE}


def test_a_free_order_needs_no_stripe(live_tenant: TenantRecord) -> None:
    performance = put_on_sale(adult=0)
    with NOWHERE:
        started = start(cart(performance, [3]))
    assert (started.is_paid, started.pay_url) == (True, "")
    assert len(tickets.tickets_of_order(started.order_id)) == 1
    services.refund_order(order_id=started.order_id, reason="rain", actor=SYSTEM)
    assert state_of(started.order_id) == OrderState.REFUNDED


def test_an_organizer_without_an_account_sells_no_paid_tickets(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    with pytest.raises(domain.CannotSell):
        start(cart(performance, [3]))
    assert (Order.objects.count(), Claim.objects.count()) == (0, 0)
    assert places(performance.pk, [3]) == {PlaceState.HELD}


def test_a_buyer_who_leaves_gets_the_same_places_as_a_hold(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    part = cart(performance, [3, 4])
    started = start(part)
    assert services.leave_order(order_id=started.order_id, session=ANNA) is OrderState.CANCELLED
    assert places(performance.pk, [3, 4]) == {PlaceState.HELD}
    [hold] = inventory.holds_of_session(performance_id=performance.pk, session=ANNA)
    assert (hold.hold_id, hold.places) == (part.hold_id, (3, 4))
    again = start(part)
    assert again.order_id != started.order_id


def test_nobody_else_can_leave_an_order(account: str, stripe_double: StripeDouble) -> None:
    from tenant_apps.orders.domain import NoSuchOrder

    started = start(cart(put_on_sale(), [3]))
    with pytest.raises(NoSuchOrder):
        services.leave_order(order_id=started.order_id, session=BERT)
    assert state_of(started.order_id) == OrderState.PENDING


def test_the_organizer_refunds_an_order_whole_and_once(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    started = start(cart(performance, [3, 4]))
    complete(stripe_double, account, started.order_id)
    with pytest.raises(NotPermitted):
        services.refund_order(order_id=started.order_id, reason="x", actor=BUYER)
    for _ in range(2):
        services.refund_order(order_id=started.order_id, reason="cancelled", actor=SYSTEM)
    drain()
    assert state_of(started.order_id) == OrderState.REFUNDED
    assert {ticket.state for ticket in tickets.tickets_of_order(started.order_id)} == {"void"}
    assert places(performance.pk, [3, 4]) == {PlaceState.FREE}
    [refund] = payments.refunds_of(started.order_id)
    assert refund.amount.amount_minor == 8_000
    totals = {one.account: one.total.amount_minor for one in payments.balances()}
    assert totals[LedgerAccount.STRIPE_BALANCE] == 0
    # The seats can be sold again.
    complete(
        stripe_double,
        account,
        start(cart(performance, [3, 4], session=BERT), session=BERT).order_id,
    )


def test_an_unpaid_order_cannot_be_refunded(account: str, stripe_double: StripeDouble) -> None:
    started = start(cart(put_on_sale(), [3]))
    with pytest.raises(domain.CannotRefund):
        services.refund_order(order_id=started.order_id, reason="x", actor=SYSTEM)


def test_when_stripe_is_away_the_order_waits_and_is_paid_later(
    account: str, stripe_double: StripeDouble
) -> None:
    part = cart(put_on_sale(), [3])
    with NOWHERE, pytest.raises(StripeUnreachable):
        start(part)
    [order] = Order.objects.all()
    assert order.state == OrderState.PENDING
    started = start(part)
    assert started.order_id == order.public_id
    complete(stripe_double, account, started.order_id)
    assert len(sessions(stripe_double, account)) == 1


def test_a_cart_whose_hold_is_over_is_held_again_only_while_it_is_free(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    part = cart(performance, [3])
    with after(11):
        start(cart(performance, [3], session=BERT), session=BERT)
        with pytest.raises(SeatsTaken):
            start(part)
    assert Order.objects.count() == 1


def test_prices_are_those_of_the_moment_of_the_order(
    account: str, stripe_double: StripeDouble
) -> None:
    from tenant_apps.pricing.domain import ZoneDraft
    from tests.support.performances import give_prices

    performance = put_on_sale()
    part = cart(performance, [3])
    started = start(part)
    dearer = (ZoneDraft("z", "Z", "#000000", ("seat", "floor"), {"adult": 9_900}),)
    give_prices(performance, zones=dearer)
    assert start(part).order_id == started.order_id
    assert orders.get_order(started.order_id).total_minor == 4_000


def test_another_persons_name_is_another_order(account: str, stripe_double: StripeDouble) -> None:
    part = cart(put_on_sale(), [3])
    first = start(part)
    second = start(part, contact=contact_of(email="bert@example.org", name="Bert"))
    assert first.order_id != second.order_id
    assert state_of(first.order_id) == OrderState.CANCELLED


def test_a_refund_that_stripe_cannot_carry_out_is_seen_and_tried_again(
    account: str, stripe_double: StripeDouble
) -> None:
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id, REFUND_FAILS)
    services.refresh_order(order_id=started.order_id)
    for _ in range(2):
        services.refund_order(order_id=started.order_id, reason="rain", actor=SYSTEM)
        drain()
        assert state_of(started.order_id) == OrderState.REFUNDED
        # Days later the buyer's bank sends it back.
        stripe_double.post("/clock", advance_s=6)
        for event in events_of(stripe_double, account):
            send_webhook(event)
        drain()
        assert state_of(started.order_id) == OrderState.REFUNDING
    assert history_of(started.order_id).count("refund failed") == 2
    assert len(payments.refunds_of(started.order_id)) == 2


def test_an_account_that_was_taken_away_keeps_no_places_for_ever(
    account: str, stripe_double: StripeDouble
) -> None:
    from tenant_apps.payments.models import Attempt

    performance = put_on_sale()
    started = start(cart(performance, [3]))
    # The organizer has disconnected: Stripe refuses to speak of its sessions.
    Attempt.objects.update(stripe_account="acct_of_nobody")
    with after(16):
        services.end_overdue()
    assert state_of(started.order_id) == OrderState.EXPIRING
    with after(60):
        services.end_overdue()
    assert state_of(started.order_id) == OrderState.EXPIRED
    assert places(performance.pk, [3]) == {PlaceState.FREE}


def test_two_holds_at_one_performance_are_one_order(
    account: str, stripe_double: StripeDouble
) -> None:
    performance = put_on_sale()
    parts = [cart(performance, [0, 1]), cart(performance, [5, 6])]
    from tests.support.checkout import CONTACT

    started = services.start_checkout(session=ANNA, parts=parts, contact=CONTACT)
    assert places(performance.pk, [0, 1, 5, 6]) == {PlaceState.SOLD}
    services.leave_order(order_id=started.order_id, session=ANNA)
    held = inventory.holds_of_session(performance_id=performance.pk, session=ANNA)
    assert sorted(hold.places for hold in held) == [(0, 1), (5, 6)]


def test_two_holds_do_not_get_past_the_limit_of_an_order(
    account: str, stripe_double: StripeDouble
) -> None:
    from tenant_apps.events.domain import Limits
    from tenant_apps.inventory.domain import TooManyPlaces
    from tests.support.checkout import CONTACT

    limits = Limits(max_places_per_order=3, max_places_per_session=6)
    performance = put_on_sale(limits=limits)
    parts = [cart(performance, [0, 1]), cart(performance, [5, 6])]
    with pytest.raises(TooManyPlaces):
        services.start_checkout(session=ANNA, parts=parts, contact=CONTACT)
    assert Order.objects.count() == 0


def test_what_went_back_at_stripes_own_pages_is_not_given_back_again(
    account: str, stripe_double: StripeDouble
) -> None:
    started = start(cart(put_on_sale(), [3]))
    complete(stripe_double, account, started.order_id)
    [payment] = payments.payments_of(started.order_id)
    stripe_double.client.v1.refunds.create(
        {"payment_intent": payment.payment_intent, "amount": 100},
        {"stripe_account": account},
    )
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    assert state_of(started.order_id) == OrderState.PAID
    services.refund_order(order_id=started.order_id, reason="rain", actor=SYSTEM)
    drain()
    assert state_of(started.order_id) == OrderState.REFUNDED
    amounts = sorted(refund.amount.amount_minor for refund in payments.refunds_of(started.order_id))
    assert amounts == [100, 3_900]


def test_a_cancelled_performance_ends_its_unpaid_orders(
    account: str, stripe_double: StripeDouble
) -> None:
    from tenant_apps.events import services as events

    performance = put_on_sale()
    started = start(cart(performance, [3]))
    events.cancel_performance(performance_id=performance.pk, reason="ill", actor=SYSTEM)
    drain()
    assert state_of(started.order_id) == OrderState.CANCELLED
    assert [session["status"] for session in sessions(stripe_double, account)] == ["expired"]


def test_money_for_a_cancelled_performance_goes_back(
    account: str, stripe_double: StripeDouble
) -> None:
    from tenant_apps.events import services as events

    performance = put_on_sale()
    started = start(cart(performance, [3]))
    pay(stripe_double, started.order_id)
    events.cancel_performance(performance_id=performance.pk, reason="ill", actor=SYSTEM)
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    assert state_of(started.order_id) == OrderState.REFUNDED
    assert tickets.tickets_of_order(started.order_id) == []


def test_an_organizer_with_money_under_way_is_not_erased(
    account: str, stripe_double: StripeDouble
) -> None:
    start(cart(put_on_sale(), [3]))
    with pytest.raises(domain.MoneyUnderWay):
        services.ensure_nothing_under_way()


def test_an_order_has_one_link_whenever_it_is_asked_for(live_tenant: TenantRecord) -> None:
    started = start(cart(put_on_sale(adult=0), [3]))
    link = queries.order_link(orders.get_order(started.order_id))
    with after(60):
        again = orders.get_order(started.order_id)
        assert queries.order_link(again) == link
        assert queries.order_by_link(link.split("/")[2]) == again
