"""Whom an organizer blocks or trusts."""

from __future__ import annotations

from django.db import transaction

from kernel import clock
from public_apps.audit import services as audit
from public_apps.tenants import queries as tenants
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.queueing import queries
from tenant_apps.queueing.domain import lists
from tenant_apps.queueing.domain.lists import Entry, What
from tenant_apps.queueing.models import Listing, Review


def list_buyer(entry: Entry, *, actor: Actor) -> Listing:
    """Put somebody onto the list, or change what it says of them.

    Refuses with NotPermitted, BadEntry, NetworkTooWide, BadReason, EndsInThePast or ListFull.
    """
    actor.ensure(Permission.ORDERS_REFUND)
    value = lists.value_of(entry.what, entry.value)
    reason = lists.ensure_good_reason(entry.reason)
    now = clock.now()
    if entry.until is not None and entry.until <= now:
        raise lists.EndsInThePast(field="until")
    with transaction.atomic():
        listing, is_new = Listing.objects.update_or_create(
            what=entry.what.value,
            value=value,
            defaults={
                "verdict": entry.verdict.value,
                "label": entry.label[: lists.VALUE_MAX],
                "reason": reason,
                "until": entry.until,
                "added_at": now,
                "added_by": actor.name[:160],
            },
        )
        if is_new and Listing.objects.count() > lists.MOST_LISTED:
            raise lists.ListFull
        audit.record(
            action=f"buyer.{entry.verdict}",
            actor=actor,
            subject=listing.public_id,
            what=entry.what.value,
            value=value,
            reason=reason,
            until=entry.until.isoformat() if entry.until else None,
        )
    return listing


def unlist_buyer(*, public_id: str, actor: Actor) -> None:
    """Take an entry off the list; one that is gone already is no error."""
    actor.ensure(Permission.ORDERS_REFUND)
    with transaction.atomic():
        gone = Listing.objects.filter(public_id=public_id).first()
        if gone is not None and Listing.objects.filter(pk=gone.pk).delete()[0]:
            audit.record(
                action="buyer.unlisted",
                actor=actor,
                subject=public_id,
                what=gone.what,
                value=gone.value,
                verdict=gone.verdict,
            )


def ensure_may_buy(*, mail: str, network: str = "") -> bool:
    """Refuse with BuyerBlocked whom the organizer does not sell to; whether it trusts the other."""
    verdict = queries.find_verdict(mail=mail, network=network)
    if verdict is lists.Verdict.BLOCKED:
        raise lists.BuyerBlocked(contact=tenants.current_tenant().contact_email)
    return verdict is lists.Verdict.TRUSTED


def is_trusted_network(network: str) -> bool:
    """Whether an address prefix lies in a network that the organizer trusts."""
    return queries.find_verdict(network=network) is lists.Verdict.TRUSTED


def block_buyer_of(review: Review, *, mail: str, label: str, reason: str, actor: Actor) -> None:
    """Put the mail and the card of an order that was looked at onto the list of the blocked."""
    for what, value in ((What.MAIL, mail), (What.CARD, review.card)):
        if value:
            list_buyer(
                Entry(
                    verdict=lists.Verdict.BLOCKED,
                    what=what,
                    value=value,
                    reason=reason,
                    label="" if what is What.MAIL else label,
                ),
                actor=actor,
            )
