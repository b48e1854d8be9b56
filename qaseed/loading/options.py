"""What a load is asked to do, and what it came to, told while it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from qaseed.errors import UsageError, nearest

if TYPE_CHECKING:
    import psycopg

    from qaseed.loading.plan import Plan
    from qaseed.snapshot import Snapshot

    Connection = psycopg.Connection[Any]

How = Literal["binary", "text", "insert"]
Strategy = Literal["direct", "staged", "in-place", "insert"]
Verify = Literal["counts", "digest", "none"]
STRATEGIES, VERIFIES = ("direct", "staged", "in-place", "insert"), ("digest", "counts", "none")

BATCH_ROWS = 2_000
"""A third less memory than 10,000 rows take, at the same speed."""
WORKERS = 3
"""One more than the cores of a small machine: while a table is flushed at its commit, two others go on. A fourth gains nothing."""
MOST_BATCH_ROWS = 10_000_000
MOST_WORKERS = 64

Progress = Callable[[str, int, int], None]
"""Called with a phase, and with rows done in it and in all; 0 in all where they cannot be counted, 1 and 1 at its end."""


def _go_on(step: str) -> None:
    """What happens between two steps of a load: nothing; tests of faults put something here."""


@dataclass(frozen=True)
class Options:
    """How a snapshot is to be loaded; checked when made."""

    schema: str = "public"
    confirm: str | None = None
    batch_rows: int = BATCH_ROWS
    how: How | None = None
    strategy: Strategy | None = None
    verify: Verify = "digest"
    keep_old: bool = False
    max_snapshot_wait: float = 60.0
    max_lock_wait: float = 0.8
    terminate_blockers: bool = False
    workers: int = WORKERS
    dry_run: bool = False
    rls: bool | None = None
    step: Callable[[str], None] = _go_on

    @property
    def sent(self) -> How | None:
        """How rows are sent, where it was said."""
        return "insert" if self.strategy == "insert" else self.how

    def __post_init__(self) -> None:
        _within("batch size", self.batch_rows, 1, MOST_BATCH_ROWS, "a number of rows")
        _within("--workers", self.workers, 1, MOST_WORKERS, "a number of connections")
        _within("--max-snapshot-wait", self.max_snapshot_wait, 0, 86_400, "seconds")
        _within("--max-lock-wait", self.max_lock_wait, 0.01, 60, "seconds")
        if self.strategy not in (None, *STRATEGIES):
            raise UsageError(f"--strategy: no {self.strategy!r}; {nearest(self.strategy, STRATEGIES)}")
        if self.keep_old and self.strategy in ("in-place", "insert"):
            raise UsageError(
                f"--keep-old: --strategy {self.strategy} fills the tables in place, so nothing can be kept"
            )
        if self.verify not in VERIFIES:
            raise UsageError(f"--verify: no {self.verify!r}; {nearest(self.verify, VERIFIES)}")


def _within(what: str, value: float, least: float, most: float, of: str) -> None:
    if not least <= value <= most:
        raise UsageError(f"{what} is {value}; give {of} from {least} to {most:,}")


@dataclass
class Loaded:
    """What was loaded where and how, whether Postgres was read back and agrees, how long each phase took, and which doubts
    about the target the typed name overrode."""

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
    _telling: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def seconds(self) -> float:
        return sum(self.phases.values())

    @property
    def rows_per_second(self) -> float:
        return sum(self.rows.values()) / max(self.seconds, 1e-9)

    def follow(self, plan: Plan, snapshot: Snapshot) -> None:
        """Load by this plan; what it will come to is known, and counted again as it is done."""
        self.plan, self.strategy = plan, plan.strategy
        self.rows, self.total_records = snapshot.manifest.rows, snapshot.manifest.total_records

    def tell(self, phase: str, done: int, total: int) -> None:
        """Tell how far a phase is, from whichever connection."""
        if self.progress:
            with self._telling:
                self.progress(phase, done, total)

    @contextmanager
    def phase(self, name: str, *, told: bool = True) -> Iterator[None]:
        """Time a phase of the load, and tell that it goes on."""
        begun = time.perf_counter()
        if told:
            self.tell(name, 0, 0)
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - begun
        if told:
            self.tell(name, 1, 1)
