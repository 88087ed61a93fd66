"""Seating plans: the document, its checks, its places and its compact form. Pure.

document (eventflow-plan/1) --schema, document--> Plan --check--> publishable
Plan --compact--> bytes for browsers --layout_of--> Layout: places by ordinal
CSV --csv_import--> document, line by line
"""

from __future__ import annotations

from tenant_apps.venues.domain.check import (
    Report,
    check_document,
    check_plan,
    ensure_publishable,
)
from tenant_apps.venues.domain.compact import (
    Compact,
    NotCompact,
    decode_compact,
    encode_compact,
    layout_of,
)
from tenant_apps.venues.domain.csv_import import import_csv
from tenant_apps.venues.domain.document import (
    PlanRefused,
    canonical_bytes,
    checksum_of,
    empty_document,
    load_json,
    parse_plan,
    to_document,
)
from tenant_apps.venues.domain.json_import import import_json
from tenant_apps.venues.domain.model import ATTRIBUTES, FORMAT, MAX_PLACES, Plan, category_of
from tenant_apps.venues.domain.pictures import PictureRefused, Rendered, render_picture
from tenant_apps.venues.domain.places import (
    Layout,
    LayoutArea,
    LayoutRow,
    LayoutSection,
    NoSuchPlace,
    Place,
    Spot,
)
from tenant_apps.venues.domain.problems import Problem
from tenant_apps.venues.domain.ranking import Ranking, ranking_of
from tenant_apps.venues.domain.report import ImportProblem, ImportReport, MadeLine, SectionSummary
from tenant_apps.venues.domain.seating import (
    ACCESSIBLE,
    NEEDS,
    Mark,
    lacking,
    seating_of,
    stretches_of,
)
from tenant_apps.venues.domain.sights import NoSuchPart, Part, ShownPicture, Sight

__all__ = [
    "ACCESSIBLE",
    "ATTRIBUTES",
    "FORMAT",
    "MAX_PLACES",
    "NEEDS",
    "Compact",
    "ImportProblem",
    "ImportReport",
    "Layout",
    "LayoutArea",
    "LayoutRow",
    "LayoutSection",
    "MadeLine",
    "Mark",
    "NoSuchPart",
    "NoSuchPlace",
    "NotCompact",
    "Part",
    "PictureRefused",
    "Place",
    "Plan",
    "PlanRefused",
    "Problem",
    "Ranking",
    "Rendered",
    "Report",
    "SectionSummary",
    "ShownPicture",
    "Sight",
    "Spot",
    "canonical_bytes",
    "category_of",
    "check_document",
    "check_plan",
    "checksum_of",
    "decode_compact",
    "empty_document",
    "encode_compact",
    "ensure_publishable",
    "import_csv",
    "import_json",
    "lacking",
    "layout_of",
    "load_json",
    "parse_plan",
    "ranking_of",
    "render_picture",
    "seating_of",
    "stretches_of",
    "to_document",
]
