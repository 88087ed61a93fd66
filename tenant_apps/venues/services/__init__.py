"""Writing venues, drafts and published versions of seating plans."""

from __future__ import annotations

from tenant_apps.venues.services.imports import (
    ImportRefused,
    Kind,
    UnknownKind,
    dry_run,
    import_plan,
)
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
    "ImportRefused",
    "Kind",
    "NameTaken",
    "UnknownKind",
    "UnknownTimezone",
    "create_plan",
    "create_venue",
    "dry_run",
    "import_plan",
    "publish_plan",
    "save_draft",
    "update_venue",
]
