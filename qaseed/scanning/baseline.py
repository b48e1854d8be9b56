"""What an earlier scan reported, so that a later one fails only on what is new."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qaseed.errors import UsageError
from qaseed.safety.redaction import shown_source
from qaseed.scanning.findings import Reported

_LISTS = ("findings", "accepted", "known", "unproven", "known_unproven")


@dataclass(frozen=True)
class Baseline:
    """How many values an earlier scan counted, by the id of each thing it reported."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def split(self, reported: Iterable[Reported]) -> tuple[tuple[Reported, ...], tuple[Reported, ...]]:
        """What is new, also because it has more values than before, and what is known."""
        new: list[Reported] = []
        known: list[Reported] = []
        for one in reported:
            (known if one.count <= self.counts.get(one.id, 0) else new).append(one)
        return tuple(new), tuple(known)


def read_baseline(path: str | os.PathLike[str] | None) -> Baseline:
    """The baseline in a file that `scan --json` wrote; an empty one without a file, `UsageError` for any other."""
    if path is None:
        return Baseline()
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        counts = {one["id"]: one["count"] for key in _LISTS for one in _list(document, key)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        counts = {"": None}
    if not all(isinstance(id_, str) and type(count) is int for id_, count in counts.items()):
        raise UsageError(f"{shown_source(str(path))}: is no report of a scan; give what `qaseed scan --json` wrote")
    return Baseline(counts)


def _list(document: Any, key: str) -> list[Any]:
    """A list of the report; the first versions wrote only `findings`."""
    value = document["findings"] if key == "findings" else document.get(key, [])
    if not isinstance(value, list):
        raise TypeError(key)
    return value
