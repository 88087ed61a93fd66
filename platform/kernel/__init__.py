"""What every app may use: no apps, no tables."""

from __future__ import annotations

__version__ = "0.1.0"
