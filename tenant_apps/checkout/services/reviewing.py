"""Orders that a rule points at: found once they are paid, and decided about by a member.

A paid order gets its tickets at once, looked at or not; a refund makes them void. Why stands in
`docs/decisions/tickets-before-the-review.md`.
"""

from __future__ import annotations

from contextlib import suppress

import structlog
from django.db import transaction
from redis import RedisError

from kernel.db import current_schema
from tenant_apps.access.domain import SYSTEM, Actor, Permission
from tenant_apps.checkout.domain import TRUSTED
from tenant_apps.checkout.services import refunding
from tenant_apps.orders import queries as orders
from tenant_apps.orders import services as order_services
from tenant_apps.orders.domain import OrderState
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.queueing import notes, scoring
from tenant_apps.queueing import queries as lists
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import Verdict, What, plain_mail
from tenant_apps.queueing.domain.reviews import Pointing, ReviewState
from tenant_apps.queueing.domain.rules import Kind, Relations, reasons_of

log = structlog.get_logger(__name__)

REVIEWED = "to be looked at"


def review_order(*, order_id: str) -> bool:
    """Have a paid order looked at if a rule points at it; whether one does. May run twice.

    Stripe is asked for the card, outside every transaction. Refuses with StripeUnreachable: it is
    tried again.
    """
    order = orders.get_order(order_id)
    if order.state != OrderState.PAID:
        return False
    fingerprint = payments.find_card(order_id)
    notes.write(current_schema(), [notes.paid(order.buyer_session, order_id)])
    card = lists.digest_of(What.CARD, fingerprint) if fingerprint else ""
    verdict = lists.find_verdict(mail=order.email, card=card)
    if verdict is Verdict.TRUSTED or any(step.note == TRUSTED for step in order.history.all()):
        return False
    buyer = scoring.who_is(Kind.SESSION, order.buyer_session)
    relations = _relations(order, card)
    rules = reasons_of(scoring.signs_of([buyer]), relations, is_blocked=verdict is Verdict.BLOCKED)
    if not rules:
        return False
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if order.state != OrderState.PAID:
            return False
        if queueing.open_review(order_ref=order_id, why=Pointing(tuple(rules), card)):
            order_services.note(order, REVIEWED, actor=SYSTEM, rules=", ".join(rules))
    log.info("order_to_be_looked_at", order=order_id, rules=[*rules])
    return True


def _relations(order: Order, card: str) -> Relations:
    mail = lists.digest_of(What.MAIL, plain_mail(order.email))
    related = scoring.relate(mail=mail, card=card)
    places, an_order = orders.places_of_buyer(order)
    return Relations(
        mails_of_card=related.mails_of_card,
        cards_of_mail=related.cards_of_mail,
        places_of_mail=places,
        places_an_order=an_order,
    )


def accept_order(*, order_id: str, actor: Actor) -> None:
    """Leave an order as it is. Refuses with NotPermitted, NoSuchReview or AlreadyDecided."""
    actor.ensure(Permission.ORDERS_REFUND)
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if queueing.close_review(order_ref=order_id, state=ReviewState.ACCEPTED, actor=actor):
            order_services.note(order, "accepted", actor=actor)


def refund_looked_at(*, order_id: str, reason: str, actor: Actor) -> None:
    """Give the money of an order back whole, once. Refuses like `accept_order`, or CannotRefund."""
    _take_back(order_id, ReviewState.REFUNDED, reason, actor)


def block_buyer(*, order_id: str, reason: str, actor: Actor) -> None:
    """Give the money back and sell nothing more to this mail and card.

    The session that has bought holds nothing more for a while. Refuses like `refund_looked_at`.
    """
    _take_back(order_id, ReviewState.BLOCKED, reason, actor)
    # A sign, so it may be lost; and a second click sets it once more.
    with suppress(RedisError):
        scoring.hold_back(orders.get_order(order_id).buyer_session)


def _take_back(order_id: str, state: ReviewState, reason: str, actor: Actor) -> None:
    actor.ensure(Permission.ORDERS_REFUND)
    with transaction.atomic(durable=True):
        # The order's lock first, as in every refund: so two members wait here, and never cross.
        order = order_services.locked(order_id)
        if not queueing.close_review(order_ref=order_id, state=state, actor=actor):
            return
        released = refunding.take_back(order_id=order_id, reason=reason, actor=actor)
        if state is ReviewState.BLOCKED:
            queueing.block_buyer_of(
                lists.get_review(order_id),
                mail=order.email,
                label=order.number,
                reason=reason,
                actor=actor,
            )
    refunding.show_free(released)
