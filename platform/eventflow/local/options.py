"""What a person may choose about the embedded run, and the data folder that is checked for it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from eventflow import env
from eventflow.local import addresses
from eventflow.local.children import CannotStart, free_port, is_port_free, write_private

ROOT = Path(__file__).resolve().parents[3]
LEAST_FREE_BYTES = 500_000_000
MARK = ".eventflow-data"
PORTS_FILE = "ports.json"
LOCK_FILE = "lock"
LAST_ONE_ENDS_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Options:
    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"


def read() -> Options:
    """Read EVENTFLOW_PORT and EVENTFLOW_DATA."""
    port = env.number("EVENTFLOW_PORT", 8000, least=1, most=65_535)
    env.finish()
    return Options(port=port, folder=addresses.data_dir(ROOT).absolute())


def open_folder(folder: Path) -> None:
    """Make the data folder, or check that the one there is ours and can be used."""
    try:
        # Entered, not listed, by others: PostgreSQL may have to run as another user.
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        is_ours = (folder / MARK).exists() or folder == ROOT / ".data"
        if not is_ours and any(folder.iterdir()):
            raise CannotStart(
                f"{folder} is not empty and was not made by EventFlow: choose another folder"
                " with EVENTFLOW_DATA."
            )
        (folder / MARK).touch()
        (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        raise CannotStart(
            f"{error.filename} may not be written: make it yours, or choose another folder with"
            " EVENTFLOW_DATA."
        ) from None
    except (FileExistsError, NotADirectoryError):
        raise CannotStart(f"{folder} is no folder: choose another with EVENTFLOW_DATA.") from None
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise CannotStart(
            f"The disk is full: {folder} has {free // 1_000_000} MB left, EventFlow needs"
            f" {LEAST_FREE_BYTES // 1_000_000} MB."
        )


def lock_folder(folder: Path) -> int:
    """Take the data folder for this process; the kernel gives it back whatever happens."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    give_up_at = time.monotonic() + LAST_ONE_ENDS_WITHIN_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if is_told_of(folder) or time.monotonic() > give_up_at:
                os.close(descriptor)
                raise CannotStart(_who_has(folder)) from None
            time.sleep(0.05)
        else:
            return descriptor


def is_locked(folder: Path) -> bool:
    """Tell whether a supervisor has the data folder."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def is_told_of(folder: Path) -> bool:
    return "pid" in read_status(folder)


def read_status(folder: Path) -> dict[str, object]:
    """Read what the supervisor left about itself; nothing when there is nothing."""
    try:
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return status if isinstance(status, dict) else {}


def _who_has(folder: Path) -> str:
    status = read_status(folder)
    who = f" (process {status['pid']}): {status.get('address')}" if status else ""
    return f"EventFlow already runs on {folder}{who}."


def listen(port: int) -> list[socket.socket]:
    """Open the one port on both loopback addresses; where there is no IPv6, on one."""
    places = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    sockets: list[socket.socket] = []
    for family, host in places:
        listener = None
        try:
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(2048)
        except OSError as error:
            if listener is not None:
                listener.close()
            if error.errno == errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} is taken by another program: stop that, or choose another port:"
                    f" EVENTFLOW_PORT={port + 1 if port < 65_535 else 8000} make up"
                ) from None
            if error.errno == errno.EACCES:
                raise CannotStart(
                    f"Port {port} is for root alone: choose one from 1024 on with EVENTFLOW_PORT."
                ) from None
            if family == socket.AF_INET:
                raise
        else:
            sockets.append(listener)
    return sockets


def inner_ports(folder: Path, names: tuple[str, ...]) -> dict[str, int]:
    """Give each inner server the port that it had before, or another when that is taken."""
    path = folder / PORTS_FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        kept = {}
    ports = {
        name: kept[name] if name in kept and is_port_free(kept[name]) else free_port()
        for name in names
    }
    write_private(path, json.dumps(ports) + "\n")
    return ports
