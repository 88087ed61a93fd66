"""The buyer's pages. Views read the request, call one service or query, and print a view model."""

from __future__ import annotations
