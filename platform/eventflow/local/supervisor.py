"""One process that starts the others, hears them, starts them again and stops them in order.

There are no threads: the kernel ties a child's life to the thread that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from eventflow.local.children import LOG_STAMP, CannotStart, Child, write_private
from eventflow.local.logs import BoundedFile, Listener

LOOK_EVERY_S = 0.1
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
CALM_AFTER_S = 60.0
STATUS_FILE = "status.json"


@dataclass
class Service:
    """A child that should always run."""

    name: str
    child: Child
    is_ready: Callable[[], Awaitable[bool]]
    ready_within_s: float = 60.0
    stop_within_s: float = 10.0
    stop_turn: int = 1  # all of a turn are stopped together, turns one after the other
    keep_open: Sequence[int] = ()
    before_start: Callable[[], None] = lambda: None
    restarts: int = 0
    started_at: float = 0.0
    start_again_at: float | None = None
    pipe: tuple[int, int] | None = field(default=None, repr=False)


class Supervisor:
    """Holds the services; `say` gets each line for the person at the terminal."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.say = say
        self.services: list[Service] = []
        self.about: dict[str, object] = {}

    async def start(self, service: Service) -> None:
        """Start a service and wait until it is ready."""
        self.launch(service)
        await self.wait_until_ready(service)

    def launch(self, service: Service) -> None:
        """Start a service; from now on its output is heard and its end is noticed."""
        service.pipe = self._listen(service.name)
        self.services.append(service)
        self._start(service)

    async def wait_until_ready(self, service: Service) -> None:
        """Wait until a launched service is ready; refuse when it ends or takes too long."""
        give_up_at = time.monotonic() + service.ready_within_s
        pause = 0.01
        while not await service.is_ready():
            code = service.child.process.poll() if service.child.process else None
            if code is not None:
                await asyncio.sleep(0.05)  # its last words are on the way
                raise CannotStart(
                    f"{service.child.name} ended while starting ({how_it_ended(code)}):"
                    f" {service.child.last_words()}"
                )
            if time.monotonic() > give_up_at:
                raise CannotStart(
                    f"{service.child.name} was not ready within {service.ready_within_s:.0f} s:"
                    f" {service.child.last_words()}"
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 0.1)

    async def run(self, child: Child, within_s: float) -> None:
        """Run a command to its end; refuse when it fails or takes too long."""
        read_end, write_end = self._listen(child.log_path.stem)
        try:
            child.start(write_end)
            give_up_at = time.monotonic() + within_s
            while child.is_alive():
                if time.monotonic() > give_up_at:
                    raise CannotStart(f"{child.name} took longer than {within_s:.0f} s.")
                await asyncio.sleep(0.02)
        finally:
            child.kill()
            await asyncio.sleep(0)
            self._drop(read_end, write_end)
        code = child.process.returncode if child.process else 1
        if code != 0:
            raise CannotStart(f"{child.name} failed: {child.last_words()} (see {child.log_path})")

    async def watch(self) -> None:
        """Start again what ends, for ever."""
        while True:
            for service in self.services:
                self._look_after(service)
            await asyncio.sleep(LOOK_EVERY_S)

    async def stop_all(self) -> None:
        """Stop every service, turn by turn; none may take longer than its time."""
        for turn in sorted({service.stop_turn for service in self.services}):
            group = [service for service in self.services if service.stop_turn == turn]
            for service in group:
                if service.child.process and service.child.is_alive():
                    service.child.process.send_signal(service.child.stop_signal)
            await asyncio.gather(*(self._see_out(service) for service in group))
        for service in self.services:
            if service.pipe is not None:
                self._drop(*service.pipe)
        self.services.clear()
        (self.folder / STATUS_FILE).unlink(missing_ok=True)

    def kill_all(self) -> None:
        """End everything at once."""
        for service in self.services:
            service.child.kill()

    def write_status(self) -> None:
        """Leave what `status` shows."""
        services = [
            {
                "name": service.name,
                "pid": service.child.pid,
                "restarts": service.restarts,
                "state": "running" if service.start_again_at is None else "starting again",
            }
            for service in self.services
        ]
        # A full disk costs the status file, not the run.
        with contextlib.suppress(OSError):
            write_private(
                self.folder / STATUS_FILE,
                json.dumps({**self.about, "pid": os.getpid(), "services": services}, indent=2),
            )

    def _look_after(self, service: Service) -> None:
        now = time.monotonic()
        process = service.child.process
        if service.start_again_at is not None:
            if now >= service.start_again_at:
                self._start(service)
                self.say(f"{service.name} was started again (process {service.child.pid}).")
                self.write_status()
        elif process is not None and process.poll() is not None:
            if now - service.started_at > CALM_AFTER_S:
                service.restarts = 0
            pause = BACK_OFF_S[min(service.restarts, len(BACK_OFF_S) - 1)]
            service.restarts += 1
            service.start_again_at = now + pause
            self.say(
                f"{service.name} ended ({how_it_ended(process.returncode)});"
                f" it is started again in {pause:g} s."
            )
            if process.returncode > 0:
                self.say(f"{service.name} said last: {service.child.last_words()}")
            self.write_status()

    def _start(self, service: Service) -> None:
        service.start_again_at = None
        service.started_at = time.monotonic()
        try:
            service.before_start()
            service.child.start(service.pipe[1] if service.pipe else None, service.keep_open)
        except (OSError, CannotStart) as error:
            if service.child.process is None:  # never ran: the start as a whole fails
                raise
            pause = BACK_OFF_S[min(service.restarts, len(BACK_OFF_S) - 1)]
            service.restarts += 1
            service.start_again_at = time.monotonic() + pause
            self.say(f"{service.name} could not be started, again in {pause:g} s: {error}")

    async def _see_out(self, service: Service) -> None:
        give_up_at = time.monotonic() + service.stop_within_s
        while service.child.is_alive():
            if time.monotonic() > give_up_at:
                self.say(f"{service.name} did not stop in {service.stop_within_s:.0f} s: killed.")
                service.child.kill()
                return
            await asyncio.sleep(0.02)

    def _listen(self, name: str) -> tuple[int, int]:
        """Make the pipe into which a child speaks; it outlives the child's restarts."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        stamped = f"{LOG_STAMP}{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
        file = BoundedFile(self.logs / f"{name}.log")
        file.write(stamped.encode())
        listener = Listener(name, file, self.say)

        def hear() -> None:
            with contextlib.suppress(BlockingIOError):
                listener.hear(os.read(read_end, 65536))

        asyncio.get_running_loop().add_reader(read_end, hear)
        return read_end, write_end

    @staticmethod
    def _drop(read_end: int, write_end: int) -> None:
        asyncio.get_running_loop().remove_reader(read_end)
        os.close(read_end)
        os.close(write_end)


def how_it_ended(code: int) -> str:
    """Say in words what an exit code means."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
