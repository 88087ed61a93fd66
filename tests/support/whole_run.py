"""The whole embedded run with demo data, once for all tests that need it.

EVENTFLOW_TEST_STACK names the data folder of one that already runs (`make up`): the tests then buy
there, and break its processes too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shop import Shop
from tests.support.stack import RunningStack, Stack


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    named = os.environ.get("EVENTFLOW_TEST_STACK")
    if named:
        yield RunningStack(Path(named))
        return
    with Stack(tmp_path_factory.mktemp("whole") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def theatre(whole_run: Stack) -> Shop:
    """The demo's theatre: its performances are on sale and its account can take money."""
    return Shop(whole_run)
