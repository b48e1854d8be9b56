"""The seed document's `BaseFactory`, for code that checks its own records before it keeps them."""

from __future__ import annotations

from typing import Any

from qaseed.safety.detection import check_for_phi


class BaseFactory:
    """Base of test-data factories: refuses records with fields or values that would identify a person."""

    @staticmethod
    def _check_for_phi(fields: Any) -> None:
        """`qaseed.check_for_phi`: `ValueError` that names the field and its class, never the value."""
        check_for_phi(fields)
