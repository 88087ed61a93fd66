"""Who may do what: our own strings, in sets, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from kernel import errors


class Permission(StrEnum):
    VENUES_VIEW = "venues:view"
    VENUES_EDIT = "venues:edit"
    EVENTS_VIEW = "events:view"
    EVENTS_EDIT = "events:edit"
    INVENTORY_BLOCK = "inventory:block"
    ORDERS_VIEW = "orders:view"
    ORDERS_REFUND = "orders:refund"
    TICKETS_REDEEM = "tickets:redeem"
    PAYMENTS_MANAGE = "payments:manage"
    REPORTS_VIEW = "reports:view"
    MEMBERS_MANAGE = "members:manage"
    SETTINGS_MANAGE = "settings:manage"
    API_MANAGE = "api:manage"


EVERYTHING = frozenset(Permission)

BUILTIN_ROLES: dict[str, frozenset[Permission]] = {
    "owner": EVERYTHING,
    # Everything but the money's destination and who else may come in.
    "admin": EVERYTHING
    - {Permission.PAYMENTS_MANAGE, Permission.MEMBERS_MANAGE, Permission.API_MANAGE},
    # Who works at the door and the box office.
    "staff": frozenset(
        {
            Permission.VENUES_VIEW,
            Permission.EVENTS_VIEW,
            Permission.ORDERS_VIEW,
            Permission.TICKETS_REDEEM,
        }
    ),
}


# What a program may be given, and what that lets it do.
SCOPES: dict[str, frozenset[Permission]] = {
    "events:read": frozenset({Permission.EVENTS_VIEW}),
    "orders:read": frozenset({Permission.ORDERS_VIEW}),
    "orders:refund": frozenset({Permission.ORDERS_REFUND}),
    "tickets:redeem": frozenset({Permission.TICKETS_REDEEM}),
    "venues:edit": frozenset({Permission.VENUES_VIEW, Permission.VENUES_EDIT}),
}
SCOPE_DESCRIPTIONS = {
    "events:read": "See events and performances.",
    "orders:read": "See orders and who placed them.",
    "orders:refund": "Give an order's money back.",
    "tickets:redeem": "See tickets and let people in.",
    "venues:edit": "See seating plans, and show and say what one sees from their places.",
}


class NotPermitted(errors.NotAllowed):
    code = "not_permitted"
    message = "Your role does not allow this."


class InvalidToken(errors.Unauthenticated):
    code = "invalid_token"
    message = "The access token is wrong, expired or of another organizer."


class MissingScope(errors.NotAllowed):
    code = "insufficient_scope"
    message = "The access token lacks the scope that this needs."


class NotAMember(errors.NotAllowed):
    code = "not_a_member"
    message = "You are signed in, but not a member of this house."


class UnknownRole(errors.Invalid):
    code = "unknown_role"
    message = "There is no such role."


class UnknownPermission(errors.Invalid):
    code = "unknown_permission"
    message = "There is no such permission."


class UnknownScope(errors.Invalid):
    code = "unknown_scope"
    message = "There is no such scope."


class RoleTaken(errors.Conflict):
    code = "role_taken"
    message = "There is a role with this name already."


class RoleInUse(errors.Conflict):
    code = "role_in_use"
    message = "Members have this role. Give them another one first."


class AlreadyAMember(errors.Conflict):
    code = "already_a_member"
    message = "This person is a member already."


class LastOwner(errors.Conflict):
    code = "last_owner"
    message = "A house needs an owner. Make somebody else an owner first."


class NoSuchMember(errors.Missing):
    code = "no_such_member"
    message = "There is no such member."


class NoSuchClient(errors.Missing):
    code = "no_such_client"
    message = "There is no such client."


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for rules and for the audit trail. `kind`: member, client, system or buyer."""

    kind: str
    ref: str
    name: str
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def ensure(self, permission: Permission) -> None:
        """Refuse with NotPermitted who lacks the permission."""
        if permission not in self.permissions:
            raise NotPermitted(permission=str(permission))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an access token belongs to, and what it may be used for."""

    actor: Actor
    client_pk: int
    scopes: frozenset[str]


# The platform's own tasks.
SYSTEM = Actor(kind="system", ref="", name="EventFlow", permissions=EVERYTHING)
# Whoever buys: sees what is for sale and holds no permission.
BUYER = Actor(kind="buyer", ref="", name="buyer", permissions=frozenset())


def permissions_of_scopes(scopes: Collection[str]) -> frozenset[Permission]:
    """Return what the known ones among these scopes allow."""
    return frozenset().union(*(SCOPES[scope] for scope in scopes if scope in SCOPES))


def permissions_of_role(role: str, own: Collection[str] = ()) -> frozenset[Permission]:
    """Return a built-in role's permissions, or the known ones of a role that the tenant made."""
    if role in BUILTIN_ROLES:
        return BUILTIN_ROLES[role]
    known = set(Permission)
    return frozenset(Permission(name) for name in own if name in known)
