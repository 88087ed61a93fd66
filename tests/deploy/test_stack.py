"""`make up` on real parts: it starts, heals, refuses in a sentence and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import Stack, is_alive

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "data"


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    with Stack(folder) as running:
        yield running


def pid_of(stack: Stack, part: str) -> int:
    return next(pid for pid, command in stack.pids().items() if part in command)


def wait_until_ready(stack: Stack, within_s: float = 60) -> None:
    give_up_at = time.monotonic() + within_s
    while stack.get("/readyz") != 200:
        assert time.monotonic() < give_up_at, stack.output
        time.sleep(0.1)


def wait_until_gone(pids: dict[int, str], within_s: float = 20) -> None:
    give_up_at = time.monotonic() + within_s
    while left := {pid: command for pid, command in pids.items() if is_alive(pid)}:
        assert time.monotonic() < give_up_at, f"left behind: {left}"
        time.sleep(0.05)


def test_it_answers_on_one_port(stack: Stack) -> None:
    assert stack.get("/healthz") == 200
    assert stack.get("/readyz") == 200
    assert stack.get("/live/healthz") == 200
    assert stack.get("/live/readyz") == 200
    assert f"http://localhost:{stack.port}" in stack.output
    with socket.create_connection(("localhost", stack.port), timeout=5):
        pass  # as a browser that prefers IPv6 does


def test_every_part_runs(stack: Stack) -> None:
    shown = stack.command("status")

    assert shown.returncode == 0, shown.stdout + shown.stderr
    for part in ("postgres", "valkey", "web", "worker", "beat", "stripe"):
        assert f"  {part} " in shown.stdout


def test_secrets_are_for_the_owner_alone(stack: Stack, folder: Path) -> None:
    for name in ("secrets.json", "environment.json"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    for secret in ("SECRET_KEY", "whsec_", "sk_test_"):
        assert secret not in stack.output


def test_a_second_start_on_the_same_data_is_refused(stack: Stack) -> None:
    refused = stack.command("up")

    assert refused.returncode == 1
    assert refused.stderr.startswith("EventFlow already runs on ")
    assert f"http://localhost:{stack.port}" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_running_stack_is_not_reset(stack: Stack, folder: Path) -> None:
    refused = stack.command("reset", stdin="yes\n")

    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
    assert (folder / "postgres").exists()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("eventflow.local.web", "web"),
        ("eventflow.local.worker", "worker"),
        ("eventflow.local.beat", "beat"),
        ("stripe_double", "stripe"),
        ("valkey-server", "valkey"),
        ("bin/postgres -D", "postgres"),
    ],
)
def test_a_child_that_dies_is_started_again_and_said_so(stack: Stack, part: str, name: str) -> None:
    before = pid_of(stack, part)

    os.kill(before, signal.SIGKILL)

    stack.wait_for(f"{name} ended (signal 9); it is started again in ", 10)
    stack.wait_for(f"{name} was started again", 30)
    assert pid_of(stack, part) != before
    wait_until_ready(stack)


def test_a_browser_waits_while_the_web_process_is_started_again(stack: Stack) -> None:
    os.kill(pid_of(stack, "eventflow.local.web"), signal.SIGKILL)

    for _ in range(3):
        assert stack.get("/healthz") == 200  # never refused: the supervisor holds the socket


def test_a_child_that_dies_takes_its_own_children_along(stack: Stack) -> None:
    stack.wait_for("worker was started again", 60)
    worker = pid_of(stack, "eventflow.local.worker")
    give_up_at = time.monotonic() + 30
    while not (pool := _below(stack, worker)):
        assert time.monotonic() < give_up_at, "the worker has no pool"
        time.sleep(0.1)

    os.kill(worker, signal.SIGKILL)

    wait_until_gone(pool)


def _below(stack: Stack, pid: int) -> dict[int, str]:
    below: dict[int, str] = {}
    for child in stack.pids():
        stat = Path(f"/proc/{child}/stat")
        if stat.exists() and int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
            below[child] = "pool"
    return below


def test_a_killed_supervisor_leaves_no_orphan_and_starts_again(stack: Stack) -> None:
    assert stack.process is not None
    below = stack.pids()
    assert len(below) >= 8

    stack.process.kill()
    stack.process.wait()

    wait_until_gone(below)
    assert stack.command("status").returncode == 1
    stack.start()
    assert stack.get("/readyz") == 200
    assert "First start" not in stack.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_child_in_order(stack: Stack, number: signal.Signals) -> None:
    assert stack.process is not None
    if stack.process.poll() is not None:
        stack.start()
    below = stack.pids()

    assert stack.stop(number) == 0

    assert not [pid for pid in below if is_alive(pid)]
    assert "Everything is stopped." in stack.output
    shown = stack.command("status")
    assert (shown.returncode, "does not run" in shown.stdout) == (1, True)


def test_the_port_of_another_program_is_refused(stack: Stack) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Stack(stack.folder, other.getsockname()[1])

        refused = taken.command("up")

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {taken.port} is taken by another program")
    assert refused.stderr.count("\n") == 1


def test_reset_asks_and_then_empties(stack: Stack, folder: Path) -> None:
    for answer in ("", "no\n", "y\n"):
        kept = stack.command("reset", stdin=answer)
        assert (kept.returncode, "Nothing was removed." in kept.stdout) == (1, True)
    assert (folder / "postgres").exists()

    emptied = stack.command("reset", stdin="yes\n")

    assert emptied.returncode == 0
    assert not folder.exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    stack = Stack(tmp_path)

    for what in ("up", "reset"):
        refused = stack.command(what, stdin="yes\n")
        assert refused.returncode == 1
        assert "was not made by EventFlow" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    refused = Stack(tmp_path / "data").command("up")

    assert refused.returncode == 1
    assert (
        refused.stderr == f"{tmp_path / 'data'} is no folder: choose another with EVENTFLOW_DATA.\n"
    )


@pytest.mark.parametrize("port", ["80x", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    stack = Stack(tmp_path / "data")
    stack.port = port  # type: ignore[assignment]

    refused = stack.command("up")

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"EVENTFLOW_PORT is '{port}': expected a whole number from 1")
    assert not (tmp_path / "data").exists()
