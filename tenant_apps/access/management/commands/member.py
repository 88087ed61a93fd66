"""Let somebody into a house from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel.errors import DomainError
from public_apps.identity.commandline import add_password_argument, read_password, sentence
from tenant_apps.access import services
from tenant_apps.access.commandline import COMMAND_LINE, inside_tenant


class Command(BaseCommand):
    help = "Make a member of an organizer, who signs in at the organizer's host."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="somebody new who may sign in")
        create.add_argument("email")
        create.add_argument("--tenant", required=True, help="the organizer's slug")
        create.add_argument("--role", required=True, help="owner, admin, staff or one of its own")
        create.add_argument("--name", default="")
        add_password_argument(create)

    def handle(self, *, email: str, tenant: str, role: str, name: str, **options: Any) -> None:
        password = read_password(from_input=options["password_stdin"])
        try:
            with inside_tenant(tenant) as record:
                services.add_member(
                    email=email, name=name, role=role, password=password, actor=COMMAND_LINE
                )
        except DomainError as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"{email.lower()} may sign in at {record.primary_host} as {role}.")
