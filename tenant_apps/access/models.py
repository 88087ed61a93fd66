from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from oauth2_provider.models import AbstractApplication, ApplicationManager

from kernel import ids
from tenant_apps.access.domain import (
    BUILTIN_ROLES,
    SCOPES,
    Permission,
    permissions_of_role,
)

ONE_MEMBERSHIP = "one_membership_per_user"
ONE_ROLE_NAME = "one_role_per_name"
ONE_ANSWER = "one_answer_per_client_and_key"

OWNER = "owner"
OWN = "own"


def new_role_id() -> str:
    return ids.new("rol")


def new_member_id() -> str:
    return ids.new("mbr")


def new_client_id() -> str:
    return ids.new("cli")


class Role(models.Model):
    """A set of permissions that this house has put together itself."""

    public_id = models.CharField(max_length=32, unique=True, default=new_role_id)
    name = models.CharField(max_length=60)
    permissions: ArrayField = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("name",), name=ONE_ROLE_NAME),
            models.CheckConstraint(
                condition=Q(permissions__contained_by=sorted(str(name) for name in Permission)),
                name="role_permissions_known",
            ),
            models.CheckConstraint(
                condition=~Q(name__in=["", OWN, *sorted(BUILTIN_ROLES)]),
                name="role_name_is_its_own",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a user belongs to this house, and as what."""

    public_id = models.CharField(max_length=32, unique=True, default=new_member_id)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="membership"
    )
    # A built-in role, or `own` and then `own_role` says which.
    role = models.CharField(max_length=12)
    own_role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=sorted(BUILTIN_ROLES), own_role__isnull=True)
                | Q(role=OWN, own_role__isnull=False),
                name="membership_role_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.role_name}"

    @property
    def role_name(self) -> str:
        return self.own_role.name if self.own_role else self.role

    @property
    def permissions(self) -> frozenset[Permission]:
        own = self.own_role.permissions if self.own_role else ()
        return permissions_of_role(self.role, own)


class Client(AbstractApplication):
    """A program that uses this house's API by itself; its secret is stored as a hash."""

    # A program is nobody's: it outlives whoever made it.
    user = None
    public_id = models.CharField(max_length=32, unique=True, default=new_client_id)
    scopes: ArrayField = ArrayField(models.CharField(max_length=40), default=list)
    revoked_at = models.DateTimeField(null=True, blank=True)

    # What its base demands of its own natural key.
    objects: ClassVar[ApplicationManager] = ApplicationManager()

    class Meta(AbstractApplication.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(scopes__contained_by=sorted(SCOPES)), name="client_scopes_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    client_type=AbstractApplication.CLIENT_CONFIDENTIAL,
                    authorization_grant_type=AbstractApplication.GRANT_CLIENT_CREDENTIALS,
                    hash_client_secret=True,
                ),
                name="client_uses_client_credentials",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def is_usable(self, request: object) -> bool:
        return self.revoked_at is None


class Answer(models.Model):
    """What a client was told under an idempotency key, or that it is being worked out.

    Kept for a day. An attempt that died leaves a lease that ends.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    # SHA-256 of method, path, query and body: the same key for something else is refused.
    fingerprint = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    # Which attempt holds the lease: an older one that comes back late writes nothing.
    attempt = models.PositiveIntegerField(default=1)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    content_type = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("client", "key"), name=ONE_ANSWER),
            models.CheckConstraint(
                condition=Q(status__isnull=True, lease_until__isnull=False)
                | Q(status__isnull=False, lease_until__isnull=True),
                name="answer_is_leased_or_given",
            ),
        )
        indexes = (models.Index(fields=("started_at",), name="answer_by_age"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'in progress'}"
