"""Processes on a leash: a child that cannot outlive the one who started it.

Linux sends the chosen signal to a child the moment its parent dies, whatever killed the parent
(prctl(2), PR_SET_PDEATHSIG). "Parent" is the thread that started the child: start children from a
thread that lives as long as they should, best the main one.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
LOG_STAMP = "--- "  # begins the line that separates one start from the next
_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: nothing may be imported after a fork


class CannotStart(Exception):
    """One plain sentence for the person at the terminal."""


def leash(death_signal: signal.Signals) -> Callable[[], None]:
    """Give the function that ties a freshly forked child to the life of this process."""
    parent = os.getpid()
    number = int(death_signal)

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the leash was on
            os._exit(1)

    return tie


def tie_to_parent(death_signal: signal.Signals) -> None:
    """Tie this process to the life of the one that forked it."""
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Account:
    """Under whom a command runs: a prefix to the command, or another user for the fork."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def options(self) -> dict[str, Any]:
        """Give Popen's arguments for this account."""
        if self.uid is None or self.prefix:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass
class Child:
    """One process: its command, and its life."""

    name: str
    command: Sequence[str]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | str | None = None
    account: Account = field(default_factory=Account)
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        if self.process is None:
            raise CannotStart(f"{self.name} was not started.")
        return self.process.pid

    def start(self, output: int | None = None, keep_open: Sequence[int] = ()) -> None:
        """Start it; its output goes to a descriptor, else to the log file, which begins anew."""
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(self.log_path.open("wb")) if output is None else output
            self.process = subprocess.Popen(
                [*self.account.prefix, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                pass_fds=keep_open,
                start_new_session=True,  # Ctrl-C reaches the parent alone: it stops us in order
                preexec_fn=leash(self.death_signal),  # noqa: PLW1509 - it calls C alone
                **self.account.options(),
            )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, within_s: float = 10.0) -> None:
        """Ask it to end; after the time given, end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def wait_until(self, is_ready: Callable[[], bool], within_s: float) -> None:
        """Wait until it is ready; refuse when it ends before, or takes too long."""
        give_up_at = time.monotonic() + within_s
        pause = 0.002
        while not is_ready():
            if not self.is_alive():
                raise CannotStart(f"{self.name} ended while starting: {self.last_words()}")
            if time.monotonic() > give_up_at:
                raise CannotStart(
                    f"{self.name} was not ready within {within_s:.0f} s: {self.last_words()}"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)

    def last_words(self, lines: int = 3) -> str:
        """Give the end of its log, on one line."""
        try:
            text = self.log_path.read_bytes()[-4000:].decode(errors="replace")
        except OSError:
            return "it left no log."
        said = [line.strip() for line in text.splitlines() if line.strip()]
        said = [line for line in said if not line.startswith(LOG_STAMP)]
        return " | ".join(said[-lines:]) or "it said nothing."


def free_port() -> int:
    """Give a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_port_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
