"""The load generator of `generator.c`: what it is to send, and what it says afterwards."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("generator.c")
CONNECTIONS = 64
START_AND_STOP_S = 30


class CannotMeasure(Exception):
    """One plain sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a connection. `expected` is how a good answer begins.

    `aftermath` is a command for Valkey that a good answer sets off, for which nobody waits.
    """

    connection: int
    sent: bytes
    expected: bytes
    kind: int = 0
    paced: bool = True
    aftermath: bytes = b""


@dataclass(frozen=True, slots=True)
class Times:
    """How one kind of request went: good answers a second, and their times in milliseconds."""

    per_s: float
    bad: int
    p50: float
    p95: float
    p99: float
    first_bad: str = ""

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f}, p95 {self.p95:.1f}, p99 {self.p99:.1f} ms"


@dataclass(frozen=True, slots=True)
class Load:
    """One run: each kind's times, and the share of a core that the generator itself took.

    `closed` is how often the server closed a connection.
    """

    kinds: dict[int, Times]
    seconds: float
    generator_share: float
    closed: int = 0

    def __getitem__(self, kind: int) -> Times:
        return self.kinds[kind]


def http_request(
    method: str, path: str, *, host: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Return a whole request of HTTP/1.1; a body is JSON unless a header says what it is."""
    carried = {"Host": host, **(headers or {})}
    if body:
        carried = {"Content-Type": "application/json", **carried, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in carried.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def status(code: int) -> bytes:
    """Return how an answer of that status begins."""
    return f"HTTP/1.1 {code}".encode()


def valkey_command(*parts: object) -> bytes:
    """Return a command in Valkey's protocol."""
    raw = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in raw)


def send(
    requests: Iterable[Request],
    *,
    port: int,
    connections: int = CONNECTIONS,
    seconds: float,
    paced_per_s: float = 0,
    greeting: bytes = b"",
    side_port: int = 0,
    once: bool = False,
) -> Load:
    """Send each connection's requests again and again; 0 paced a second: as fast as answered.

    `once`: send each request once, within the seconds, and be done when all are answered.
    The greeting is for Valkey: at `port`, or at `side_port`, where the aftermaths go. Refuses with
    CannotMeasure when nothing good came back.
    """
    with tempfile.NamedTemporaryFile(prefix="eventflow-load-") as script:
        for request in requests:
            script.write(_line(request) + request.sent + request.aftermath + b"\n")
        script.flush()
        arguments = [str(port), str(connections), str(seconds), str(paced_per_s)]
        arguments += [greeting.hex() or "-", script.name, str(side_port), str(int(once))]
        said = _run([str(binary()), *arguments], seconds)
    if said["side_errors"]:
        raise CannotMeasure(f"Valkey refused {said['side_errors']} of the aftermaths.")
    took = said["seconds"]
    kinds = {int(kind): _times(raw, took) for kind, raw in said["kinds"].items()}
    for times in kinds.values():
        if not times.per_s:
            raise CannotMeasure(f"No good answer came: {times.first_bad or 'nothing at all'}")
    if not kinds:
        raise CannotMeasure("No answer came at all.")
    return Load(kinds, took, said["processor_s"] / took, said["resets"])


def said_of(load: Load) -> str:
    """Say what was not good, and what the generator itself took."""
    bad = [times for times in load.kinds.values() if times.bad]
    others = f"{sum(times.bad for times in bad)} other answers"
    if bad:
        others += f" ({bad[0].first_bad.splitlines()[0]})"
    if load.closed:
        others += f", {load.closed} connections closed"
    return f"{others}; the generator took {load.generator_share:.0%} of a core"


@cache
def binary() -> Path:
    """Build the generator; the path of the program. Refuses without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise CannotMeasure("There is no C compiler for the load generator: apt install gcc.")
    target = Path(tempfile.mkdtemp(prefix="eventflow-generator-")) / "generator"
    command = [compiler, "-O2", "-o", str(target), str(SOURCE)]
    built = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if built.returncode != 0:
        raise CannotMeasure(f"The load generator does not build: {built.stderr.strip()[:300]}")
    return target


def forget_binary() -> None:
    """Remove the built generator."""
    if binary.cache_info().currsize:
        shutil.rmtree(binary().parent, ignore_errors=True)
        binary.cache_clear()


def _line(request: Request) -> bytes:
    parts: Sequence[object] = (
        request.connection,
        request.kind,
        request.expected.hex(),
        int(request.paced),
        len(request.sent),
        len(request.aftermath),
    )
    return " ".join(map(str, parts)).encode() + b"\n"


def _run(command: list[str], seconds: float) -> dict[str, Any]:
    ended = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=seconds + START_AND_STOP_S
    )
    if ended.returncode != 0:
        raise CannotMeasure(ended.stderr.strip() or "The load generator ended.")
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def _times(raw: dict[str, Any], seconds: float) -> Times:
    return Times(
        per_s=raw["good"] / seconds,
        bad=raw["bad"],
        p50=raw["p50_us"] / 1000,
        p95=raw["p95_us"] / 1000,
        p99=raw["p99_us"] / 1000,
        first_bad=raw["first_bad"],
    )
