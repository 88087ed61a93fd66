"""Bugs for the test of the test: each breaks one invariant, and the simulation has to find it.

They are laid over the product by monkeypatch; the product has no switch for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kernel.valkey import Script
from tenant_apps.checkout.domain import Outcome
from tenant_apps.checkout.services import issuing, paying
from tenant_apps.inventory import holds, queries
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import STATE_OF_CLAIM, ClaimKind, PlaceState
from tenant_apps.payments.services import refunds

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug and the invariants of which one must find it."""

    name: str
    invariants: tuple[str, ...]
    plant: Plant


def in_script(before: str, after: str) -> Plant:
    """Change the text of every script that has it."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        real = holds.script
        assert before in real("load_finish").text, "the scripts have changed: plant it anew"

        def changed(name: str) -> Script:
            text = real(name).text.replace(before, after)
            sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            return Script(name=name, text=text, sha=sha)

        patch.setattr(holds, "script", changed)

    return plant


def nothing_is_released(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inventory, "release_claims", lambda **_: {})


def refunds_are_not_booked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refunds, "write_entry", lambda **_: True)


def no_tickets(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(issuing, "give_tickets", lambda order, lines: None)


def late_money_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(paying, "_refund_late", lambda *_, **__: Outcome.REPEATED)


def blocks_are_not_loaded(patch: pytest.MonkeyPatch) -> None:
    forgetful = {**STATE_OF_CLAIM, ClaimKind.BLOCK: PlaceState.FREE}
    patch.setattr(queries, "STATE_OF_CLAIM", forgetful)


BUGS = (
    Bug(
        "a hold looks at nobody else",
        ("one owner",),
        in_script("  local state = state_of(ordinal)\n  if state == FREE then",
                  "  local state = FREE\n  if state == FREE then"),
    ),
    Bug("claims outlive their order", ("one owner",), nothing_is_released),
    Bug("refunds are not booked", ("money",), refunds_are_not_booked),
    Bug("no tickets are issued", ("ticket or refund",), no_tickets),
    Bug("late money is kept", ("ticket or refund",), late_money_is_kept),
    Bug(
        "a hold that ends keeps its places",
        ("counts",),
        in_script("  for _, ordinal in ipairs(hold[4]) do\n    give_up(id, ordinal)\n  end\n", ""),
    ),
    Bug(
        "a late free is believed",
        ("counts",),
        in_script("local mark = claim * 2 + 1\n", "local mark = 2 ^ 40\n"),
    ),
    Bug(
        "what came while loading is forgotten",
        # A sold place looks free again, or a hold that was used up is there again.
        ("counts", "one owner"),
        in_script('redis.call("LRANGE", JOURNAL, 0, -1)', "{}"),
    ),
    Bug("blocks are not loaded", ("projection",), blocks_are_not_loaded),
)  # fmt: skip
