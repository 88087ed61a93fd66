"""Links to orders, and what of an order a buyer may see."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from kernel import signing
from kernel.money import Money, share
from public_apps.tenants import queries as tenants
from tenant_apps.orders import queries as orders
from tenant_apps.orders.models import Order

PURPOSE = "order-link"
# Long enough for a ticket that is bought a year ahead, and for the receipt after it.
LINK_LIFE = timedelta(days=800)


def order_link(order: Order) -> str:
    """Return the path of an order's own page: whoever has the link may see it.

    One order has one link, however often and whenever it is asked for.
    """
    token = signing.sign(PURPOSE, {"o": order.public_id}, at=order.created_at)
    return f"/orders/{token}/"


def order_address(order: Order) -> str:
    """Return the same link with scheme and host, for mails."""
    return tenants.url_of(tenants.current_tenant(), order_link(order))


def order_by_link(token: str) -> Order:
    """Return the order that a link leads to. Refuses with BadSignature, Expired or NoSuchOrder."""
    payload = signing.unsign(PURPOSE, token, max_age=LINK_LIFE)
    return orders.get_order(str(payload.get("o", "")))


def platform_fee(total: Money) -> int:
    """Return the platform's share of an order in minor units."""
    return share(total.amount_minor, settings.PLATFORM_FEE_BASIS_POINTS)
