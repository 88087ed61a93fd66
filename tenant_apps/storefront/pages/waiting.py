"""The waiting room of a performance, as somebody who waits sees it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tenant_apps.storefront.pages.parts import PerformanceHead, Text, When

# Without a script the page is fetched again so often; a crowd does so all at once.
REFRESH_S = 20
HOUR_S = 3_600

SHORT = _("less than a minute")
LONG = _("more than an hour")
UNKNOWN = _("we cannot say yet")
STALLED = _("nobody is let in right now")


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A place in the room; before the draw there is no position. `place` is signed."""

    head: PerformanceHead
    is_drawn: bool
    position: int | None
    waiting: int
    estimate_s: int | None
    is_stalled: bool
    opens: When | None
    seconds_until_open: int
    place: str
    feed_url: str
    enter_url: str
    leave_url: str

    @property
    def refresh_s(self) -> int:
        return REFRESH_S

    @property
    def ahead(self) -> int | None:
        return None if self.position is None else self.position - 1

    @property
    def estimate(self) -> Text:
        """The wait in words that promise no more than is known."""
        if self.is_stalled:
            return STALLED
        if self.estimate_s is None:
            return UNKNOWN
        if self.estimate_s < 60:
            return SHORT
        if self.estimate_s >= HOUR_S:
            return LONG
        minutes = round(self.estimate_s / 60)
        return _minutes(minutes) % {"n": minutes}

    @property
    def words(self) -> dict[str, Text]:
        """What the script says of the wait as it changes."""
        return {
            "short": SHORT,
            "one": _minutes(1) % {"n": 1},
            # Of any number from two on.
            "many": _("about %s minutes"),
            "long": LONG,
            "unknown": UNKNOWN,
            "stalled": STALLED,
        }


def _minutes(count: int) -> str:
    return ngettext("about %(n)s minute", "about %(n)s minutes", count)
