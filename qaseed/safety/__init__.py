"""What makes an identifier safe, and what gives one away."""

from __future__ import annotations

from qaseed.safety.identifiers import PREDICATES, is_safe

__all__ = ["PREDICATES", "is_safe"]
