from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django_tenants.models import DomainMixin, TenantMixin

from kernel import ids
from public_apps.tenants.domain import TenantRecord, TenantState

ONE_SLUG = "one_tenant_per_slug"
ONE_HOST = "one_tenant_per_host"


def new_public_id() -> str:
    return ids.new("ten")


class Tenant(TenantMixin):
    """One organizer: a subdomain and a schema. The row stays when the schema is erased."""

    # Provisioning replays a template; saving a row never makes or drops a schema.
    auto_create_schema = False
    auto_drop_schema = False

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id)
    slug = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    state = models.CharField(
        max_length=12, choices=[(s, s) for s in TenantState], default=TenantState.ACTIVE
    )
    contact_email = models.EmailField(blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    country = models.CharField(max_length=2, default="DE")
    timezone = models.CharField(max_length=64, default="Europe/Berlin")
    brand_colour = models.CharField(max_length=7, default="#3b5bdb")
    created_at = models.DateTimeField()
    state_changed_at = models.DateTimeField()
    state_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("slug",), name=ONE_SLUG),
            models.CheckConstraint(
                condition=Q(state__in=list(TenantState)), name="tenant_state_known"
            ),
            models.CheckConstraint(
                condition=Q(brand_colour__regex=r"^#[0-9a-f]{6}$"), name="tenant_colour_is_hex"
            ),
        )

    def __str__(self) -> str:
        return self.slug


class Domain(DomainMixin):
    """A host name that leads to a tenant."""

    class Meta:
        constraints = (models.UniqueConstraint(Lower("domain"), name=ONE_HOST),)

    def __str__(self) -> str:
        return str(self.domain)


class SchemaStatus(models.Model):
    """How far each schema's migrations are: what is up to date is skipped without a look."""

    class Status(models.TextChoices):
        CURRENT = "current"
        MIGRATING = "migrating"
        FAILED = "failed"

    schema_name = models.CharField(max_length=63, primary_key=True)
    # Of the migrations on disk that were applied last, see `migrations.fingerprint()`.
    fingerprint = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=["current", "migrating", "failed"]),
                name="schema_status_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.schema_name}: {self.status}"


class SchemaTemplate(models.Model):
    """The dump of a migrated, empty tenant schema; a new tenant is a replay of it."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    sql = models.TextField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint


def record_of(tenant: Tenant, primary_host: str) -> TenantRecord:
    return TenantRecord(
        schema_name=tenant.schema_name,
        public_id=tenant.public_id,
        slug=tenant.slug,
        name=tenant.name,
        state=TenantState(tenant.state),
        currency=tenant.currency,
        country=tenant.country,
        timezone=tenant.timezone,
        brand_colour=tenant.brand_colour,
        contact_email=tenant.contact_email,
        primary_host=primary_host,
    )
