"""The whole embedded run as one process tree, for tests that drive it from outside."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from eventflow.local.children import free_port
from eventflow.local.options import ROOT

FIRST_START_WITHIN_S = 120
STOP_WITHIN_S = 40
CROWDED = (
    *("HOLDS_PER_DEVICE_BURST", "HOLDS_PER_DEVICE_PER_S"),
    *("HOLDS_PER_PREFIX_BURST", "HOLDS_PER_PREFIX_PER_S"),
)


class Stack:
    """`make up` on a data folder and a port of its own."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._output = folder.with_name(f"{folder.name}.out")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    def environment(self) -> dict[str, str]:
        """Give a shell's plain environment: nothing of the tests' own servers."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        # A crowd from one address, with one kind of browser.
        crowded = dict.fromkeys(CROWDED, "100000")
        ours = {"EVENTFLOW_PORT": str(self.port), "EVENTFLOW_DATA": str(self.folder)}
        return {**kept, **crowded, **ours}

    def command(self, *what: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command on the same data, such as `status` or a second `up`."""
        return subprocess.run(
            [sys.executable, "-m", "eventflow.local", *what],
            cwd=ROOT,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def manage(self, *what: str) -> str:
        """Run a management command beside it, as somebody in another terminal does."""
        done = subprocess.run(
            [sys.executable, "manage.py", *what],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, within_s: float = FIRST_START_WITHIN_S) -> float:
        """Start it, and give the seconds until it printed its addresses."""
        started_at = time.monotonic()
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "eventflow.local", "up"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for("EventFlow runs:", within_s)
        return time.monotonic() - started_at

    def wait_for(self, words: str, within_s: float) -> None:
        """Wait until the supervisor has said something."""
        give_up_at = time.monotonic() + within_s
        while words not in self.output:
            assert self.process is not None
            assert self.process.poll() is None, f"it ended:\n{self.output}"
            assert time.monotonic() < give_up_at, f"{words!r} is not in:\n{self.output}"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it as Ctrl-C or a service manager does; give its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(STOP_WITHIN_S)

    def get(self, path: str, host: str = "localhost") -> int:
        """Ask for a page; give the status code, 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def pids(self) -> dict[int, str]:
        """Give the commands of every process below the supervisor, by number."""
        assert self.process is not None
        return _descendants(self.process.pid)


class RunningStack(Stack):
    """One that somebody else has started on this folder, with `make up`."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / "status.json").read_text())
        super().__init__(folder, int(about["address"].rpartition(":")[2]))
        self._supervisor = int(about["pid"])

    @property
    def output(self) -> str:
        return (self.folder / "logs" / "supervisor.log").read_text(errors="replace")

    def pids(self) -> dict[int, str]:
        return _descendants(self._supervisor)


# A process that ends while it is looked at: before its file is opened, or between that and reading.
ENDED = (FileNotFoundError, ProcessLookupError)


def _descendants(pid: int) -> dict[int, str]:
    found: dict[int, str] = {}
    for child in _children(pid):
        with contextlib.suppress(*ENDED):
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ")
            found[child] = command.decode(errors="replace")
        found |= _descendants(child)
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(number) for task in tasks for number in (task / "children").read_text().split()]
    except ENDED:
        return []


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
