"""Money: minor units and a currency, never a float.

Exponents follow ISO 4217 and Stripe's list of zero- and three-decimal currencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from kernel import errors

# What organizers may sell in. The value is the number of decimals of the minor unit.
EXPONENTS: dict[str, int] = {
    "AUD": 2, "BGN": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CZK": 2, "DKK": 2,
    "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0,
    "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PLN": 2, "RON": 2, "SEK": 2, "SGD": 2,
    "TND": 3, "TRY": 2, "UAH": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip


class UnknownCurrency(errors.Invalid):
    code = "unknown_currency"
    message = "This currency is not supported."


class CurrencyMismatch(errors.Invalid):
    code = "currency_mismatch"
    message = "Two amounts of different currencies cannot be added."


def exponent_of(currency: str) -> int:
    """Return how many decimals the currency's minor unit has. Refuses with UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency (ISO 4217, upper case)."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.amount_minor * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(currencies=sorted({self.currency, other.currency}))
        return other.amount_minor

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.amount_minor).scaleb(-exponent_of(self.currency))

    def __str__(self) -> str:
        return f"{self.decimal:.{exponent_of(self.currency)}f} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Add the amounts up; zero of the currency when there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def share(amount_minor: int, basis_points: int) -> int:
    """Return so many hundredths of a percent of the amount, half away from zero."""
    exact = Decimal(amount_minor) * basis_points / 10_000
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def contained_tax(gross_minor: int, basis_points: int) -> int:
    """Return the tax that a gross amount already contains, half away from zero."""
    exact = Decimal(gross_minor) * basis_points / (10_000 + basis_points)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount by weights so that the parts add up to it (largest remainder).

    All weights zero means equal parts. The result has the weights' length and order.
    """
    if not weights:
        return []
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    parts = [amount_minor * weight // whole for weight in weights]
    remainders = sorted(
        range(len(weights)), key=lambda place: (-(amount_minor * weights[place] % whole), place)
    )
    for place in remainders[: amount_minor - sum(parts)]:
        parts[place] += 1
    return parts
