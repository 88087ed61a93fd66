from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import ProtectedError
from django.db.utils import IntegrityError

from kernel import clock
from kernel.db import violated_constraint
from public_apps.audit import services as audit
from public_apps.identity import queries as people
from public_apps.identity import services as identity
from public_apps.identity.domain import NoSuchUser
from public_apps.identity.models import User
from tenant_apps.access.domain import (
    BUILTIN_ROLES,
    Actor,
    AlreadyAMember,
    LastOwner,
    NoSuchMember,
    Permission,
    RoleInUse,
    RoleTaken,
    UnknownPermission,
    UnknownRole,
)
from tenant_apps.access.models import ONE_ROLE_NAME, OWN, OWNER, Membership, Role


def add_member(
    *, email: str, name: str, role: str, actor: Actor, password: str | None = None
) -> Membership:
    """Let somebody in; without a password, they come in by the reset mail.

    `role` is a built-in role's key or the name of one of the house's own. Refuses with UnknownRole,
    BadEmail, WeakPassword or AlreadyAMember.
    """
    actor.ensure(Permission.MEMBERS_MANAGE)
    with transaction.atomic():
        key, own_role = _find_role(role)
        user = _user(email=email, name=name, password=password)
        membership = Membership.objects.create(
            user=user, role=key, own_role=own_role, since=clock.now()
        )
        audit.record(action="member.added", actor=actor, subject=membership.public_id, role=role)
    return membership


def change_role(*, member_id: str, role: str, actor: Actor) -> Membership:
    """Give a member another role. Refuses with NoSuchMember, UnknownRole or LastOwner."""
    actor.ensure(Permission.MEMBERS_MANAGE)
    with transaction.atomic(durable=True):
        key, own_role = _find_role(role)
        membership = _locked(member_id, stays_owner=key == OWNER)
        before = membership.role_name
        membership.role, membership.own_role = key, own_role
        membership.save(update_fields=["role", "own_role"])
        audit.record(
            action="member.role_changed",
            actor=actor,
            subject=member_id,
            before=before,
            after=membership.role_name,
        )
    return membership


def remove_member(*, member_id: str, actor: Actor) -> None:
    """Take somebody's membership away and end their sessions.

    Refuses with NoSuchMember or LastOwner.
    """
    actor.ensure(Permission.MEMBERS_MANAGE)
    with transaction.atomic(durable=True):
        membership = _locked(member_id, stays_owner=False)
        audit.record(
            action="member.removed", actor=actor, subject=member_id, email=membership.user.email
        )
        membership.delete()
        identity.deactivate(membership.user)


def create_role(*, name: str, permissions: Collection[str], actor: Actor) -> Role:
    """Put a role of the house's own together. Refuses with RoleTaken or UnknownPermission."""
    actor.ensure(Permission.MEMBERS_MANAGE)
    unknown = sorted(set(permissions) - set(Permission))
    if unknown:
        raise UnknownPermission(field="permissions", unknown=unknown)
    if not name.strip() or name in (*BUILTIN_ROLES, OWN):
        raise RoleTaken(field="name")
    try:
        with transaction.atomic():
            role = Role.objects.create(name=name.strip(), permissions=sorted(set(permissions)))
            audit.record(action="role.created", actor=actor, subject=role.public_id, name=name)
    except IntegrityError as error:
        if violated_constraint(error) != ONE_ROLE_NAME:
            raise
        raise RoleTaken(field="name") from error
    return role


def delete_role(*, name: str, actor: Actor) -> None:
    """Delete one of the house's own roles. Refuses with UnknownRole or RoleInUse."""
    actor.ensure(Permission.MEMBERS_MANAGE)
    role = Role.objects.filter(name=name).first()
    if role is None:
        raise UnknownRole(field="role")
    try:
        with transaction.atomic():
            audit.record(action="role.deleted", actor=actor, subject=role.public_id, name=name)
            role.delete()
    except (ProtectedError, IntegrityError) as error:
        raise RoleInUse(field="role") from error


def _find_role(role: str) -> tuple[str, Role | None]:
    if role in BUILTIN_ROLES:
        return role, None
    own_role = Role.objects.filter(name=role).first()
    if own_role is None:
        raise UnknownRole(field="role", known=sorted(BUILTIN_ROLES))
    return OWN, own_role


def _user(*, email: str, name: str, password: str | None) -> User:
    try:
        user = people.get_by_email(email)
    except NoSuchUser:
        return identity.create_user(email=email, password=password, name=name)
    if Membership.objects.filter(user=user).exists():
        raise AlreadyAMember(field="email")
    return identity.reactivate(user, name=name, password=password)


def _locked(member_id: str, *, stays_owner: bool) -> Membership:
    """Lock the member and every owner, so that two who demote each other go one after the other.

    Refuses with LastOwner when nobody would be left.
    """
    owners = list(
        Membership.objects.select_for_update()
        .filter(role=OWNER)
        .order_by("pk")
        .values_list("public_id", flat=True)
    )
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user", "own_role")
        .filter(public_id=member_id)
        .first()
    )
    if membership is None:
        raise NoSuchMember
    if not stays_owner and owners == [member_id]:
        raise LastOwner
    return membership
