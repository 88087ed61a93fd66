"""Open event streams: counted by network for as long as they are open, however they end."""

from __future__ import annotations

from typing import Any

import pytest

from kernel import event_stream
from kernel.event_stream import Streams


def test_a_network_has_so_many_and_another_is_not_concerned(settings: Any) -> None:
    settings.STREAMS_PER_NETWORK = 2
    streams = Streams()
    with streams.open("a"), streams.open("a"):
        assert not streams.has_room_for("a")
        assert streams.has_room_for("b")
    assert streams.has_room_for("a")


def test_all_networks_together_have_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "MOST_STREAMS", 2)
    streams = Streams()
    with streams.open("a"), streams.open("b"):
        assert not streams.has_room_for("c")
    assert streams.has_room_for("c")


def test_a_stream_that_breaks_is_counted_no_more_and_its_network_is_forgotten() -> None:
    streams = Streams()
    with pytest.raises(LookupError), streams.open("a"):
        raise LookupError
    assert not streams._by_network
