"""`make status`: what runs, since when, and how often it had to be started again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from eventflow.local.options import Options, is_locked, read_status
from eventflow.local.processes import answers


def show(chosen: Options) -> int:
    """Print the state of the embedded run; 0 when it runs and answers, else 1."""
    if not is_locked(chosen.folder):
        print(f"EventFlow does not run on {chosen.folder}.")
        return 1
    status: dict[str, Any] = read_status(chosen.folder)
    if not status:
        print("EventFlow is starting.")
        return 1
    minutes = (time.time() - status["started_at"]) / 60
    print(f"EventFlow runs for {minutes:.0f} min: {status['address']} (process {status['pid']})")
    for service in status["services"]:
        again = f", started again {service['restarts']} times" if service["restarts"] else ""
        print(f"  {service['name']:<10} {service['state']}, process {service['pid']}{again}")
    port = int(status["address"].rpartition(":")[2])
    is_ready = asyncio.run(answers(port, "/readyz"))
    print("It is ready." if is_ready else "It does not say that it is ready: see the logs.")
    return 0 if is_ready else 1
