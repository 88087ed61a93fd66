"""Reading who is there, in the current schema."""

from __future__ import annotations

from kernel import ids
from public_apps.identity.domain import NoSuchUser
from public_apps.identity.models import User


def find_by_public_id(public_id: str) -> User | None:
    """Return the user with this public id, or None for anything that is none."""
    if not ids.is_id(public_id, "usr"):
        return None
    return User.objects.filter(public_id=public_id).first()


def find_active_by_email(email: str) -> User | None:
    """Return who may sign in with this address."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()


def get_by_email(email: str) -> User:
    """Return the user with this address, active or not. Refuses with NoSuchUser."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NoSuchUser(field="email")
    return user
