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


class NotPermitted(errors.NotAllowed):
    code = "not_permitted"
    message = "Your role does not allow this."


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


# The platform's own tasks.
SYSTEM = Actor(kind="system", ref="", name="EventFlow", permissions=EVERYTHING)
# Whoever buys: sees what is for sale and holds no permission.
BUYER = Actor(kind="buyer", ref="", name="buyer", permissions=frozenset())


def permissions_of_role(role: str, own: Collection[str] = ()) -> frozenset[Permission]:
    """Return a built-in role's permissions, or the known ones of a role that the tenant made."""
    if role in BUILTIN_ROLES:
        return BUILTIN_ROLES[role]
    known = set(Permission)
    return frozenset(Permission(name) for name in own if name in known)
