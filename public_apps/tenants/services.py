"""The life of a tenant: provision, suspend, resume, erase."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.utils import IntegrityError

from kernel import clock, money
from kernel.db import public_context, tenant_context, violated_constraint
from public_apps.audit import services as audit
from public_apps.tenants import queries, schemas
from public_apps.tenants.domain import (
    DomainTaken,
    SlugTaken,
    Step,
    TenantRecord,
    TenantState,
    advance,
    ensure_good_slug,
    schema_of,
)
from public_apps.tenants.models import ONE_HOST, ONE_SLUG, Domain, SchemaStatus, Tenant

__all__ = ["add_domain", "erase", "provision_tenant", "resume", "suspend"]


_erase_guards: list[Callable[[], None]] = []


def before_erasing(guard: Callable[[], None]) -> None:
    """Have this asked in the tenant's schema before it is dropped; it refuses by raising."""
    _erase_guards.append(guard)


def provision_tenant(
    *,
    slug: str,
    name: str,
    actor: audit.Acting,
    contact_email: str = "",
    currency: str = "EUR",
    country: str = "DE",
    timezone: str = "Europe/Berlin",
    brand_colour: str = "#3b5bdb",
) -> TenantRecord:
    """Make an organizer: row, domain, role and schema, all or nothing.

    Refuses with BadSlug, SlugReserved, SlugTaken, DomainTaken or UnknownCurrency.
    """
    ensure_good_slug(slug)
    money.exponent_of(currency)
    now = clock.now()
    with public_context():
        template = schemas.ensure_template()
        try:
            with transaction.atomic(durable=True):
                # Not `save`: django-tenants would look first, and a look is no lock.
                tenant = Tenant(
                    schema_name=schema_of(slug),
                    slug=slug,
                    name=name,
                    contact_email=contact_email,
                    currency=currency,
                    country=country,
                    timezone=timezone,
                    brand_colour=brand_colour,
                    created_at=now,
                    state_changed_at=now,
                )
                Tenant.objects.bulk_create([tenant])
                Domain.objects.create(
                    tenant=tenant, domain=f"{slug}.{settings.BASE_DOMAIN}", is_primary=True
                )
                schemas.replay(template, into=tenant.schema_name)
                audit.record(action="tenant.provisioned", actor=actor, subject=tenant.public_id)
        except IntegrityError as error:
            _refuse_taken(error, slug)
        queries.forget_cached()
        record = queries.find_tenant(tenant.schema_name)
    assert record is not None
    return record


def add_domain(*, slug: str, host: str, actor: audit.Acting) -> None:
    """Let one more host name lead to the tenant. Refuses with DomainTaken."""
    with public_context():
        tenant = Tenant.objects.get(slug=slug)
        try:
            with transaction.atomic(durable=True):
                Domain.objects.create(tenant=tenant, domain=host.lower(), is_primary=False)
                audit.record(
                    action="tenant.domain_added", actor=actor, subject=tenant.public_id, host=host
                )
        except IntegrityError as error:
            _refuse_taken(error, slug)
    queries.forget_cached()


def suspend(*, slug: str, reason: str, actor: audit.Acting) -> None:
    """Close the tenant's doors: every host answers 503, its tasks rest, nothing is lost."""
    _take_step(slug, Step.SUSPEND, reason, actor)


def resume(*, slug: str, actor: audit.Acting) -> None:
    """Open a suspended tenant again."""
    _take_step(slug, Step.RESUME, "", actor)


def erase(*, slug: str, reason: str, actor: audit.Acting) -> None:
    """Drop a suspended tenant's schema and role for good; the row stays as a tombstone.

    Refuses with StepRefused, and with what an app has asked to be asked (`before_erasing`).
    """
    with public_context():
        doomed = Tenant.objects.get(slug=slug)
        advance(TenantState(doomed.state), Step.ERASE)
    with tenant_context(doomed.schema_name):
        for guard in _erase_guards:
            guard()
    with public_context(), transaction.atomic(durable=True):
        tenant = _locked(slug, Step.ERASE, reason)
        schemas.drop(tenant.schema_name)
        Domain.objects.filter(tenant=tenant).delete()
        SchemaStatus.objects.filter(schema_name=tenant.schema_name).delete()
        # Neither slug nor schema is ever given to somebody else.
        audit.record(action="tenant.erased", actor=actor, subject=tenant.public_id, reason=reason)
    queries.forget_cached()


def _take_step(slug: str, step: Step, reason: str, actor: audit.Acting) -> None:
    with public_context(), transaction.atomic(durable=True):
        tenant = _locked(slug, step, reason)
        audit.record(action=f"tenant.{step}", actor=actor, subject=tenant.public_id, reason=reason)
    queries.forget_cached()


def _locked(slug: str, step: Step, reason: str) -> Tenant:
    tenant: Tenant = Tenant.objects.select_for_update().get(slug=slug)
    tenant.state = advance(TenantState(tenant.state), step)
    tenant.state_changed_at = clock.now()
    tenant.state_reason = reason
    tenant.save(update_fields=["state", "state_changed_at", "state_reason"])
    return tenant


def _refuse_taken(error: IntegrityError, slug: str) -> None:
    constraint = violated_constraint(error)
    if constraint in (ONE_SLUG, "tenants_tenant_schema_name_key"):
        raise SlugTaken(field="slug", value=slug) from error
    if constraint == ONE_HOST or (constraint or "").startswith("tenants_domain_domain"):
        raise DomainTaken(field="host") from error
    raise error
