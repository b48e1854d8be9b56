"""Joint tables from odds: labels depend on groups, and both sides keep the shares of the profile."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

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
def _edges(table: Table) -> npt.NDArray[np.uint64]:
    weights = np.array(table)
    within = np.round(np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True) * 2.0**32).astype(np.uint64)
    offsets: npt.NDArray[np.uint64] = within + (np.arange(len(table), dtype=np.uint64) << np.uint64(32))[:, None]
    return offsets.ravel()


def pick_by_group(noise: Bits, group: Ints, table: Table) -> Ints:
    """For each row the index of a label, as often as the table has it for the row's group."""
    labels = len(table[0])
    key = (noise >> np.uint64(32)) + (group.astype(np.uint64) << np.uint64(32))
    index = np.searchsorted(_edges(table), key, side="right") - group * labels
    picked: Ints = np.clip(index, 0, labels - 1).astype(np.int64)
    return picked
