"""`make up`: every process of EventFlow on one machine, and one port."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from eventflow.local import addresses, demo_sign_ins, options, secrets_file
from eventflow.local.children import Child, write_private
from eventflow.local.options import ROOT, Options
from eventflow.local.postgres import DATABASE, EmbeddedPostgres, binaries
from eventflow.local.processes import OURS, Processes
from eventflow.local.supervisor import Service, Supervisor
from eventflow.local.valkey import EmbeddedValkey

MIGRATE_WITHIN_S = 300
DEMO_WITHIN_S = 300
DONE_FILE = "done"


class Run:
    """One embedded run, from its first line to its last."""

    def __init__(self, chosen: Options, started_at: float) -> None:
        self.chosen = chosen
        self.folder = chosen.folder
        self.started_at = started_at
        self.supervisor = Supervisor(self.folder, self.say)
        self.ports = options.inner_ports(self.folder, ("postgres", "valkey", "stripe"))
        logs = self.folder / "logs"
        self.postgres = EmbeddedPostgres(
            self.folder / "postgres", self.ports["postgres"], log_path=logs / "postgres.log"
        )
        self.valkey = EmbeddedValkey(
            self.folder / "valkey", self.ports["valkey"], log_path=logs / "valkey.log"
        )
        self.processes = Processes(self.folder, {})

    def say(self, line: str) -> None:
        """Print a line with the time since the start; nobody may be listening any more."""
        with contextlib.suppress(OSError):
            print(f"{time.monotonic() - self.started_at:7.1f} s  {line}", flush=True)

    async def start(self, sockets: list[socket.socket]) -> None:
        """Start everything, in an order in which each part finds what it needs."""
        await self._start_stores()
        self._write_environment()
        # Before the data: the demo's organizers open their accounts there.
        stripe = self.processes.stripe(self.ports["stripe"], self.chosen.port)
        self.supervisor.launch(stripe)
        await self.supervisor.wait_until_ready(stripe)
        self.say(f"{stripe.child.name}: ready.")
        await self._prepare_data()
        services = [
            self.processes.web(self.chosen.port, sockets),
            self.processes.worker(),
            self.processes.beat(),
        ]
        for service in services:
            self.supervisor.launch(service)
        for service in services:
            await self.supervisor.wait_until_ready(service)
            self.say(f"{service.child.name}: ready.")
        self.supervisor.about = {
            "address": self.chosen.address,
            "data": str(self.folder),
            "started_at": time.time(),
        }
        self.supervisor.write_status()

    async def _start_stores(self) -> None:
        is_first = not self.postgres.data_dir.exists()
        if is_first:
            self.say(f"First start: making the data in {self.folder}.")
        self.valkey.prepare()
        valkey = self._store("valkey", self.valkey.child, self.valkey)
        self.supervisor.launch(valkey)
        self.postgres.prepare()
        postgres = self._store("postgres", self.postgres.child, self.postgres)
        postgres.before_start = self.postgres.remove_stale_lock
        await self.supervisor.start(postgres)
        self.postgres.ensure_login()
        self.postgres.ensure_database(DATABASE)
        self.say("PostgreSQL 18 is ready.")
        await self.supervisor.wait_until_ready(valkey)
        self.say("Valkey 9 is ready.")

    def _store(self, name: str, child: Child, server: EmbeddedPostgres | EmbeddedValkey) -> Service:
        async def is_ready() -> bool:
            return server.is_ready()

        return Service(name=name, child=child, is_ready=is_ready, stop_turn=4)

    def _write_environment(self) -> None:
        kept = secrets_file.load_or_make(self.folder)
        mail = self.folder / "mail"
        mail.mkdir(mode=0o700, exist_ok=True)
        variables = {
            **kept,
            "EVENTFLOW_ENV": "local",
            "EVENTFLOW_DATA": str(self.folder),
            "DATABASE_URL": self.postgres.dsn(),
            "PG_DUMP": str(binaries() / "pg_dump"),
            "REDIS_URL": self.valkey.url(),
            "STRIPE_API_BASE": f"http://127.0.0.1:{self.ports['stripe']}",
            "PUBLIC_SCHEME": "http",
            "PUBLIC_PORT": str(self.chosen.port),
            "EMAIL_BACKEND": "eventflow.local.mail.EmailBackend",
            "EMAIL_FILE_PATH": str(mail),
        }
        write_private(self.folder / addresses.FILE, json.dumps(variables, indent=2) + "\n")
        self.processes = Processes(self.folder, variables)
        unused = [name for name in OURS if os.environ.get(name)]
        if unused:
            self.say(f"Not used, this is the embedded run: {', '.join(unused)}.")

    async def _prepare_data(self) -> None:
        """Migrate and make demo data, unless exactly this was done to this data before."""
        done = self.folder / DONE_FILE
        wanted = _digest(_what_shapes_data())
        if done.exists() and done.read_text(encoding="utf-8") == wanted:
            return
        await self.supervisor.run(self.processes.manage("migrate", "migrate"), MIGRATE_WITHIN_S)
        self.say("The database is migrated.")
        if _demo_commands():
            await self.supervisor.run(self.processes.manage("demo", "demo"), DEMO_WITHIN_S)
            self.say("The demo data is there.")
        done.write_text(wanted, encoding="utf-8")


async def run(chosen: Options, started_at: float) -> None:
    """Run until a signal asks for the end; leave no process behind."""
    os.umask(0o077)  # what the run writes is its owner's: mails, secrets, personal data
    options.open_folder(chosen.folder)
    lock = options.lock_folder(chosen.folder)
    sockets = options.listen(chosen.port)
    this = Run(chosen, started_at)
    with _signals(this):
        try:
            await this.start(sockets)
            print(welcome(chosen), flush=True)
            await this.supervisor.watch()
        except asyncio.CancelledError:
            this.say("Stopping.")
        finally:
            for listener in sockets:
                listener.close()
            await this.supervisor.stop_all()
            os.close(lock)
    this.say("Everything is stopped.")


@contextlib.contextmanager
def _signals(this: Run) -> Iterator[None]:
    """Let the first signal end the run in order, and a second one at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked = False

    def end() -> None:
        nonlocal asked
        if asked:
            this.say("Asked again: everything is ended at once.")
            this.supervisor.kill_all()
        elif task is not None:
            asked = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    yield


def welcome(chosen: Options) -> str:
    """Give the addresses and the demo's sign-ins."""
    places = demo_sign_ins.read(chosen.folder)
    lines = ["", f"EventFlow runs: {chosen.address}", ""]
    for place in places:
        lines.append(f"  {place.title:<28} {place.url(chosen.port)}")
        if place.email:
            lines.append(f"  {'':<28} {place.email}  {place.password}")
    lines += [
        *([""] if places else []),
        f"Mails: {chosen.address}/_mail/",
        f"Logs: {chosen.folder / 'logs'}   Stop: Ctrl-C   Start from nothing: make reset",
        "",
    ]
    return "\n".join(lines)


def _what_shapes_data() -> list[Path]:
    """Find the files after whose change the data must be migrated or the demo made again."""
    migrations = ROOT.glob("*_apps/*/migrations/*.py")
    return [ROOT / "requirements.lock", *sorted(migrations), *_demo_commands()]


def _demo_commands() -> list[Path]:
    folders = ("*_apps/*", "platform/eventflow", "platform/eventflow/*")
    return [path for each in folders for path in ROOT.glob(f"{each}/management/commands/demo.py")]


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
