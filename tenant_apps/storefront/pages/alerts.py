"""Being told when a sold-out performance has places again."""

from __future__ import annotations

from dataclasses import dataclass

from tenant_apps.storefront.pages.parts import FormField, PerformanceHead


@dataclass(frozen=True, slots=True)
class AlertPage:
    """The form, or that it was heard."""

    head: PerformanceHead
    email: FormField
    places: int
    most: int
    form_url: str
    # Where there are places already.
    seats_url: str = ""
    noted: bool = False

    @property
    def choices(self) -> range:
        return range(1, self.most + 1)


@dataclass(frozen=True, slots=True)
class EndAlertPage:
    """Whether somebody still waits behind a link, and for what."""

    title: str
    form_url: str
    event_url: str
    ended: bool = False
