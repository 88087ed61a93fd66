"""Stripe's test cards: https://docs.stripe.com/testing

Every other number is declined, as Stripe's test mode declines real cards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fate = Literal["paid", "declined", "authenticate"]


@dataclass(frozen=True, slots=True)
class Card:
    number: str
    brand: str
    label: str
    fate: Fate = "paid"
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    refund: Literal["succeeded", "pending", "failed"] = "succeeded"

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


def _declined(number: str, label: str, code: str, decline_code: str | None, message: str) -> Card:
    return Card(number, "visa", label, "declined", code, decline_code, message)


_DECLINED = "Your card was declined."
_CARDS = (
    Card("4242424242424242", "visa", "Paid"),
    _declined("4000000000000002", "Declined", "card_declined", "generic_decline", _DECLINED),
    _declined(
        "4000000000009995",
        "Insufficient funds",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    Card("4000002500003155", "visa", "3-D Secure", "authenticate"),
    Card("5555555555554444", "mastercard", "Paid, Mastercard"),
    Card("378282246310005", "amex", "Paid, American Express"),
    _declined("4000000000009987", "Lost card", "card_declined", "lost_card", _DECLINED),
    _declined("4000000000000069", "Expired card", "expired_card", None, "Your card has expired."),
    _declined(
        "4000000000000127",
        "Wrong CVC",
        "incorrect_cvc",
        None,
        "Your card's security code is incorrect.",
    ),
    _declined(
        "4000000000000119",
        "Processing error",
        "processing_error",
        None,
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    Card("4000000000007726", "visa", "Paid; a refund is pending first", refund="pending"),
    Card("4000000000005126", "visa", "Paid; a refund fails later", refund="failed"),
)
BY_NUMBER = {card.number: card for card in _CARDS}
# The payment page offers these by name.
OFFERED = _CARDS[:4]


def card_of(number: str) -> Card:
    """Return the test card of the number; a number that is none is a card that is declined."""
    digits = number.replace(" ", "").replace("-", "")
    found = BY_NUMBER.get(digits)
    return found or _declined(digits, "Unknown", "card_declined", "test_mode_live_card", _DECLINED)


def is_card_number(text: str) -> bool:
    """Whether the text is 12 to 19 digits with a right check digit (Luhn, ISO/IEC 7812-1)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdecimal() and 12 <= len(digits) <= 19):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0
