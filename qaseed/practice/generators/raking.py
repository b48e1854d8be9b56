"""Joint tables from odds: labels depend on groups, and both sides keep the shares of the profile."""

from __future__ import annotations

from functools import lru_cache

from qaseed import noise
from qaseed.integers import Ints
from qaseed.noise import Bits

Table = tuple[tuple[float, ...], ...]
ROUNDS = 60


@lru_cache(maxsize=64)
def raked(odds: Table, groups: tuple[float, ...], labels: tuple[float, ...]) -> Table:
    """Weights of the labels in each group, so that groups and labels have their shares: raking (Deming 1940).

    `odds` has a row a group: how much likelier each label is there than usual. A label of share 0 has weight 0.
    Where both sides cannot be kept, the groups are.
    """
    table = [
        [max(odd, 1e-9) * label * group for odd, label in zip(row, labels, strict=True)]
        for row, group in zip(odds, groups, strict=True)
    ]
    for _ in range(ROUNDS):
        sums = [sum(column) or 1.0 for column in zip(*table, strict=True)]
        table = [[cell * want / total for cell, want, total in zip(row, labels, sums, strict=True)] for row in table]
        wholes = [sum(row) or 1.0 for row in table]
        table = [[cell * want / whole for cell in row] for row, want, whole in zip(table, groups, wholes, strict=True)]
    return tuple(tuple(row) if sum(row) else labels for row in table)


@lru_cache(maxsize=64)
def _edges(table: Table) -> Bits:
    return noise.edges(table)


def pick_by_group(bits: Bits, group: Ints, table: Table) -> Ints:
    """For each row the index of a label, as often as the table has it for the row's group."""
    return noise.pick_by_group(bits, group, _edges(table))
