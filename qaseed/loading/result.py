"""What a load did: filled in while it runs, and returned at its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qaseed.postgres.changes import Changes

if TYPE_CHECKING:
    from qaseed.loading.plan import Plan
    from qaseed.snapshot import Snapshot

NO_RECORDS = frozenset({"tenant", "scenario"})
"""Tables whose rows do not count as records, for when no model of the rows is known (`Entity.counted`)."""
Progress = Callable[[str, int, int], None]
"""Called with a phase, the rows done in it, and all rows: 0 where they cannot be counted, and 1 and 1 when it ends."""


@dataclass
class LoadResult:
    """What was loaded, where and how.

    - `target`: the database, as a URL without its password; `strategy`: the one that was used.
    - `rows` and `digests`: by table, as read back from Postgres; `total_records`: rows without
      those of tenants and scenarios.
    - `verified`: whether Postgres was read back and agrees with the manifest.
    - `phases`: seconds by phase. Phases that overlap count from the end of the one before.
    - `plan`: what the load was going to do, and why.
    - `overridden`: reasons for confirmation that `confirm` overrode.
    - `changes`: what was inserted, updated and deleted since the last load, by table; the load replaces it all.
    """

    target: str
    strategy: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    total_records: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    verified: bool = False
    phases: dict[str, float] = field(default_factory=dict)
    progress: Progress | None = None
    plan: Plan | None = None
    overridden: tuple[str, ...] = ()
    changes: Mapping[str, Changes] = field(default_factory=dict)
    _report_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def seconds(self) -> float:
        """The time of all phases."""
        return sum(self.phases.values())

    @property
    def rows_per_second(self) -> float:
        """Rows loaded per second of all phases."""
        return sum(self.rows.values()) / max(self.seconds, 1e-9)

    def use_plan(self, plan: Plan, snapshot: Snapshot) -> None:
        """Record the plan, and the rows that it will load; they are counted again as they are loaded."""
        self.plan, self.strategy = plan, plan.strategy
        self.rows, self.total_records = snapshot.manifest.rows, snapshot.manifest.total_records

    def report(self, phase: str, done: int, total: int) -> None:
        """Report how far a phase is; any thread may call it."""
        if self.progress:
            with self._report_lock:
                self.progress(phase, done, total)

    @contextmanager
    def phase(self, name: str, *, reported: bool = True) -> Iterator[None]:
        """Time a phase of the load, and report its begin and end."""
        begun = time.perf_counter()
        if reported:
            self.report(name, 0, 0)
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - begun
        if reported:
            self.report(name, 1, 1)
