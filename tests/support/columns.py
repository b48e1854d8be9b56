"""Columns of public systems with the class that each name implies, and how well names are classified."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qaseed.safety.names import classify

DATA = Path(__file__).parents[1] / "data"
LATER = {
    "columns_later.tsv": "collected later",
    "columns_blind.tsv": "measured blind",
    **{f"columns_{number}.tsv": "five more blind sets" for number in ("second", "third", "fourth", "fifth", "sixth")},
}
"""By file: the part whose systems were collected after the words had been settled."""
CLASSES = {"reject": "REJECT", "managed": "MANAGED", "meta": "OK", "ok": "OK"}


@dataclass(frozen=True)
class Column:
    """A name of a column of a system; `kind` is its Safe Harbor letter, or why it has none."""

    system: str
    part: str
    label: str
    kind: str
    name: str

    @property
    def found(self) -> str:
        """The class that the name is given."""
        return CLASSES[classify(self.name).outcome]


def columns() -> Iterator[Column]:
    """All columns, by system; the words were made with the systems of the part `training`."""
    for file in ("columns.tsv", *LATER):
        for line in (DATA / file).read_text(encoding="utf-8").splitlines():
            if not line.startswith("# "):
                system, label, kind, names = line.split("\t")
                half = "held back" if hashlib.sha256(system.encode()).digest()[0] % 2 else "training"
                part = LATER.get(file, half)
                yield from (Column(system, part, label, kind, name) for name in names.split())


@dataclass(frozen=True)
class Share:
    """How many of how many, with the Wilson interval of 95 %."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.part / self.whole if self.whole else 0.0

    def __str__(self) -> str:
        if not self.whole:
            return "none"
        z, n, p = 1.96, self.whole, self.value
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = max(0.0, middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)
        return f"{p:.3f} ({low:.3f}-{high:.3f}), {self.part} of {n}"


def measured(some: Iterable[Column]) -> dict[str, Share]:
    """Recall and precision of refused names, recall of managed ones, false alarms on the others."""
    counts = Counter((column.label, column.found) for column in some)

    def of(label: str) -> int:
        return sum(number for (expected, _), number in counts.items() if expected == label)

    refused = sum(number for (_, found), number in counts.items() if found == "REJECT")
    return {
        "REJECT recall": Share(counts["REJECT", "REJECT"], of("REJECT")),
        "REJECT precision": Share(counts["REJECT", "REJECT"], refused),
        "MANAGED recall": Share(counts["MANAGED", "MANAGED"], of("MANAGED")),
        "false alarms on OK": Share(of("OK") - counts["OK", "OK"], of("OK")),
    }
