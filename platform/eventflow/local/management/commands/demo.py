"""Fill an embedded run with three organizers; safe to run again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from eventflow.local import addresses
from eventflow.local.demo import make_demo
from kernel.errors import DomainError


class Command(BaseCommand):
    help = "Make the demo data: three organizers, their houses, events and people."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--folder",
            type=Path,
            default=addresses.data_dir(settings.ROOT),
            help="where the sign-ins are written (demo.json)",
        )

    def handle(self, *, folder: Path, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("The demo data is not for production.")
        started = time.monotonic()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            make_demo(folder, self.stdout.write)
        except DomainError as error:
            raise CommandError(f"{error} {error.details or ''}".strip()) from error
        self.stdout.write(f"The demo data is there, after {time.monotonic() - started:.1f} s.")
