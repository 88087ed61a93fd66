"""The embedded run's mailbox: every mail that EventFlow sent, at /_mail/ of the public host.

Only in the embedded run (see `urls_public.py`). A mail's HTML is shown as a mail program shows it:
in a frame of its own, where nothing runs, nothing is fetched and nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, register_converter
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from eventflow.local.mail import SUFFIX

SHOWN_AT_MOST = 200
# Mails style themselves inline; in this frame alone that is allowed, and nothing else is.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
# Links of the mail open outside of its frame.
OPEN_OUTSIDE = '<base target="_blank">'


class MailName:
    """A mail's name in an address: what the backend calls its file."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail."""

    number: int
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the pages show it."""

    name: str
    sender: str
    to: str
    subject: str
    date: datetime | None
    text: str
    has_html: bool
    attachments: tuple[Attached, ...]


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails; `?to=` shows those to one address."""
    wanted = request.GET.get("to", "").strip().lower()
    mails = [_mail(file.stem, _read(file)) for file in _files()[:SHOWN_AT_MOST]]
    shown = [mail for mail in mails if wanted in mail.to.lower()]
    return render(request, "local/mailbox.html", {"mails": shown, "wanted": wanted})


@require_safe
@never_cache
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: its head, its HTML in a frame, its text and its files."""
    return render(request, "local/mail.html", {"mail": _mail(name, _find(name))})


@require_safe
@never_cache
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Give a mail's HTML to the frame of its page."""
    part = _find(name).get_body(("html",))
    if part is None:
        raise Http404
    answer = HttpResponse(part.get_content().replace("<head>", f"<head>{OPEN_OUTSIDE}", 1))
    answer["Content-Security-Policy"] = FRAME_POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@require_safe
@never_cache
def attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Download one file of a mail."""
    parts = list(_find(name).iter_attachments())
    if not 1 <= number <= len(parts):
        raise Http404
    part = parts[number - 1]
    answer = HttpResponse(part.get_payload(decode=True), content_type=part.get_content_type())
    file_name = "".join(c for c in part.get_filename() or "file" if c.isalnum() or c in "-_.")
    answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer


def _files() -> list[Path]:
    """Return the mails' files, newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    found = [(file.stat().st_mtime_ns, file) for file in folder.glob(f"*{SUFFIX}")]
    return [file for _, file in sorted(found, reverse=True)]


def _find(name: str) -> EmailMessage:
    file = Path(settings.EMAIL_FILE_PATH) / f"{name}{SUFFIX}"
    if not file.is_file():
        raise Http404
    return _read(file)


def _read(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def _mail(name: str, message: EmailMessage) -> Mail:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    date = message["Date"]
    return Mail(
        name=name,
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        date=parsedate_to_datetime(str(date)) if date else None,
        text=text.get_content() if text else "",
        has_html=html is not None,
        attachments=tuple(
            Attached(
                number=number,
                name=part.get_filename() or "file",
                content_type=part.get_content_type(),
                size=len(part.get_payload(decode=True) or b""),
            )
            for number, part in enumerate(message.iter_attachments(), start=1)
        ),
    )


register_converter(MailName, "mail_name")
app_name = "mailbox"
urlpatterns = [
    path("", mailbox, name="mailbox"),
    path("<mail_name:name>/", mail, name="mail"),
    path("<mail_name:name>/html", mail_html, name="html"),
    path("<mail_name:name>/files/<int:number>", attachment, name="attachment"),
]
