"""Waiting rooms and their sync door; doubts about buyers; lists of them; orders to be looked at."""

from __future__ import annotations

from tenant_apps.queueing.services.doubts import ensure_trusted, note_refusal
from tenant_apps.queueing.services.lists import (
    block_buyer_of,
    ensure_may_buy,
    is_trusted_network,
    list_buyer,
    unlist_buyer,
)
from tenant_apps.queueing.services.reviews import close_open_review, close_review, open_review
from tenant_apps.queueing.services.rooms import (
    LIFE,
    OPENING_CALLS,
    PURPOSE,
    commit_seed,
    ensure_admitted,
    find_open_rules,
    join,
    leave,
    number_of,
    read_place,
    set_room,
    sign_place,
)

__all__ = [
    "LIFE",
    "OPENING_CALLS",
    "PURPOSE",
    "block_buyer_of",
    "close_open_review",
    "close_review",
    "commit_seed",
    "ensure_admitted",
    "ensure_may_buy",
    "ensure_trusted",
    "find_open_rules",
    "is_trusted_network",
    "join",
    "leave",
    "list_buyer",
    "note_refusal",
    "number_of",
    "open_review",
    "read_place",
    "set_room",
    "sign_place",
    "unlist_buyer",
]
