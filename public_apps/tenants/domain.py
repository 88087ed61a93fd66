"""The life of a tenant, and what may be called one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kernel import errors


class TenantState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASED = "erased"


class Step(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"
    ERASE = "erase"


# An active tenant is never erased in one step: suspending first leaves time to think.
NEXT_STATE: dict[tuple[TenantState, Step], TenantState] = {
    (TenantState.ACTIVE, Step.SUSPEND): TenantState.SUSPENDED,
    (TenantState.SUSPENDED, Step.RESUME): TenantState.ACTIVE,
    (TenantState.SUSPENDED, Step.ERASE): TenantState.ERASED,
}

# A DNS label that is also a plain schema name; the length leaves room for the role's prefix.
SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
SLUG_MAX = 32
RESERVED_SLUGS = frozenset(
    {
        "admin", "api", "app", "assets", "auth", "cdn", "console", "docs", "embed", "eventflow",
        "extensions", "ftp", "help", "information-schema", "live", "localhost", "mail", "ns",
        "operators", "postgres", "public", "root", "sdk", "smtp", "static", "status", "support",
        "template", "test", "webhooks", "www",
    }
)  # fmt: skip


class StepRefused(errors.Conflict):
    code = "tenant_step_refused"
    message = "The organizer cannot take that step from its present state."


class BadSlug(errors.Invalid):
    code = "bad_slug"
    message = (
        "The address may have 3 to 32 lower-case letters, digits and single hyphens, "
        "and starts with a letter."
    )


class SlugReserved(errors.Invalid):
    code = "slug_reserved"
    message = "This address is kept for the platform. Choose another."


class SlugTaken(errors.Conflict):
    code = "slug_taken"
    message = "Another organizer has this address. Choose another."


class DomainTaken(errors.Conflict):
    code = "domain_taken"
    message = "Another organizer has this host name."


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """What a request needs to know of its tenant. Cached, so never trusted for longer than that."""

    schema_name: str
    public_id: str
    slug: str
    name: str
    state: TenantState
    currency: str
    country: str
    timezone: str
    brand_colour: str
    contact_email: str
    primary_host: str

    @property
    def is_active(self) -> bool:
        return self.state is TenantState.ACTIVE


def advance(state: TenantState, step: Step) -> TenantState:
    """Return the state after the step. Refuses with StepRefused."""
    try:
        return NEXT_STATE[state, step]
    except KeyError:
        raise StepRefused(state=state, step=step) from None


def ensure_good_slug(slug: str) -> None:
    """Refuse with BadSlug or SlugReserved what cannot be a subdomain and a schema."""
    if not 3 <= len(slug) <= SLUG_MAX or not SLUG.fullmatch(slug):
        raise BadSlug(field="slug", value=slug[:64])
    if slug in RESERVED_SLUGS:
        raise SlugReserved(field="slug", value=slug)


def schema_of(slug: str) -> str:
    """Return the schema's name; `t_` keeps it apart from everything that is not a tenant."""
    return f"t_{slug.replace('-', '_')}"
