"""The mail server: Django's backends behind three outcomes."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMessage

from tenant_apps.notifications.domain import MailDown, MailRefused

# Replies of 500 and above are for good (RFC 5321, 4.2.1).
PERMANENT = 500


def send(mail: EmailMessage) -> None:
    """Hand the mail to the server. Refuses with MailDown, or for good with MailRefused."""
    try:
        mail.send(fail_silently=False)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        refusal = MailRefused if codes and min(codes) >= PERMANENT else MailDown
        raise refusal(reply=_shown(codes)) from error
    except smtplib.SMTPDataError as error:
        refusal = MailRefused if error.smtp_code >= PERMANENT else MailDown
        raise refusal(reply=str(error.smtp_code)) from error
    except (smtplib.SMTPException, OSError) as error:
        # A wrong password or sender is ours to mend: the message waits until it is.
        raise MailDown(reply=f"{type(error).__name__}: {error}"[:200]) from error


def _shown(codes: list[int]) -> str:
    return ", ".join(str(code) for code in codes)
