"""What goes over the rows of a table, one relation of duckdb after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qaseed.scanning.queries import Field

if TYPE_CHECKING:
    import duckdb


@dataclass
class Visitor(ABC):
    """Whoever gets all rows of a table: how many values of each column it got, and how many of them are no text."""

    values: Counter[str] = field(default_factory=Counter)
    binary: Counter[str] = field(default_factory=Counter)

    @abstractmethod
    def add(self, connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]) -> None:
        """Take in some rows of the table."""

    @abstractmethod
    def wanted(self, fields: Sequence[Field]) -> list[Field]:
        """The columns that it needs."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise a Ctrl-C as such, which duckdb reports as an error of its own."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from None
        raise
