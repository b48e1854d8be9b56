"""The seed document's `BaseFactory`, for code that checks its own records before it stores them."""

from __future__ import annotations

from typing import Any

from qaseed.safety.detection import check_for_phi


class BaseFactory:
    """Base of test-data factories: rejects records with fields or values that may identify a person."""

    @staticmethod
    def _check_for_phi(fields: Any) -> None:
        """Call `qaseed.check_for_phi`; its `ValueError` names the field and the class, never the value."""
        check_for_phi(fields)
