"""Make, suspend, resume and erase an organizer from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel.errors import DomainError
from public_apps.tenants import services


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Whoever has a shell on the machine; the audit trail says so."""

    kind: str = "operator"
    ref: str = ""
    name: str = "command line"


class Command(BaseCommand):
    help = "Make, suspend, resume or erase an organizer."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="a new organizer with its own schema")
        create.add_argument("slug", help="the subdomain")
        create.add_argument("name")
        create.add_argument("--email", default="")
        create.add_argument("--currency", default="EUR")
        create.add_argument("--country", default="DE")
        create.add_argument("--timezone", default="Europe/Berlin")
        for verb in ("suspend", "erase"):
            step = verbs.add_parser(verb)
            step.add_argument("slug")
            step.add_argument("--reason", required=True)
        verbs.add_parser("resume").add_argument("slug")

    def handle(self, *, verb: str, slug: str, **options: Any) -> None:
        actor = CommandLine()
        try:
            if verb == "create":
                record = services.provision_tenant(
                    slug=slug,
                    name=options["name"],
                    contact_email=options["email"],
                    currency=options["currency"],
                    country=options["country"],
                    timezone=options["timezone"],
                    actor=actor,
                )
                self.stdout.write(f"{record.name}: {record.primary_host} ({record.schema_name})")
            elif verb == "suspend":
                services.suspend(slug=slug, reason=options["reason"], actor=actor)
            elif verb == "resume":
                services.resume(slug=slug, actor=actor)
            else:
                services.erase(slug=slug, reason=options["reason"], actor=actor)
        except DomainError as error:
            raise CommandError(f"{error} {error.details or ''}".strip()) from error
