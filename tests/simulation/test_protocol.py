"""Every interleaving of holds, claims, settles, frees and loads, by exhaustive search.

The model is `docs/locking.md` in the form of functions from one state to the next; what a state has
is told in `tests/simulation/protocol/state.py`. Each rule that keeps the protocol right is taken
away once, and then the search must find what goes wrong: else its silence proves nothing.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass

import pytest

from tests.simulation.protocol.invariants import Judge
from tests.simulation.protocol.same import Same
from tests.simulation.protocol.search import Found, explore
from tests.simulation.protocol.state import Rules, State
from tests.simulation.protocol.steps import Protocol

# A search takes half a minute; a busy machine may need many times that.
pytestmark = pytest.mark.timeout(600)

# Beyond that the searches would no longer fit into a minute.
AT_MOST = 400_000
# Two buyers who want one seat each, and one who wants both.
SINGLES_AND_A_PAIR = ((0,), (1,), (0, 1))
# All of one seat: small enough for what else may happen.
ONE_SEAT = ((0,), (0,), (0,))

FOR_EVER, UNTIL_RECONCILED = "for ever", "until the reconciler comes"


def search(rules: Rules) -> Found[State]:
    protocol = Protocol(rules)
    # A million tuples, none of them in a circle: looking for circles takes as long as the search.
    gc.disable()
    try:
        return explore(
            rules.first(),
            protocol.steps,
            Judge(protocol),
            protocol.is_settled,
            same=Same(rules),
            at_most=AT_MOST,
        )
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(Rules(), id="all want both seats"),
        pytest.param(Rules(wants=SINGLES_AND_A_PAIR, losses=0), id="singles and a pair"),
        pytest.param(
            Rules(wants=ONE_SEAT, late_payments=0, prompt_timer=False, rewinding=True),
            id="no timer, Valkey older",
        ),
        pytest.param(
            Rules(wants=ONE_SEAT, losses=0, late_payments=0, repeats=True, leaving=True),
            id="messages again, orders left",
        ),
    ],
)
def test_no_interleaving_breaks_the_protocol(
    rules: Rules, capsys: pytest.CaptureFixture[str]
) -> None:
    found = search(rules)
    with capsys.disabled():
        print(f"\n{found}")  # noqa: T201
    assert not found.wrong, str(found)


@dataclass(frozen=True)
class Bug:
    """A rule taken away, and what is then wrong."""

    rules: Rules
    wrong: str


BUGS = {
    "no unique index": Bug(Rules(unique_index=False), "is sold twice"),
    "no newest id": Bug(Rules(newest_id_wins=False), FOR_EVER),
    "no fence": Bug(Rules(fence=False), UNTIL_RECONCILED),
    "no journal": Bug(Rules(journal=False), UNTIL_RECONCILED),
    "no check of the epoch": Bug(Rules(epoch_check=False, loads=1), UNTIL_RECONCILED),
    "no run id": Bug(Rules(run_id=False), UNTIL_RECONCILED),
    "read before begin": Bug(Rules(reads_after_begin=False), UNTIL_RECONCILED),
    "no outbox": Bug(Rules(outbox=False), UNTIL_RECONCILED),
    "late money does not ask": Bug(Rules(late_asks_first=False), "does not have it"),
    "late money is not refunded": Bug(Rules(late_refund=False), "neither a ticket nor a refund"),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_each_rule_is_needed(bug: Bug, capsys: pytest.CaptureFixture[str]) -> None:
    """If one of them is not found, the search above proves nothing about its rule."""
    found = search(bug.rules)
    assert bug.wrong in found.wrong, str(found)
    with capsys.disabled():
        print(f"\n{found.wrong}: {len(found.trace) - 1} steps, {found.states} states")  # noqa: T201
