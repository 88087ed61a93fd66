"""The supervisor's parts, on small real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from eventflow.local import install, logs, options, secrets_file
from eventflow.local.children import CannotStart, Child
from eventflow.local.supervisor import Service, Supervisor
from tests.support.stack import is_alive


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    (tmp_path / "logs").mkdir()
    return Supervisor(tmp_path, said.append)


def script(tmp_path: Path, name: str, body: str) -> Child:
    path = tmp_path / f"{name}.py"
    path.write_text(f"import os, signal, sys, time\n{body}\n")
    return Child(
        name=name.capitalize(),
        command=[sys.executable, "-S", str(path)],
        log_path=tmp_path / "logs" / f"{name}.log",
    )


def service(child: Child, **more: object) -> Service:
    async def is_ready() -> bool:
        return child.log_path.exists() and "ready" in child.log_path.read_text()

    return Service(name=child.log_path.stem, child=child, is_ready=is_ready, **more)  # type: ignore[arg-type]


def run(supervisor: Supervisor, body: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        try:
            await asyncio.wait_for(body(), 20)
        finally:
            await supervisor.stop_all()

    asyncio.run(whole())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def test_one_that_ends_while_starting_is_quoted(supervisor: Supervisor, tmp_path: Path) -> None:
    child = script(tmp_path, "bad", "sys.exit('no such thing')")

    with pytest.raises(CannotStart, match=r"^Bad ended while starting \(exit code 1\): no such"):
        run(supervisor, lambda: supervisor.start(service(child)))


def test_one_that_is_never_ready_is_given_up(supervisor: Supervisor, tmp_path: Path) -> None:
    child = script(tmp_path, "slow", "time.sleep(60)")

    with pytest.raises(CannotStart, match=r"^Slow was not ready within 0 s: it said nothing"):
        run(supervisor, lambda: supervisor.start(service(child, ready_within_s=0.3)))

    assert not child.is_alive()


def test_one_that_keeps_dying_is_started_again_ever_more_slowly(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    child = script(tmp_path, "weak", "print('ready', flush=True); time.sleep(0.2); sys.exit(3)")
    weak = service(child)

    async def body() -> None:
        await supervisor.start(weak)
        watching = asyncio.create_task(supervisor.watch())
        await until(lambda: weak.restarts >= 2)
        watching.cancel()

    run(supervisor, body)

    assert "weak ended (exit code 3); it is started again in 0.5 s." in said
    assert "weak ended (exit code 3); it is started again in 1 s." in said
    assert any(line.startswith("weak was started again (process ") for line in said)


def test_stopping_goes_turn_by_turn_and_waits_for_nobody_for_ever(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    order = tmp_path / "order"
    polite = (
        "def end(*_):\n"
        f"    open({str(order)!r}, 'a').write(sys.argv[0][-8:-3] + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    deaf = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    children = [script(tmp_path, name, polite) for name in ("first", "third")]
    stubborn = script(tmp_path, "deaf", deaf)

    async def body() -> None:
        await supervisor.start(service(children[1], stop_turn=3))
        await supervisor.start(service(children[0], stop_turn=1))
        await supervisor.start(service(stubborn, stop_turn=2, stop_within_s=0.3))

    started_at = time.monotonic()
    run(supervisor, body)

    assert order.read_text().split() == ["first", "third"]
    assert "deaf did not stop in 0 s: killed." in said
    assert not stubborn.is_alive()
    assert time.monotonic() - started_at < 10


def test_a_command_that_fails_is_quoted_and_one_that_hangs_is_ended(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    failing = script(tmp_path, "migrate", "print('that column is there already'); sys.exit(1)")
    with pytest.raises(CannotStart, match="Migrate failed: that column is there already"):
        run(supervisor, lambda: supervisor.run(failing, 10))

    hanging = script(tmp_path, "hang", "time.sleep(60)")
    with pytest.raises(CannotStart, match="Hang took longer than 0 s"):
        run(supervisor, lambda: supervisor.run(hanging, 0.2))
    assert not hanging.is_alive()


def test_a_grandchild_on_the_leash_ends_with_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "told"
    body = (
        f"sys.path.insert(0, {str(options.ROOT / 'platform')!r})\n"
        "from eventflow.local.children import tie_to_parent\n"
        "if os.fork() == 0:\n"
        "    tie_to_parent(signal.SIGKILL)\n"
        f"    open({str(told)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    (tmp_path / "logs").mkdir()
    child = script(tmp_path, "parent", body)
    child.command = [sys.executable, str(tmp_path / "parent.py")]
    child.start()
    child.wait_until(lambda: told.exists() and told.read_text() != "", 20)
    grandchild = int(told.read_text())

    child.kill()

    give_up_at = time.monotonic() + 5
    while is_alive(grandchild):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_warnings_are_shown_and_everything_is_kept(
    supervisor: Supervisor, tmp_path: Path, said: list[str]
) -> None:
    lines = [
        {"level": "info", "event": "all is well"},
        {"level": "warning", "event": "slow", "tenant": "aurora", "timestamp": "now"},
        {"level": "error", "event": "broken\n\nbadly", "exception": "Traceback ...\nKeyError: 'x'"},
    ]
    body = "\n".join(f"print({json.dumps(line)!r})" for line in lines)
    child = script(tmp_path, "talker", f"{body}\nprint('ready', flush=True)\ntime.sleep(60)")

    run(supervisor, lambda: supervisor.start(service(child)))

    assert said == [
        "talker: warning: slow tenant=aurora",
        "talker: error: broken badly KeyError: 'x'",
    ]
    assert "all is well" in child.log_path.read_text()


def test_a_flood_of_warnings_is_shown_in_part(tmp_path: Path, said: list[str]) -> None:
    listener = logs.Listener("web", logs.BoundedFile(tmp_path / "web.log"), said.append)

    listener.hear(b'{"level": "error", "event": "down"}\n' * 100)

    assert len(said) == logs.SHOWN_PER_WINDOW + 1
    assert said[-1] == f"web: says more, see {tmp_path / 'web.log'}"
    assert (tmp_path / "web.log").read_bytes().count(b"down") == 100


def test_a_line_that_never_ends_is_cut(tmp_path: Path, said: list[str]) -> None:
    listener = logs.Listener("web", logs.BoundedFile(tmp_path / "web.log"), said.append)

    for _ in range(10):
        listener.hear(b"x" * 60_000)

    assert len(listener._rest) <= logs.LONGEST_LINE


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-01-01 [7] FATAL:  could not write: No space left on device", True),
        ("2026-01-01 [7] FATAL:  terminating connection due to administrator command", False),
        ("2026-01-01 [7] ERROR:  duplicate key value violates unique constraint", False),
        ("Traceback (most recent call last):", True),
        ('{"level": "error", "event"', False),
        ("", False),
    ],
)
def test_plain_lines_are_shown_when_they_are_fatal(line: str, shown: bool) -> None:
    assert (logs.alarm_in(line) is not None) == shown


def test_a_log_is_bounded(tmp_path: Path) -> None:
    file = logs.BoundedFile(tmp_path / "web.log", limit_bytes=1000)

    for number in range(1000):
        file.write(f"line {number}\n".encode())

    kept = [tmp_path / "web.log", tmp_path / "web.log.1"]
    assert sorted(tmp_path.iterdir()) == kept
    assert sum(path.stat().st_size for path in kept) < 2100
    assert "line 999" in kept[0].read_text()


def test_a_full_disk_loses_log_lines_and_nothing_else() -> None:
    file = logs.BoundedFile(Path("/dev/full"))

    file.write(b"lost\n" * 100_000)
    file.write(b"lost too\n")


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "LEAST_FREE_BYTES", 10**18)

    with pytest.raises(CannotStart, match=r"^The disk is full: .+ MB left, EventFlow needs"):
        options.open_folder(tmp_path / "data")


def test_an_unwritable_folder_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)  # root may write everywhere

    with pytest.raises(CannotStart, match=r"may not be written: make it yours, or choose another"):
        options.open_folder(tmp_path / "data")


def test_a_port_for_root_alone_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(options.socket.socket, "bind", refuse)

    with pytest.raises(CannotStart, match="Port 80 is for root alone"):
        options.listen(80)


def test_inner_ports_stay_unless_taken(tmp_path: Path) -> None:
    first = options.inner_ports(tmp_path, ("postgres", "valkey"))
    assert options.inner_ports(tmp_path, ("postgres", "valkey")) == first

    taken = options.listen(first["postgres"])
    try:
        second = options.inner_ports(tmp_path, ("postgres", "valkey"))
    finally:
        for listener in taken:
            listener.close()

    assert second["postgres"] != first["postgres"]
    assert second["valkey"] == first["valkey"]


def test_secrets_are_made_once_and_are_the_owners(tmp_path: Path) -> None:
    first = secrets_file.load_or_make(tmp_path)

    assert secrets_file.load_or_make(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(set(first.values())) == len(first)
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(CannotStart, match="is damaged"):
        secrets_file.load_or_make(tmp_path)


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 2))

    with pytest.raises(
        install.CannotInstall, match=r"^EventFlow needs Python 3\.11 or newer, this is 3\.9\.2\.$"
    ):
        install.check_python()


def test_a_python_without_venv_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(install.CannotInstall, match="apt install python3-venv"):
        install.check_python()


def test_the_leash_needs_no_help_from_the_parent(tmp_path: Path) -> None:
    """The control: without the leash the child lives on, so the tests above prove something."""
    body = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(20)'])\n"
        "print(child.pid, flush=True)\ntime.sleep(60)\n"
    )
    (tmp_path / "logs").mkdir()
    child = script(tmp_path, "careless", body)
    child.start()
    child.wait_until(lambda: "\n" in child.log_path.read_text(), 10)
    grandchild = int(child.log_path.read_text())

    child.kill()
    time.sleep(0.2)

    assert is_alive(grandchild)
    os.kill(grandchild, signal.SIGKILL)
