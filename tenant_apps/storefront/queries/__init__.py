"""What the pages show: view models built from the queries of the apps below."""

from __future__ import annotations
