"""How soon web answers, and what each process keeps in memory while nobody asks."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.figures import Row, figure
from benchmarks.rig import Rig, answers

STARTS = 3
SETTLE_S = 2.0
MOST_MB = {"web": 120, "live": 80, "worker": 150}
WHAT = {
    "web": "gunicorn with one worker",
    "live": "uvicorn",
    "worker": "Celery with two processes",
}


@figure
def starting(rig: Rig) -> Iterator[Row]:
    """Start web several times; then start everything anew and look at it idle."""
    took = [rig.start_plain_web() for _ in range(STARTS)]
    yield Row(
        what="cold start of web, until it reaches all it needs",
        ours=max(took),
        unit="s",
        bar=2,
        most_is_best=False,
        note=f"the slowest of {STARTS}",
    )
    for name in ("live", "worker"):
        rig.stop(name)
    rig.start_live()
    rig.start_worker()
    answers(rig.ports["web"], "/readyz")
    time.sleep(SETTLE_S)
    for name, most in MOST_MB.items():
        yield Row(
            what=f"idle memory of {name}",
            ours=rig.resident_mb(name),
            unit="MB",
            bar=most,
            most_is_best=False,
            note=f"{WHAT[name]}, all of its processes together",
        )
    for name in MOST_MB:
        rig.stop(name)
