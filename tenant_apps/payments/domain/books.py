"""What a movement of money posts to which account."""

from __future__ import annotations

from tenant_apps.payments.domain.values import LedgerAccount


def fee_share(
    *, fee_minor: int, returned_minor: int, amount_minor: int, part_minor: int, completes: bool
) -> int:
    """Return how much of the platform's fee a refund gives back, as Stripe reckons it.

    In proportion and rounded down; the refund that completes the payment's gives back the rest.
    https://docs.stripe.com/api/refunds/create#create_refund-refund_application_fee
    """
    left = fee_minor - returned_minor
    return left if completes else min(left, fee_minor * part_minor // amount_minor)


def payment_postings(
    amount_minor: int, fee_minor: int, *, matches: bool
) -> dict[LedgerAccount, int]:
    """Return what a payment moves: to the organizer's balance, less the platform's fee."""
    earned = LedgerAccount.SALES if matches else LedgerAccount.UNMATCHED
    return _without_zeros(
        {
            LedgerAccount.STRIPE_BALANCE: amount_minor - fee_minor,
            LedgerAccount.PLATFORM_FEES: fee_minor,
            earned: -amount_minor,
        }
    )


def refund_postings(
    amount_minor: int, returned_fee_minor: int, *, matches: bool
) -> dict[LedgerAccount, int]:
    """Return what a refund moves: back to the buyer, and the platform's fee to the organizer."""
    given_back = LedgerAccount.REFUNDS if matches else LedgerAccount.UNMATCHED
    return _without_zeros(
        {
            LedgerAccount.STRIPE_BALANCE: returned_fee_minor - amount_minor,
            LedgerAccount.PLATFORM_FEES: -returned_fee_minor,
            given_back: amount_minor,
        }
    )


def failed_refund_postings(amount_minor: int, *, matches: bool) -> dict[LedgerAccount, int]:
    """Return what a refund that came back moves. The platform's fee stays given back."""
    given_back = LedgerAccount.REFUNDS if matches else LedgerAccount.UNMATCHED
    return {LedgerAccount.STRIPE_BALANCE: amount_minor, given_back: -amount_minor}


def _without_zeros(postings: dict[LedgerAccount, int]) -> dict[LedgerAccount, int]:
    return {account: amount for account, amount in postings.items() if amount}
