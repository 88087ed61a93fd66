"""Making users and sending them the way back in. Works in whichever schema is current."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.db.utils import IntegrityError
from django.template.loader import render_to_string
from django.urls import reverse

from kernel import clock, errors
from kernel.db import current_schema, violated_constraint
from kernel.postgresql.base import PUBLIC
from kernel.tasks import enqueue
from public_apps.audit import services as audit
from public_apps.identity import queries, signin
from public_apps.identity.domain import BadEmail, EmailTaken, WeakPassword
from public_apps.identity.models import User

FORGET_AT_MOST = 5_000
ONE_EMAIL = "identity_user_email_key"


def create_user(*, email: str, password: str | None, name: str = "") -> User:
    """Make somebody who can sign in here; without a password, by the reset mail only.

    Refuses with BadEmail, WeakPassword or EmailTaken.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise BadEmail(field="email") from None
    user = User(email=address, name=name[:120])
    if password is not None:
        ensure_good_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) != ONE_EMAIL:
            raise
        raise EmailTaken(field="email") from error
    return user


def create_operator(*, email: str, password: str | None, name: str, actor: audit.Acting) -> User:
    """Make somebody who runs the platform. Call it in the public context."""
    if current_schema() != PUBLIC:
        raise LookupError("operators live in the public schema")
    with transaction.atomic(durable=True):
        user = create_user(email=email, password=password, name=name)
        audit.record(action="operator.created", actor=actor, subject=user.public_id)
    return user


def ensure_good_password(password: str, user: User | None = None) -> None:
    """Refuse with WeakPassword and the reasons."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(field="password", reasons=list(error.messages)) from None


def deactivate(user: User) -> None:
    """End the user's sessions and let nobody sign in as them; the row stays for the trail."""
    User.objects.filter(pk=user.pk).update(is_active=False)


def reactivate(user: User, *, name: str, password: str | None) -> User:
    """Let somebody sign in again who was here before; the old password is good no more.

    Refuses with WeakPassword.
    """
    if password is not None:
        ensure_good_password(password, user)
    user.set_password(password)
    user.is_active = True
    user.name = name[:120] or user.name
    user.save(update_fields=["password", "is_active", "name"])
    return user


def request_password_reset(*, email: str, origin: str) -> None:
    """Have a reset link mailed, if there is such a user: the answer is the same either way.

    Whether there is one is found out by the worker, so the request takes as long in both cases.
    `origin` is the scheme and host that the link is to lead to. Refuses with Unavailable when
    nothing can be queued.
    """
    task = _task("identity.mail_reset_link")
    if not enqueue(task, email=email.strip().lower(), origin=origin):
        raise errors.Unavailable(retry_after_s=30)


def mail_reset_link(*, email: str, origin: str) -> bool:
    """Mail the link to the user with this address; False when there is none."""
    user = queries.find_active_by_email(email)
    if user is None:
        return False
    _mail(user, "reset", link=reset_link(user, origin=origin), host=urlsplit(origin).hostname)
    return True


def reset_link(user: User, *, origin: str) -> str:
    """Return the address at which this user can set a new password, once, for two hours."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user.public_id, "key": signin.ResetTokens().make_token(user)},
    )
    return f"{origin}{path}"


def request_password_notice(*, user: User, origin: str) -> None:
    """Have the user told by mail that the password was changed."""
    enqueue(_task("identity.mail_password_notice"), user_id=user.public_id, origin=origin)


def mail_password_notice(*, user_id: str, origin: str) -> None:
    """Mail that the password was changed, and what to do if it was somebody else."""
    user = queries.find_by_public_id(user_id)
    if user is not None:
        link = f"{origin}{reverse('account_reset_password')}"
        _mail(user, "changed", link=link, host=urlsplit(origin).hostname)


def forget_expired_sessions() -> int:
    """Delete sessions that are over, a bounded number at a time; how many that were."""
    over = Session.objects.filter(expire_date__lt=clock.now()).order_by("expire_date")
    keys = list(over.values_list("pk", flat=True)[:FORGET_AT_MOST])
    deleted, _ = Session.objects.filter(pk__in=keys).delete()
    return deleted


def _task(name: str) -> str:
    return f"{name}_of_operator" if current_schema() == PUBLIC else name


def _mail(user: User, kind: str, **context: object) -> None:
    context = {**context, "user": user, "at": clock.now()}
    subject = render_to_string(f"identity/mail/{kind}_subject.txt", context)
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"identity/mail/{kind}.txt", context).strip() + "\n",
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string(f"identity/mail/{kind}.html", context), "text/html")
    mail.send()
