"""What management commands about people share: who acts, and how a password is asked for."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from getpass import getpass

from django.core.management.base import CommandError

from kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Whoever has a shell on the machine; the audit trail says so."""

    kind: str = "operator"
    ref: str = ""
    name: str = "command line"


def add_password_argument(parser: ArgumentParser) -> None:
    """Offer to read the password from the input. Never as an argument: `ps` shows those."""
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from the first line of the input instead of asking for it",
    )


def read_password(*, from_input: bool) -> str:
    """Return the password, asked for twice or read from the input."""
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise CommandError("There is nobody to ask for a password: use --password-stdin.")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise CommandError("The two passwords differ.")
    return password


def sentence(error: DomainError) -> str:
    """Return a refusal as one line for a terminal."""
    reasons = error.details.get("reasons")
    said = " ".join(str(reason) for reason in reasons) if isinstance(reasons, list) else ""
    return f"{error.message} {said}".strip()
