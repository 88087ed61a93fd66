from __future__ import annotations

from django.db import transaction

from kernel import clock
from kernel.db import current_schema
from public_apps.audit import services as audit
from public_apps.inbox import services as inbox
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.payments import gateway
from tenant_apps.payments.domain import AccountRecord
from tenant_apps.payments.models import Account


def connect_account(*, account_id: str, actor: Actor) -> AccountRecord:
    """Let this organizer be paid through the account, which Stripe must know.

    Not in a transaction: Stripe is asked, and the way of its events lies in the public schema.
    Refuses with StripeRefused, and with AccountTaken when another organizer has the account.
    """
    actor.ensure(Permission.PAYMENTS_MANAGE)
    now = clock.now()
    record = gateway.retrieve_account(account_id)
    # First the way of the events: a crash here leaves a way to us, and no account that uses it.
    inbox.route_account(
        provider="stripe", account=record.stripe_account, schema_name=current_schema()
    )
    with transaction.atomic(durable=True):
        Account.objects.update_or_create(
            is_the_one=True,
            defaults=_columns(record) | {"checked_at": now},
            create_defaults=_columns(record) | {"checked_at": now, "connected_at": now},
        )
        audit.record(action="payments.connected", actor=actor, stripe_account=record.stripe_account)
    return record


def refresh_account(account_id: str) -> bool:
    """Ask Stripe how the account stands and take it over; False when it is not (or no longer) ours.

    Not in a transaction. An answer never takes the place of one that was asked for later. Refuses
    with StripeUnreachable and StripeRefused.
    """
    asked_at = clock.now()
    if not Account.objects.filter(stripe_account=account_id).exists():
        return False
    record = gateway.retrieve_account(account_id)
    changed = Account.objects.filter(
        stripe_account=record.stripe_account, checked_at__lte=asked_at
    ).update(**_columns(record), checked_at=asked_at)
    return bool(changed)


def _columns(record: AccountRecord) -> dict[str, object]:
    return {
        "stripe_account": record.stripe_account,
        "name": record.name,
        "country": record.country,
        "currency": record.currency,
        "charges_enabled": record.charges_enabled,
    }
