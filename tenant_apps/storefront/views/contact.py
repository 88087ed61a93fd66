"""Who buys, as they have typed it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel import errors
from tenant_apps.orders.domain import NAME_MAX, Contact, contact_of
from tenant_apps.storefront.pages.parts import FormField, Text, email_field
from tenant_apps.storefront.views.memory import Memory


def contact(remembered: Memory, language: str) -> Contact:
    """Return who buys. Refuses with BadEmail or BadName."""
    return contact_of(email=remembered.email, name=remembered.name, locale=language)


def faults(remembered: Memory) -> dict[str, Text]:
    """Return what is wrong, by field, all of it at once."""
    found: dict[str, Text] = {}
    for name, email in ((remembered.name, "a@b.example"), ("A", remembered.email)):
        try:
            contact_of(email=email, name=name)
        except errors.Invalid as refusal:
            found[str(refusal.details["field"])] = gettext(str(refusal.message))
    return found


def fields(remembered: Memory, wrong: dict[str, Text]) -> list[FormField]:
    """Return the form's fields, each with its fault."""
    return [
        FormField(
            name="name",
            label=_("Your name"),
            value=remembered.name,
            autocomplete="name",
            error=wrong.get("name", ""),
            max_length=NAME_MAX,
        ),
        email_field(
            remembered.email,
            wrong.get("email", ""),
            _("Your tickets and the receipt go to this address."),
        ),
    ]
