"""The keys of the rows of a table as loaded, as the load registry keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_GROUPS = 20_000
"""Keys, or contiguous runs of keys, of a table that are recorded at most: about a megabyte."""


@dataclass(frozen=True)
class LoadedKeys:
    """The keys of the rows of a table as loaded: `columns` of the key, and a group for each value of all but the last.

    A group has that value as texts, and the first and the last numbers of contiguous runs of the last column. Where
    the last column is no number a group has the whole key, and no runs.
    """

    columns: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], tuple[int, ...] | None, tuple[int, ...] | None], ...]

    @property
    def in_runs(self) -> bool:
        """Whether the last column is a number."""
        return any(firsts is not None for _, firsts, _ in self.groups)

    def to_json(self) -> dict[str, Any]:
        """As the load registry keeps it."""
        return {"columns": self.columns, "groups": self.groups}

    def adding(self, keys: Iterable[tuple[Any, ...]]) -> LoadedKeys | None:
        """These keys and others, of which all columns but a number at the end are texts; None if they are too many."""
        if not self.in_runs:
            groups = [*self.groups, *((tuple(map(str, key)), None, None) for key in keys)]
            return LoadedKeys(self.columns, tuple(groups)) if len(groups) <= MAX_GROUPS else None
        runs = {tuple(key): [*zip(firsts or (), lasts or (), strict=True)] for key, firsts, lasts in self.groups}
        for *key, number in keys:
            runs.setdefault(tuple(key), []).append((number, number))
        if sum(map(len, runs.values())) > MAX_GROUPS:
            return None
        bounds = ((key, *zip(*sorted(of_key), strict=True)) for key, of_key in runs.items())
        return LoadedKeys(self.columns, tuple((key, firsts, lasts) for key, firsts, lasts in bounds))

    @classmethod
    def from_json(cls, recorded: Mapping[str, Any] | None) -> LoadedKeys | None:
        """What `to_json` gave; None for None."""
        return cls(tuple(recorded["columns"]), tuple(recorded["groups"])) if recorded else None
