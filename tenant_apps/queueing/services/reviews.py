"""Orders to be looked at."""

from __future__ import annotations

from kernel import clock
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor
from tenant_apps.queueing import queries
from tenant_apps.queueing.domain.reviews import AlreadyDecided, NoSuchReview, Pointing, ReviewState
from tenant_apps.queueing.models import Review


def open_review(*, order_ref: str, why: Pointing) -> bool:
    """Have an order looked at, once; whether it is new. In the caller's transaction."""
    _, is_new = Review.objects.get_or_create(
        order_ref=order_ref,
        defaults={
            "state": ReviewState.OPEN.value,
            "rules": [rule.value for rule in why.rules],
            "card": why.card,
            "opened_at": clock.now(),
        },
    )
    return is_new


def close_review(*, order_ref: str, state: ReviewState, actor: Actor) -> bool:
    """Decide about an order, in the caller's transaction; False when this was decided before.

    The first decision stands. Refuses with NoSuchReview, or AlreadyDecided when it was another one.
    """
    # The count of rows is what decides between two members: the second waits for the first.
    closed = Review.objects.filter(order_ref=order_ref, state=ReviewState.OPEN).update(
        state=state.value, closed_at=clock.now(), closed_by=actor.name[:160]
    )
    if closed:
        audit.record(action=f"order.review_{state}", actor=actor, subject=order_ref)
        return True
    review = queries.find_review(order_ref)
    if review is None:
        raise NoSuchReview
    if review.state != state:
        raise AlreadyDecided(state=review.state, by=review.closed_by)
    return False


def close_open_review(*, order_ref: str, actor: Actor) -> None:
    """Take an order that is refunded in any other way off the list, in the caller's transaction."""
    review = queries.find_review(order_ref)
    if review is not None and review.state == ReviewState.OPEN:
        close_review(order_ref=order_ref, state=ReviewState.REFUNDED, actor=actor)
