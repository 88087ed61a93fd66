"""From holds to a pending order with its payment session.

extend the hold -> one transaction: performance locked for share, order, lines at the quoted price,
claims in ordinal order, the payment attempt with all its parameters, outbox -> settle -> Stripe.
A crash anywhere is answered by the same request again: the same holds are the same order, the same
attempt is the same session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils.translation import gettext

from kernel import clock
from kernel.db import current_schema
from kernel.money import Money
from public_apps.outbox import services as outbox
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM
from tenant_apps.checkout import queries
from tenant_apps.checkout.domain import (
    TRUSTED,
    CannotSell,
    CartChanged,
    CartEmpty,
    CartPart,
    OrderOver,
    Started,
    checkout_key,
    content_key,
)
from tenant_apps.checkout.services import ending, issuing, paying, settling
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import (
    HoldLapsed,
    NoSuchHold,
    SeatsTaken,
    TooManyPlaces,
)
from tenant_apps.orders import queries as orders
from tenant_apps.orders import services as order_services
from tenant_apps.orders.domain import (
    OVER,
    CheckoutRunning,
    Contact,
    NewLine,
    OrderState,
    Step,
    Totals,
)
from tenant_apps.orders.models import Order, OrderLine
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.payments.domain import AccountRecord, AttemptRecord, AttemptState
from tenant_apps.pricing import queries as pricing
from tenant_apps.pricing.domain import Quote, quote
from tenant_apps.pricing.queries import NoPrices
from tenant_apps.queueing import notes
from tenant_apps.queueing import services as queueing
from tenant_apps.venues import queries as venues

log = structlog.get_logger(__name__)

# Stripe wants at least 30 minutes from the call on, and the call may come as late as the order's
# own end: after a crash, or when Stripe was away.
SESSION_MARGIN = timedelta(minutes=32)
ATTEMPTS = 3


def start_checkout(
    *,
    session: str,
    parts: Sequence[CartPart],
    contact: Contact,
    network: str = "",
) -> Started:
    """Make the order that these holds stand for, and where to pay it.

    The same cart again (double click, reload, two tabs) is the same order and the same payment
    session. A changed cart replaces the order that is pending. Refuses with CartEmpty, CartChanged,
    CannotSell, SeatsTaken, HoldLapsed, NoSuchHold, the refusals of `quote` and `lock_for_sale`,
    StripeUnreachable (the order waits; ask again); and with BuyerBlocked whom the organizer does
    not sell to (`network` is what `addresses.prefix_of` returns).
    """
    if not parts:
        raise CartEmpty
    is_trusted = queueing.ensure_may_buy(mail=contact.email, network=network)
    key = checkout_key(session, parts)
    for _ in range(ATTEMPTS):
        running = orders.find_running(key)
        if running is None:
            try:
                order, attempt = _place(session, parts, contact, key, is_trusted=is_trusted)
            except CheckoutRunning:
                continue
            except (SeatsTaken, NoSuchHold, HoldLapsed):
                # The other click of a double click may have sold them to this very buyer.
                if orders.find_running(key) is None:
                    raise
                continue
            return _to_payment(order, attempt)
        if _is_same(running, parts, contact) or running.state != OrderState.PENDING:
            return _continue(running)
        # The buyer went back and changed something: the old order ends before the new one begins.
        ending.leave_order(order_id=running.public_id, session=session)
    raise CartChanged


def continue_paying(order_id: str) -> Started:
    """Return where an order is paid; calls Stripe when its session is not made yet.

    Refuses with OrderOver when its time is over, StripeUnreachable when Stripe does not answer.
    """
    return _continue(orders.get_order_alone(order_id))


def _continue(order: Order) -> Started:
    if order.state in OVER or (order.state == OrderState.PENDING and order.due_at <= clock.now()):
        raise OrderOver(order=order.public_id)
    return _to_payment(
        order, _payable_attempt(order) if order.state == OrderState.PENDING else None
    )


def _to_payment(order: Order, attempt: AttemptRecord | None) -> Started:
    """Return where the order is paid, if it waits to be."""
    state, pay_url = OrderState(order.state), ""
    if attempt is not None:
        pay_url = payment_services.open_attempt(attempt.attempt_id).url
        if not pay_url:
            # Paid a moment ago, and the webhook is on its way.
            state = paying.refresh_order(order_id=order.public_id)
    return Started(
        order_id=order.public_id,
        link=queries.order_link(order),
        pay_url=pay_url,
        is_paid=state is OrderState.PAID,
    )


def _payable_attempt(order: Order) -> AttemptRecord:
    """Return the order's attempt; a new one when Stripe refused or ended the last."""
    attempt = payments.attempt_of_order(order.public_id)
    assert attempt is not None, "a pending order has an attempt from its first moment"
    if attempt.state not in (AttemptState.REFUSED, AttemptState.EXPIRED):
        return attempt
    tenant = tenants.current_tenant()
    with transaction.atomic(durable=True):
        order = order_services.locked(order.public_id)
        if order.state != OrderState.PENDING:
            raise OrderOver(order=order.public_id)
        return _prepare_payment(order, tenant, order.lines.all())


def _place(
    session: str, parts: Sequence[CartPart], contact: Contact, key: str, *, is_trusted: bool
) -> tuple[Order, AttemptRecord | None]:
    """Write the order with all that belongs to it; the attempt to pay it, unless it is free."""
    for part in parts:
        _keep_hold(session, part)
    # Public tables cannot be reached once the tenant's transaction is open.
    tenant = tenants.current_tenant()
    now = clock.now()
    with transaction.atomic(durable=True):
        # One global order, and each performance as it is sold: who changes it waits for us.
        performances = {
            performance_id: events.lock_for_sale(performance_id, now)
            for performance_id in sorted({part.performance_id for part in parts})
        }
        _ensure_within_order(parts, performances)
        lines, totals = _price(parts, performances)
        total = Money(totals.total_minor, totals.currency)
        account = payments.account() if total else None
        if total and account is None:
            raise CannotSell
        order = order_services.place_order(
            contact=contact,
            lines=lines,
            totals=totals,
            session=session,
            holds=[(part.performance_id, part.hold_id, sorted(part.tiers)) for part in parts],
            checkout_key=key,
            content_key=content_key(contact, lines, totals.total_minor),
            actor=BUYER,
        )
        if is_trusted:
            order_services.note(order, TRUSTED, actor=SYSTEM)
        claimed = {
            part.hold_id: inventory.claim_places(
                performance_id=part.performance_id,
                ordinals=part.tiers,
                order_ref=order.public_id,
            )
            for part in sorted(parts, key=lambda one: one.performance_id)
        }
        attempt = None
        if total:
            attempt = _prepare_payment(order, tenant, lines, account)
        else:
            order_services.take_step(order, Step.PAY, actor=BUYER, free=True)
            issuing.give_tickets(order, orders.lines_of(order))
        outbox.publish(
            kind="order.placed", subject=order.public_id, payload={"order_id": order.public_id}
        )
    for part in parts:
        settling.settle(part.performance_id, claimed[part.hold_id], used_holds=[part.hold_id])
    used = [(part.performance_id, part.hold_id) for part in parts]
    notes.write(current_schema(), [notes.ordered(used)])
    return order, attempt


def _ensure_within_order(
    parts: Sequence[CartPart], performances: Mapping[int, Performance]
) -> None:
    """Refuse with TooManyPlaces what two holds together would get past the limit of an order."""
    counts: Counter[int] = Counter()
    for part in parts:
        counts[part.performance_id] += len(part.tiers)
    for performance_id, count in counts.items():
        most = performances[performance_id].max_places_per_order
        if count > most:
            raise TooManyPlaces(most=most)


def _price(
    parts: Sequence[CartPart], performances: Mapping[int, Performance]
) -> tuple[list[NewLine], Totals]:
    """Price each hold's places as they are asked for."""
    books = pricing.price_books(performances)
    lines, quotes = list[NewLine](), list[Quote]()
    for part in parts:
        performance = performances[part.performance_id]
        if performance.pk not in books:
            raise NoPrices
        choices = pricing.choices_of(performance, part.tiers)
        quotes.append(quote(books[performance.pk], choices))
        lines += _lines(performance, quotes[-1])
    return lines, _totals(quotes)


def _keep_hold(session: str, part: CartPart) -> None:
    try:
        hold = inventory.keep_for_checkout(
            performance_id=part.performance_id, session=session, hold_id=part.hold_id
        )
    except NoSuchHold:
        # Valkey may have lost it. Who is first here gets the places: a new hold, or the refusal.
        hold = inventory.hold_places_again(
            performance_id=part.performance_id,
            session=session,
            ordinals=sorted(part.tiers),
            hold_id=part.hold_id,
        )
    if set(hold.places) != set(part.tiers):
        raise CartChanged(places=list(hold.places))


def _prepare_payment(
    order: Order,
    tenant: TenantRecord,
    lines: Iterable[NewLine | OrderLine],
    account: AccountRecord | None = None,
) -> AttemptRecord:
    link = queries.order_link(order)
    total = Money(order.total_minor, order.currency)
    return payment_services.prepare_attempt(
        order_ref=order.public_id,
        amount=total,
        lines=_payment_lines(lines, total),
        email=order.email,
        expires_at=order.due_at + SESSION_MARGIN,
        success_url=tenants.url_of(tenant, f"{link}?paid=1"),
        cancel_url=tenants.url_of(tenant, f"{link}?back=1"),
        application_fee_minor=queries.platform_fee(total),
        locale=order.locale,
        account=account,
    )


def _payment_lines(
    ordered: Iterable[NewLine | OrderLine], total: Money
) -> list[payment_services.LineForPayment]:
    """Return what the payment page shows: the places, and what is charged for the order."""
    lines = sorted(ordered, key=lambda line: (line.performance_id, line.ordinal))
    shown = [
        payment_services.LineForPayment(
            name=f"{venues.kept_name(line)} ({line.tier_name})"[:250],
            amount_minor=line.total_minor,
            quantity=1,
        )
        for line in lines
        # Stripe has no line for nothing: a free seat in a paid order is not shown there.
        if line.total_minor
    ]
    rest = total.amount_minor - sum(line.total_minor for line in lines)
    if rest:
        shown.append(
            payment_services.LineForPayment(
                name=gettext("Order fee"), amount_minor=rest, quantity=1
            )
        )
    return shown


def _lines(performance: Performance, priced: Quote) -> list[NewLine]:
    places = venues.places(performance.plan_version_id, [line.ordinal for line in priced.lines])
    return [
        NewLine(
            performance_id=performance.pk,
            ordinal=line.ordinal,
            place_name=places[line.ordinal].name,
            section=places[line.ordinal].section,
            row=places[line.ordinal].row,
            seat=places[line.ordinal].label,
            zone_name=line.zone_name,
            tier_key=line.tier_key,
            tier_name=line.tier_name,
            face_minor=line.face.amount_minor,
            fee_minor=line.fee.amount_minor,
            tax_minor=line.tax.amount_minor,
            total_minor=line.total.amount_minor,
        )
        for line in priced.lines
    ]


def _totals(quotes: Sequence[Quote]) -> Totals:
    currencies = {priced.currency for priced in quotes}
    if len(currencies) != 1:
        raise CartChanged(reason="one order has one currency")
    return Totals(
        currency=currencies.pop(),
        subtotal_minor=sum(priced.subtotal.amount_minor for priced in quotes),
        fees_minor=sum(priced.fees.amount_minor for priced in quotes),
        taxes_minor=sum(priced.taxes.amount_minor for priced in quotes),
        total_minor=sum(priced.total.amount_minor for priced in quotes),
    )


def _is_same(order: Order, parts: Sequence[CartPart], contact: Contact) -> bool:
    """Whether the pending order is this very cart: same places and tiers for the same person.

    Prices are the order's: they were locked when it was placed.
    """
    asked = sorted(
        (part.performance_id, ordinal, tier)
        for part in parts
        for ordinal, tier in part.tiers.items()
    )
    ordered = sorted(order.lines.values_list("performance_id", "ordinal", "tier_key"))
    same_person = (order.email.lower(), order.name) == (contact.email.lower(), contact.name)
    return asked == ordered and same_person
