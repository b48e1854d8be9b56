"""What makes an identifier safe, and what gives one away."""

from __future__ import annotations

from qaseed.safety.detection import check_for_phi
from qaseed.safety.identifiers import PREDICATES, is_safe

__all__ = ["PREDICATES", "check_for_phi", "is_safe"]
