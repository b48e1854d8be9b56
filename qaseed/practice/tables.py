"""Which tables there are: those that the seed document counts, or all."""

from __future__ import annotations

from qaseed.model import Model
from qaseed.practice import MODEL


def model_of(tables: str) -> Model:
    """The declaration of the tables `core` or `full`."""
    if tables == "core":
        return MODEL
    from qaseed.practice.full import FULL

    return FULL
