"""Who somebody is here, and what that lets them do."""

from __future__ import annotations

import hashlib

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet

from kernel import clock, errors
from tenant_apps.access.domain import (
    Actor,
    Caller,
    InvalidToken,
    NoSuchClient,
    NoSuchMember,
    NotAMember,
    Permission,
    permissions_of_scopes,
)
from tenant_apps.access.models import Client, Membership

Somebody = AbstractBaseUser | AnonymousUser

MAX_TOKEN_LENGTH = 255

# Written out, as every request of a program asks it: by the ORM it was a third of the request.
FIND_CALLER = """
    SELECT token.scope, client.id, client.public_id, client.name, client.scopes
    FROM oauth2_provider_accesstoken AS token
    JOIN access_client AS client ON client.id = token.application_id
    WHERE token.token_checksum = %s AND token.expires > %s AND client.revoked_at IS NULL
"""

# Where an actor is kept on the user object, which lives as long as the request.
_CACHED = "_access_actor"


def find_actor(user: Somebody) -> Actor | None:
    """Return the member behind a session, or None for strangers. One query a request."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, _CACHED):
        membership = (
            Membership.objects.select_related("own_role", "user").filter(user_id=user.pk).first()
        )
        setattr(user, _CACHED, _actor_of(membership) if membership else None)
    actor: Actor | None = getattr(user, _CACHED)
    return actor


def actor_of_user(user: Somebody) -> Actor:
    """Return the member behind a session. Refuses with Unauthenticated or NotAMember."""
    if not user.is_authenticated:
        raise errors.Unauthenticated
    actor = find_actor(user)
    if actor is None:
        raise NotAMember
    return actor


def caller_of_token(raw: str) -> Caller:
    """Return who a bearer token belongs to. Refuses with InvalidToken.

    Tokens are stored as hashes, in the schema of the tenant that issued them.
    """
    if not 1 <= len(raw) <= MAX_TOKEN_LENGTH:
        raise InvalidToken
    checksum = hashlib.sha256(raw.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(FIND_CALLER, [checksum, clock.now()])
        found = cursor.fetchone()
    if found is None:
        raise InvalidToken
    asked_for, client_pk, public_id, name, given = found
    scopes = frozenset(asked_for.split()) & frozenset(given)
    actor = Actor(
        kind="client", ref=public_id, name=name, permissions=permissions_of_scopes(scopes)
    )
    return Caller(actor=actor, client_pk=client_pk, scopes=scopes)


def members_visible_to(actor: Actor) -> QuerySet[Membership]:
    """Return the members that the actor may see."""
    actor.ensure(Permission.MEMBERS_MANAGE)
    return Membership.objects.select_related("user", "own_role").order_by("pk")


def get_member(public_id: str) -> Membership:
    """Return the member. Refuses with NoSuchMember."""
    found = Membership.objects.select_related("user", "own_role").filter(public_id=public_id)
    membership = found.first()
    if membership is None:
        raise NoSuchMember
    return membership


def clients_visible_to(actor: Actor) -> QuerySet[Client]:
    """Return the clients that the actor may see."""
    actor.ensure(Permission.API_MANAGE)
    clients: QuerySet[Client] = Client.objects.order_by("pk")
    return clients


def get_client(public_id: str) -> Client:
    """Return the client. Refuses with NoSuchClient."""
    client: Client | None = Client.objects.filter(public_id=public_id).first()
    if client is None:
        raise NoSuchClient
    return client


def _actor_of(membership: Membership) -> Actor:
    return Actor(
        kind="member",
        ref=membership.public_id,
        name=membership.user.name or membership.user.email,
        permissions=membership.permissions,
    )
