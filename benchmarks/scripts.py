"""Scripts in a numbered database of their own, and what they cost by the server's own count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.rig import Rig
from kernel.scripts import ScriptRunner

DATABASE = 9  # the processes have 0 to 2


@contextmanager
def own_database(rig: Rig) -> Iterator[ScriptRunner]:
    """Give an empty database of the run's Valkey; emptied again afterwards."""
    runner = ScriptRunner(rig.valkey.url(DATABASE))
    try:
        yield runner
    finally:
        runner.client.flushdb()
        runner.close()


def server_us(runner: ScriptRunner) -> float:
    """Return the microseconds of a script since the count was reset; reset it."""
    taken = float(runner.client.info("commandstats")["cmdstat_evalsha"]["usec_per_call"])
    runner.client.config_resetstat()
    return taken
