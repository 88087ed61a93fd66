"""Writing venues, drafts and published versions of seating plans."""

from __future__ import annotations

from tenant_apps.venues.services.plans import (
    DraftChanged,
    create_plan,
    publish_plan,
    save_draft,
)
from tenant_apps.venues.services.venues import (
    BadAddress,
    BadName,
    NameTaken,
    UnknownTimezone,
    create_venue,
    update_venue,
)

__all__ = [
    "BadAddress",
    "BadName",
    "DraftChanged",
    "NameTaken",
    "UnknownTimezone",
    "create_plan",
    "create_venue",
    "publish_plan",
    "save_draft",
    "update_venue",
]
