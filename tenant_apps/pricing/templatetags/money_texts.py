"""Printing money in the language of the page or mail: {% load money_texts %}."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from kernel import formatting
from kernel.languages import current_language
from kernel.money import Money

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """Print an amount such as €40.00; nothing for None."""
    return "" if amount is None else formatting.money_text(amount, current_language())


@register.filter
def price(amount: Money | None) -> str:
    """Print an amount, or the word for nothing to pay."""
    if amount is not None and not amount:
        return gettext("Free")
    return money(amount)


@register.filter
def tax_rate(basis_points: int) -> str:
    """Print a rate in hundredths of a percent: 700 is 7 %, 825 is 8.25 %."""
    return formatting.percent_text(basis_points, current_language())
