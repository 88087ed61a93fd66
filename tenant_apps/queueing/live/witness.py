"""What the live process has seen of holds, sent on a few times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from kernel.askers import Asker
from kernel.threads import in_thread
from tenant_apps.queueing import notes
from tenant_apps.queueing.notes import Note

log = structlog.get_logger(__name__)

# Two thousand notes in one go would keep the loop from its work for ten milliseconds.
EVERY_S = 0.2
# What is more within that time is lost.
MOST_NOTES = 20_000


class Witness:
    """Writes down in passing: an entry of a list for each hold, and nothing else meanwhile."""

    def __init__(self) -> None:
        self._notes: dict[str, list[Note]] = {}
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    def note_hold(
        self,
        asker: Asker,
        *,
        performance_id: int,
        hold_id: str,
        until: datetime,
        places: Sequence[int],
    ) -> None:
        """Note how a hold stands now."""
        self._note(
            asker.schema_name,
            notes.held(
                asker, performance_id=performance_id, hold_id=hold_id, until=until, places=places
            ),
        )

    def note_release(self, schema_name: str, performance_id: int, hold_id: str) -> None:
        """Note that a hold was given back."""
        self._note(schema_name, notes.released(performance_id, hold_id))

    def start(self) -> None:
        self._task = asyncio.create_task(self._send_on())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.send()

    async def send(self) -> None:
        """Hand on what was noted. Without Valkey it is lost."""
        waiting, self._notes, self._count = self._notes, {}, 0
        try:
            while waiting:
                await in_thread(notes.write, *waiting.popitem())
        finally:
            # The process ends, or something is broken: what is left waits for the next time.
            for schema_name, written in waiting.items():
                for note in written:
                    self._note(schema_name, note)

    def _note(self, schema_name: str, note: Note) -> None:
        written = self._notes.setdefault(schema_name, [])
        if self._count < MOST_NOTES:
            written.append(note)
            self._count += 1
        else:
            notes.lose(schema_name)

    async def _send_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.send()
            except Exception:
                log.exception("notes_not_sent")
