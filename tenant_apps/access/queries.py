"""Who somebody is here, and what that lets them do."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from oauth2_provider.models import get_access_token_model

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


def actor_of_client(application: Client, scopes: Collection[str]) -> Actor:
    """Return the program behind a token: what the token says and the client still has."""
    return Actor(
        kind="client",
        ref=application.public_id,
        name=application.name,
        permissions=permissions_of_scopes(set(scopes) & set(application.scopes)),
    )


def caller_of_token(raw: str) -> Caller:
    """Return who a bearer token belongs to. Refuses with InvalidToken.

    Tokens are stored as hashes, in the schema of the tenant that issued them.
    """
    if not 1 <= len(raw) <= MAX_TOKEN_LENGTH:
        raise InvalidToken
    checksum = hashlib.sha256(raw.encode()).hexdigest()
    token = (
        get_access_token_model()
        .objects.select_related("application")
        .filter(token_checksum=checksum, expires__gt=clock.now())
        .first()
    )
    if token is None or token.application is None or not token.application.is_usable(None):
        raise InvalidToken
    client: Client = token.application
    scopes = frozenset(token.scope.split()) & frozenset(client.scopes)
    return Caller(actor=actor_of_client(client, scopes), client_pk=client.pk, scopes=scopes)


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
