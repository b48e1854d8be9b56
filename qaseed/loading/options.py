"""How a snapshot is to be loaded: written once for the command line, the functions of `qaseed.loading`, and `seed`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from qaseed.errors import UsageError, nearest
from qaseed.installation import require
from qaseed.loading.after import AfterSql

CopyMethod = Literal["binary", "text", "insert"]
Strategy = Literal["direct", "staged", "in-place", "insert"]
Verify = Literal["counts", "digest", "none"]
Publications = Literal["refuse", "refresh", "keep"]
STRATEGIES, VERIFIES = ("direct", "staged", "in-place", "insert"), ("digest", "counts", "none")
PUBLICATIONS = ("refuse", "refresh", "keep")
IN_PLACE = ("in-place", "insert")
"""Strategies that fill the existing tables, over one connection."""

BATCH_ROWS = 2_000
"""A third less memory than 10,000 rows take, at the same speed."""
WORKERS = 3
"""One more than a small machine's cores: one flushes its table at commit while two continue. A fourth gains nothing."""
MAX_BATCH_ROWS = 10_000_000
MAX_WORKERS = 64


def _no_step(step: str) -> None:
    """Called between two steps of a load; does nothing, while tests of faults interrupt the load here."""


@dataclass(frozen=True, kw_only=True)
class LoadOptions:
    """How a snapshot is to be loaded; `UsageError` for a value out of bounds when it is built.

    - `schema`: of the target; it must exist.
    - `confirm`: the database's name, where the target's state asks for it.
    - `batch_rows`: rows in one buffer, 1 to 10,000,000.
    - `how`: binary COPY, text COPY or INSERT; None chooses binary where every type is proven and the encoder is
      installed, else text.
    - `strategy`: None chooses by the tables that exist in the target.
    - `verify`: compare logical digests, counts, or nothing with the manifest.
    - `keep_old`: keep the replaced tables for `rollback`.
    - `max_snapshot_wait`: seconds, 0 to 86,400, to wait for transactions that still see the old rows.
    - `max_lock_wait`: seconds, 0.01 to 60, that readers may wait for one attempt to lock the tables.
    - `terminate_blockers`: end the sessions that use the tables, after some attempts.
    - `publications`: what a load does where subscribers have the tables: refuse, send them all rows (`refresh`), or let
      them keep the old ones (`keep`).
    - `workers`: connections that load more than 10,000 rows at the same time, 1 to 64.
    - `after`: SQL that runs in the transaction of the load, once the new rows are in place.
    - `dry_run`: plan only.
    - `rls`: row-level security by tenant on (True), off (False) or as it is (None).
    - `coordinate`: let other programs join the load.
    - `step`: called with the name of each step that is complete.
    """

    schema: str = "public"
    confirm: str | None = None
    batch_rows: int = BATCH_ROWS
    how: CopyMethod | None = None
    strategy: Strategy | None = None
    verify: Verify = "digest"
    keep_old: bool = False
    max_snapshot_wait: float = 60.0
    max_lock_wait: float = 0.8
    terminate_blockers: bool = False
    publications: Publications = "refuse"
    workers: int = WORKERS
    after: AfterSql | None = None
    dry_run: bool = False
    rls: bool | None = None
    coordinate: bool = False
    step: Callable[[str], None] = _no_step

    @property
    def copy_method(self) -> CopyMethod | None:
        """How rows are sent, where the caller chose it."""
        return "insert" if self.strategy == "insert" else self.how

    @property
    def after_name(self) -> str | None:
        """The file of the SQL that runs after the load."""
        return self.after.name if self.after else None

    @property
    def in_place(self) -> bool:
        """Whether the caller chose to fill the existing tables, over one connection."""
        return self.strategy in IN_PLACE

    def __post_init__(self) -> None:
        _check_bounds("batch size", self.batch_rows, 1, MAX_BATCH_ROWS, "a number of rows")
        _check_bounds("--workers", self.workers, 1, MAX_WORKERS, "a number of connections")
        _check_bounds("--max-snapshot-wait", self.max_snapshot_wait, 0, 86_400, "seconds")
        _check_bounds("--max-lock-wait", self.max_lock_wait, 0.01, 60, "seconds")
        if self.strategy not in (None, *STRATEGIES):
            raise UsageError(f"--strategy: no {self.strategy!r}; {nearest(self.strategy, STRATEGIES)}")
        if self.how == "binary":
            require("pgpq")
        if self.keep_old and self.in_place:
            raise UsageError(
                f"--keep-old: --strategy {self.strategy} fills the tables in place, so nothing can be kept"
            )
        if self.coordinate and (self.in_place or self.dry_run):
            raise UsageError("--coordinate has no dry run and no load in place; leave out one of them")
        if self.publications not in PUBLICATIONS:
            raise UsageError(f"--publications: no {self.publications!r}; {nearest(self.publications, PUBLICATIONS)}")
        if self.verify not in VERIFIES:
            raise UsageError(f"--verify: no {self.verify!r}; {nearest(self.verify, VERIFIES)}")


def _check_bounds(name: str, value: float, minimum: float, maximum: float, unit: str) -> None:
    if not minimum <= value <= maximum:
        raise UsageError(f"{name} is {value}; give {unit} from {minimum} to {maximum:,}")
