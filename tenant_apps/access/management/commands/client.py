"""Let a program use a house's API, or end that, from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel.errors import DomainError
from public_apps.identity.commandline import sentence
from tenant_apps.access import services
from tenant_apps.access.commandline import COMMAND_LINE, inside_tenant
from tenant_apps.access.domain import SCOPES


class Command(BaseCommand):
    help = "Make or revoke a client of an organizer's API."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="a new client; prints its secret, once")
        create.add_argument("--name", required=True)
        create.add_argument("--scopes", required=True, nargs="+", metavar="SCOPE",
                            help=f"some of: {' '.join(SCOPES)}")  # fmt: skip
        revoke = verbs.add_parser("revoke", help="end a client's access, with all its tokens")
        revoke.add_argument("client", help="its public id, cli_…")
        for verb in (create, revoke):
            verb.add_argument("--tenant", required=True, help="the organizer's slug")

    def handle(self, *, verb: str, tenant: str, **options: Any) -> None:
        try:
            with inside_tenant(tenant) as record:
                if verb == "revoke":
                    services.revoke_client(client_id=options["client"], actor=COMMAND_LINE)
                    self.stdout.write(f"{options['client']} is revoked.")
                    return
                client, secret = services.create_client(
                    name=options["name"], scopes=options["scopes"], actor=COMMAND_LINE
                )
        except DomainError as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"client         {client.public_id} at {record.primary_host}")
        self.stdout.write(f"client_id      {client.client_id}")
        self.stdout.write(f"client_secret  {secret}")
        self.stdout.write("The secret is not shown again.")
