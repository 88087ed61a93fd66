from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model

from kernel import clock
from public_apps.audit import services as audit
from tenant_apps.access import queries
from tenant_apps.access.domain import SCOPES, Actor, Permission, UnknownScope
from tenant_apps.access.models import Client

FORGET_AT_MOST = 5_000
# Kept a little longer than they are good for, so that a late question has a clear answer.
KEPT_AFTER_EXPIRY = timedelta(hours=1)


def create_client(*, name: str, scopes: Collection[str], actor: Actor) -> tuple[Client, str]:
    """Let a program use the API; its secret is returned this once and stored as a hash.

    Refuses with UnknownScope.
    """
    actor.ensure(Permission.API_MANAGE)
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise UnknownScope(field="scopes", unknown=unknown, known=sorted(SCOPES))
    secret = generate_client_secret()
    with transaction.atomic():
        client: Client = Client.objects.create(
            name=name[:120],
            scopes=sorted(set(scopes)),
            client_type=Client.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
            client_secret=secret,
        )
        audit.record(
            action="client.created", actor=actor, subject=client.public_id, scopes=client.scopes
        )
    return client, secret


def revoke_client(*, client_id: str, actor: Actor) -> None:
    """End a program's access at once, with every token it has. Refuses with NoSuchClient."""
    actor.ensure(Permission.API_MANAGE)
    with transaction.atomic(durable=True):
        client = queries.get_client(client_id)
        Client.objects.filter(pk=client.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
        get_access_token_model().objects.filter(application=client).delete()
        audit.record(action="client.revoked", actor=actor, subject=client_id)


def forget_expired_tokens() -> int:
    """Delete tokens that are of no use any more; how many that were."""
    tokens = get_access_token_model().objects
    old = tokens.filter(expires__lt=clock.now() - KEPT_AFTER_EXPIRY).order_by("pk")
    pks = list(old.values_list("pk", flat=True)[:FORGET_AT_MOST])
    deleted, _ = tokens.filter(pk__in=pks).delete()
    return int(deleted)
