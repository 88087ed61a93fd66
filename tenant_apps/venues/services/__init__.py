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
from tenant_apps.venues.services.views import (
    MOST_TEXT,
    BadNote,
    NothingSaid,
    PictureWithoutWords,
    TooManyViews,
    add_picture,
    add_view,
    remove_view,
    set_view,
)

__all__ = [
    "MOST_TEXT",
    "BadAddress",
    "BadName",
    "BadNote",
    "DraftChanged",
    "ImportRefused",
    "Kind",
    "NameTaken",
    "NothingSaid",
    "PictureWithoutWords",
    "TooManyViews",
    "UnknownKind",
    "UnknownTimezone",
    "add_picture",
    "add_view",
    "create_plan",
    "create_venue",
    "dry_run",
    "import_plan",
    "publish_plan",
    "remove_view",
    "save_draft",
    "set_view",
    "update_venue",
]
