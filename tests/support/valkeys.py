"""A Valkey of a test's own, to be killed and started again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventflow.local.valkey import EmbeddedValkey


@contextmanager
def own_valkey(*, persistent: bool = False) -> Iterator[EmbeddedValkey]:
    """Start a server that nobody else uses; everything of it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="eventflow-valkey-"))
    server = EmbeddedValkey(folder / "valkey", persistent=persistent)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
