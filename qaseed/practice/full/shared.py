"""What the tables of `--tables full` have in common."""

from __future__ import annotations

from qaseed.kinds import RecipeSource, instant
from qaseed.model import NOW, Column
from qaseed.practice.shared import audit_columns


def derived_audit_columns(created: RecipeSource, updated: RecipeSource, by: str) -> dict[str, Column]:
    """The audit columns of every table; what is entered last is the row's own last event."""
    return audit_columns(created, by) | {"updated_at": instant("When the row was last changed.", updated, default=NOW)}
