"""The embedded run's clock: Celery's beat without the application behind it.

Beat sends tasks by name and never runs one. Loading every app for that would take the two seconds
that the whole start is allowed to differ by.
"""

from __future__ import annotations

import sys

from celery.apps.beat import Beat

from eventflow.celery import app


class LightBeat(Beat):
    """Celery's beat, which reads the schedule from the settings and imports no tasks."""

    def init_loader(self) -> None:
        app.finalize()


if __name__ == "__main__":
    # Signals end it as they end any beat: SIGTERM saves the schedule first.
    LightBeat(app=app, schedule=sys.argv[1], loglevel="WARNING", quiet=True).run()
