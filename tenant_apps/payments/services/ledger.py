"""The books. An entry is written in the transaction that makes it true, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from kernel.db import violated_constraint
from tenant_apps.payments.domain import LedgerAccount
from tenant_apps.payments.models import ONE_ENTRY_A_REFERENCE, LedgerEntry, Posting


def write_entry(
    *,
    reference: str,
    order_ref: str,
    currency: str,
    postings: Mapping[LedgerAccount, int],
    at: datetime,
) -> bool:
    """Write a movement once; False when its reference stands in the books already.

    Postings are in minor units, debits positive. That they add up to zero is checked by the
    database at the commit.
    """
    try:
        with transaction.atomic():
            entry = LedgerEntry.objects.create(
                reference=reference, order_ref=order_ref, currency=currency, at=at
            )
    except IntegrityError as error:
        if violated_constraint(error) != ONE_ENTRY_A_REFERENCE:
            raise
        return False
    Posting.objects.bulk_create(
        Posting(entry=entry, account=account, amount_minor=amount)
        for account, amount in sorted(postings.items())
    )
    return True
