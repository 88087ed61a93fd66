"""The Django project: it wires the apps together and decides nothing."""

from __future__ import annotations
