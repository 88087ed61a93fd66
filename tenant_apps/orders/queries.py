"""Reading orders. `orders_visible_to` is the only door to rows that a person may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower

from kernel import ids
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import State
from tenant_apps.orders.domain import NoSuchOrder, OrderState
from tenant_apps.orders.models import Order, OrderLine, mailbox_of

SWEEP_AT_MOST = 200
MOST_PER_MAIL = 50


def orders_visible_to(actor: Actor) -> QuerySet[Order]:
    """Return the orders that this member or client app may see, newest first."""
    orders = Order.objects.order_by("-created_at", "-pk")
    return orders if actor.may(Permission.ORDERS_VIEW) else orders.none()


def get_order_visible_to(actor: Actor, public_id: str) -> Order:
    """Return one order whole. Refuses with NotPermitted or NoSuchOrder."""
    actor.ensure(Permission.ORDERS_VIEW)
    return _whole(orders_visible_to(actor), public_id)


def orders_by_ids(actor: Actor, public_ids: Collection[str]) -> dict[str, Order]:
    """Return those of these orders that the actor may see, with their lines, by public id."""
    lines = OrderLine.objects.select_related("performance__event").order_by("pk")
    found = orders_visible_to(actor).filter(public_id__in=public_ids)
    whole = found.prefetch_related(Prefetch("lines", queryset=lines))
    return {order.public_id: order for order in whole}


def get_order(public_id: str) -> Order:
    """Return one order whole, for the sale and for signed links. Refuses with NoSuchOrder."""
    return _whole(Order.objects.all(), public_id)


def get_order_alone(public_id: str) -> Order:
    """Return one order without its lines and history, for the sale. Refuses with NoSuchOrder."""
    found = Order.objects.filter(public_id=public_id).first()
    if found is None:
        raise NoSuchOrder
    return found


def find_running(checkout_key: str) -> Order | None:
    """Return the order that was made from these holds and is not over."""
    running = Order.objects.filter(checkout_key=checkout_key)
    return running.exclude(state__in=[OrderState.EXPIRED, OrderState.CANCELLED]).first()


def overdue(now: datetime) -> list[str]:
    """Return the public ids of orders whose time is over or whose end was begun."""
    waiting = Order.objects.filter(
        Q(state=OrderState.PENDING, due_at__lte=now) | Q(state=OrderState.EXPIRING)
    )
    return list(waiting.order_by("due_at").values_list("public_id", flat=True)[:SWEEP_AT_MOST])


def pending_at(performance_id: int) -> list[str]:
    """Return the public ids of the unpaid orders that have places at a performance."""
    waiting = Order.objects.filter(
        state__in=[OrderState.PENDING, OrderState.EXPIRING], lines__performance_id=performance_id
    )
    return list(waiting.distinct().order_by("pk").values_list("public_id", flat=True))


def lines_of(order: Order) -> list[OrderLine]:
    """Return the order's lines with their performances, in the order of places."""
    lines = order.lines.select_related("performance")
    return list(lines.order_by("performance_id", "ordinal"))


def is_for_something_cancelled(lines: Iterable[OrderLine]) -> bool:
    """Whether one of the lines' performances does not take place."""
    return any(line.performance.state == State.CANCELLED for line in lines)


def count_with_money_under_way() -> int:
    """Count the orders that are being paid or given back."""
    under_way = [OrderState.PENDING, OrderState.EXPIRING, OrderState.REFUNDING]
    return Order.objects.filter(state__in=under_way).count()


def orders_of_email(email: str) -> list[Order]:
    """Return what was ordered with a mail address, newest first, for a mail to that address."""
    return list(shown_to_address(email).order_by("-created_at")[:MOST_PER_MAIL])


def shown_to_address(email: str) -> QuerySet[Order]:
    """Return the orders of exactly this address that its owner may be told of."""
    # By LOWER on both sides, as the index is: `iexact` compares by UPPER and reads every order.
    orders = Order.objects.alias(address=Lower("email"))
    found = orders.filter(address=Lower(Value(email.strip())))
    return found.exclude(state__in=[OrderState.EXPIRED, OrderState.CANCELLED])


def places_of_buyer(order: Order) -> tuple[int, int]:
    """Return (places, most for an order) where this mailbox has most beyond what is allowed.

    Of the order's own performances, over all paid orders of the mailbox.
    """
    counted = lines_of_mailbox(order).values_list(
        "performance_id", "performance__max_places_per_order"
    )
    found = [(places, most) for _, most, places in counted.annotate(places=Count("pk"))]
    return max(found, key=lambda each: each[0] / each[1], default=(0, 1))


def lines_of_mailbox(order: Order) -> QuerySet[OrderLine]:
    """Return what the order's mailbox has paid for at the order's performances."""
    bought = Order.objects.alias(mailbox=mailbox_of("email")).filter(
        mailbox=mailbox_of(Value(order.email)), state=OrderState.PAID
    )
    here = order.lines.values("performance")
    return OrderLine.objects.filter(order__in=bought, performance__in=here)


def search(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Narrow orders to those that a box office would mean by the text."""
    text = text.strip()[:100]
    if not text:
        return orders
    return orders.filter(
        Q(number__iexact=text.replace("-", "").replace(" ", ""))
        | Q(public_id=text)
        | Q(email__icontains=text)
        | Q(name__icontains=text)
    )


def _whole(orders: QuerySet[Order], public_id: str) -> Order:
    if not ids.is_id(public_id, "ord"):
        raise NoSuchOrder
    lines = OrderLine.objects.select_related("performance__event").order_by(
        "performance__starts_at", "performance_id", "ordinal"
    )
    order = orders.prefetch_related(Prefetch("lines", queryset=lines), "history").filter(
        public_id=public_id
    )
    found = order.first()
    if found is None:
        raise NoSuchOrder
    return found
