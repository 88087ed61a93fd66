from __future__ import annotations

from kernel.tasks import public_task, tenant_task
from public_apps.identity import services


@tenant_task(name="identity.mail_reset_link")
def mail_reset_link(*, email: str, origin: str) -> None:
    services.mail_reset_link(email=email, origin=origin)


@public_task(name="identity.mail_reset_link_of_operator")
def mail_reset_link_of_operator(*, email: str, origin: str) -> None:
    services.mail_reset_link(email=email, origin=origin)


@tenant_task(name="identity.mail_password_notice")
def mail_password_notice(*, user_id: str, origin: str) -> None:
    services.mail_password_notice(user_id=user_id, origin=origin)


@public_task(name="identity.mail_password_notice_of_operator")
def mail_password_notice_of_operator(*, user_id: str, origin: str) -> None:
    services.mail_password_notice(user_id=user_id, origin=origin)


@tenant_task(name="identity.forget_sessions", max_retries=0)
def forget_sessions() -> None:
    services.forget_expired_sessions()


@public_task(name="identity.forget_sessions_of_operators", max_retries=0)
def forget_sessions_of_operators() -> None:
    services.forget_expired_sessions()
