"""Make an operator of the platform from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel.db import public_context
from kernel.errors import DomainError
from public_apps.identity import services
from public_apps.identity.commandline import (
    CommandLine,
    add_password_argument,
    read_password,
    sentence,
)


class Command(BaseCommand):
    help = "Make an operator, who signs in at the platform's own host."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="somebody new who may sign in")
        create.add_argument("email")
        create.add_argument("--name", default="")
        add_password_argument(create)

    def handle(self, *, email: str, name: str, **options: Any) -> None:
        password = read_password(from_input=options["password_stdin"])
        try:
            with public_context():
                user = services.create_operator(
                    email=email, password=password, name=name, actor=CommandLine()
                )
        except DomainError as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"{user.email} may sign in at the platform's own host.")
