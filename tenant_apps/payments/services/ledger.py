"""The books. An entry is written in the transaction that makes it true, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kernel.db import insert_new
from tenant_apps.payments.domain import LedgerAccount
from tenant_apps.payments.models import LedgerEntry, Posting


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
    entry = LedgerEntry(reference=reference, order_ref=order_ref, currency=currency, at=at)
    if not insert_new(entry):
        return False
    Posting.objects.bulk_create(
        Posting(entry=entry, account=account, amount_minor=amount)
        for account, amount in sorted(postings.items())
    )
    return True
