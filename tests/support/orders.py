"""Orders without a checkout: placed, and paid if wanted, by the orders' own services."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction

from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.orders import services
from tenant_apps.orders.domain import NewLine, Step, Totals, contact_of
from tenant_apps.orders.models import Order

PRICE = 4_000


def place_order(
    performance: Performance,
    ordinals: Sequence[int] = (0, 1),
    *,
    email: str = "ada@example.org",
    name: str = "Ada Lovelace",
    paid: bool = True,
    price: int = PRICE,
) -> Order:
    """Place an order for these places, at 40.00 each unless said otherwise."""
    lines = [
        NewLine(
            performance_id=performance.pk, ordinal=ordinal,
            place_name=f"Stalls · Row A · Seat {ordinal + 1}", section="Stalls", row="A",
            seat=str(ordinal + 1), zone_name="Seats", tier_key="adult", tier_name="Adult",
            face_minor=price, fee_minor=0, tax_minor=0, total_minor=price,
        )
        for ordinal in ordinals
    ]  # fmt: skip
    whole = price * len(lines)
    with transaction.atomic():
        order = services.place_order(
            contact=contact_of(email=email, name=name),
            lines=lines,
            totals=Totals("EUR", whole, 0, 0, whole),
            session=uuid4().hex,
            holds=[],
            checkout_key=uuid4().hex,
            content_key=uuid4().hex,
            actor=SYSTEM,
        )
        if paid:
            services.take_step(services.locked(order.public_id), Step.PAY, actor=SYSTEM)
    return Order.objects.get(pk=order.pk)
