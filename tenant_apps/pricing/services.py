"""Writing price lists and giving them to performances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F

from kernel import clock
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import CancelledForGood, NoSuchPerformance, State
from tenant_apps.events.models import Performance
from tenant_apps.pricing import domain
from tenant_apps.pricing.domain import PriceListDraft
from tenant_apps.pricing.models import (
    PerformancePricing,
    Price,
    PriceList,
    Tier,
    Zone,
    ZoneCategory,
)
from tenant_apps.pricing.queries import NoSuchPriceList

__all__ = ["create_price_list", "replace_price_list", "use_price_list"]


def create_price_list(*, draft: PriceListDraft, actor: Actor) -> PriceList:
    """Make a price list. Refuses with UnknownCurrency, or BadPriceList, which lists mistakes."""
    actor.ensure(Permission.EVENTS_EDIT)
    domain.ensure_good(draft)
    now = clock.now()
    with transaction.atomic(durable=True):
        price_list = PriceList.objects.create(**_columns(draft), created_at=now, updated_at=now)
        _write_table(price_list, draft)
        audit.record(action="price_list.created", actor=actor, subject=price_list.public_id)
    return price_list


def replace_price_list(*, price_list_id: int, draft: PriceListDraft, actor: Actor) -> PriceList:
    """Put a price list's whole content in place of the old one, all or nothing.

    Zones and tiers of the same key keep their public ids. What was sold keeps its price: an order
    has its own. Refuses with NoSuchPriceList and like `create_price_list`.
    """
    actor.ensure(Permission.EVENTS_EDIT)
    domain.ensure_good(draft)
    with transaction.atomic(durable=True):
        price_list = PriceList.objects.select_for_update().filter(pk=price_list_id).first()
        if price_list is None:
            raise NoSuchPriceList
        PriceList.objects.filter(pk=price_list_id).update(
            **_columns(draft), revision=F("revision") + 1, updated_at=clock.now()
        )
        _write_table(price_list, draft)
        audit.record(action="price_list.changed", actor=actor, subject=price_list.public_id)
        price_list.refresh_from_db()
    return price_list


def use_price_list(*, performance_id: int, price_list_id: int, actor: Actor) -> None:
    """Have a performance sold by a price list, from now on.

    Refuses with NoSuchPerformance, NoSuchPriceList, CancelledForGood.
    """
    actor.ensure(Permission.EVENTS_EDIT)
    with transaction.atomic(durable=True):
        performance = (
            Performance.objects.select_for_update(no_key=True).filter(pk=performance_id).first()
        )
        if performance is None:
            raise NoSuchPerformance
        if performance.state == State.CANCELLED:
            raise CancelledForGood
        price_list = PriceList.objects.filter(pk=price_list_id).first()
        if price_list is None:
            raise NoSuchPriceList
        PerformancePricing.objects.update_or_create(
            performance=performance,
            defaults={"price_list": price_list, "updated_at": clock.now()},
        )
        audit.record(
            action="performance.priced",
            actor=actor,
            subject=performance.public_id,
            price_list=price_list.public_id,
        )


def _columns(draft: PriceListDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "currency": draft.currency,
        "fee_fixed_minor": draft.fee.fixed_minor,
        "fee_basis_points": draft.fee.basis_points,
        "order_fee_minor": draft.fee.per_order_minor,
        "tax_name": draft.tax.name,
        "tax_basis_points": draft.tax.basis_points,
        "tax_included": draft.tax.included,
    }


def _write_table(price_list: PriceList, draft: PriceListDraft) -> None:
    """Write zones, tiers, categories and prices; the list's row is locked or new."""
    Price.objects.filter(price_list=price_list).delete()
    ZoneCategory.objects.filter(price_list=price_list).delete()
    zones = _merge(
        Zone,
        price_list,
        (
            {"key": zone.key, "name": zone.name, "colour": zone.colour, "position": place}
            for place, zone in enumerate(draft.zones)
        ),
    )
    tiers = _merge(
        Tier,
        price_list,
        (
            {
                "key": tier.key,
                "name": tier.name,
                "description": tier.description,
                "min_per_order": tier.min_per_order,
                "max_per_order": tier.max_per_order,
                "position": place,
            }
            for place, tier in enumerate(draft.tiers)
        ),
    )
    ZoneCategory.objects.bulk_create(
        ZoneCategory(
            price_list=price_list, zone_id=zones[zone.key], category=category, position=place
        )
        for zone in draft.zones
        for place, category in enumerate(zone.categories)
    )
    Price.objects.bulk_create(
        Price(
            price_list=price_list,
            zone_id=zones[zone.key],
            tier_id=tiers[tier_key],
            amount_minor=amount_minor,
        )
        for zone in draft.zones
        for tier_key, amount_minor in zone.prices.items()
    )


def _merge(
    model: type[Zone] | type[Tier], price_list: PriceList, wanted: Iterable[dict[str, Any]]
) -> dict[str, int]:
    """Make the list's rows be those wanted, by key; the database id of each key."""
    rows: dict[str, Any] = {row.key: row for row in model.objects.filter(price_list=price_list)}
    ids: dict[str, int] = {}
    for values in wanted:
        row = rows.pop(values["key"], None)
        if row is None:
            row = model.objects.create(price_list=price_list, **values)
        else:
            model.objects.filter(pk=row.pk).update(**values)
        ids[values["key"]] = row.pk
    model.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    return ids
