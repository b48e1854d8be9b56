"""Plan to files: rows are made in units of work, any number at a time, and become a snapshot when all is checked."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from qaseed import digest, validation, words
from qaseed.errors import FindingsError, SnapshotError, UsageError, nearest
from qaseed.model import Entity
from qaseed.plan import FIRST_PLACE, GENERATOR, Plan, Tenant, plan
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES, Profile
from qaseed.rows import Rows, resolve
from qaseed.snapshot import (
    CSV,
    FOLDERS,
    FORMATS,
    MANIFEST,
    File,
    Manifest,
    Snapshot,
    Table,
    catalogue,
    finish,
    identity,
    open_snapshot,
    sha256_of,
)

if TYPE_CHECKING:
    import duckdb

UNIT_ROWS = 250_000
"""Rows that one worker makes at a time, about: it decides how rows fall on files, and how much memory a worker takes."""
ROW_GROUP = 65_536
MADE_WITH = ("qaseed", "duckdb", "polars", "pyarrow", "tzdata")

Progress = Callable[[int, int], None]
"""Called with records made so far, and in all."""


@dataclass(frozen=True)
class Slice:
    """Part of a unit: the providers `lo` to `hi` of a tenant and all that hangs on them; the rest of the tenant with the first."""

    tenant: Tenant
    lo: int
    hi: int


@dataclass(frozen=True)
class Generated:
    """A snapshot that stands, whether it was there already, what validation found, and how long each phase took."""

    snapshot: Snapshot
    reused: bool
    report: validation.Report | None
    seconds: float
    phases: Mapping[str, float]


def recipe_of(planned: Plan) -> dict[str, Any]:
    """All that determines the rows besides the model, as plain JSON."""
    return {
        "generator": GENERATOR,
        "profile": planned.profile,
        "seed": planned.tenants[0].seed,
        "as_of": planned.tenants[0].as_of.isoformat(),
        "tenants": {tenant.slug: dict(tenant.counts) for tenant in planned.tenants},
        "words": words.digest(),
        "tzdata": version("tzdata"),
    }


def cut(planned: Plan, unit_rows: int) -> list[tuple[Slice, ...]]:
    """The plan's units of work, in order: ranges of providers with about `unit_rows` rows hanging on them."""
    units: list[tuple[Slice, ...]] = []
    unit: list[Slice] = []
    held = 0
    for tenant in planned.tenants:
        blocks = [resolve(entity.blocks.function)(tenant) for entity in planned.model.entities if entity.blocks]
        upto = np.sum(blocks, axis=0)
        lo, last = 0, len(upto) - 1
        while True:
            hi = int(np.searchsorted(upto, upto[lo] + max(unit_rows - held, 1), side="right")) - 1
            hi = min(max(hi, lo + 1), last)
            unit.append(Slice(tenant, lo, hi))
            held += int(upto[hi] - upto[lo])
            if held >= unit_rows or hi < last:
                units.append(tuple(unit))
                unit, held = [], 0
            if hi == last:
                break
            lo = hi
    return [*units, tuple(unit)] if unit else units


def rows_in(part: Slice, model_of: Plan, entity: Entity) -> Rows:
    """The rows of an entity that belong to a slice."""
    if entity.blocks:
        blocks = resolve(entity.blocks.function)(part.tenant)
        places = FIRST_PLACE + np.arange(blocks[part.lo], blocks[part.hi], dtype=np.int64)
    else:
        places = part.tenant.places(entity.name) if part.lo == 0 else np.zeros(0, dtype=np.int64)
    return Rows(model_of.model, part.tenant, entity, places)


def make_unit(
    planned: Plan, folder: Path, formats: Sequence[str], number: int, unit: Sequence[Slice]
) -> list[tuple[str, File]]:
    """Make the rows of one unit and write them, a file for each entity and format; says what was written."""
    made: dict[str, list[pl.DataFrame]] = {entity.name: [] for entity in planned.model.entities}
    for part in unit:
        for entity in planned.model.entities:
            made[entity.name].append(rows_in(part, planned, entity).frame())
    written: list[tuple[str, File]] = []
    for name, frames in made.items():
        frame = pl.concat(frames)
        if len(frame) or number == 0:
            written += [(name, _write(folder, name, kind, number, frame)) for kind in formats]
    return written


def _write(folder: Path, entity: str, kind: str, number: int, frame: pl.DataFrame) -> File:
    path = f"{FOLDERS[kind]}/{entity}/part-{number:05d}.{kind}"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "csv":
        target.write_text(frame.write_csv(**CSV), encoding="utf-8", newline="")
    else:
        _write_parquet(frame, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return File(path, len(frame), target.stat().st_size, sha256_of(target))


def _write_parquet(frame: pl.DataFrame, target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    plain = [
        pa.field(field.name, pa.string() if pa.types.is_large_string(field.type) else field.type)
        for field in table.schema
    ]
    # page checksums: duckdb checks them by itself, so that an analyst's own query finds a flipped bit
    pq.write_table(
        table.cast(pa.schema(plain)),
        target,
        compression="zstd",
        compression_level=1,
        row_group_size=ROW_GROUP,
        write_page_checksum=True,
    )


def generate(
    profile: Profile | str,
    out: Path = Path("artifacts"),
    *,
    format: str = "parquet",  # noqa: A002  # the word on the command line
    workers: int | None = None,
    replace_other: bool = False,
    validated: bool = True,
    sample_size: int | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Make the snapshot of a profile in `out/<profile>`, or find it there already.

    `format` is parquet, csv or both; `workers` processes make rows at a time (the cores of the machine by default; their
    number never changes the data). A snapshot of other data in that place is kept and `UsageError` raised, unless
    `replace_other`. `FindingsError` if the rows break a rule; then, and after any other failure, `out` is as it was.
    """
    if format not in FORMATS:
        raise UsageError(f"--format: {format!r} is not a format; give one of {', '.join(FORMATS)}")
    if workers is not None and not 1 <= workers <= 1024:
        raise UsageError(f"--workers: {workers}; give a number from 1 to 1024")
    begun = time.perf_counter()
    if isinstance(profile, str) and profile not in PROFILES:
        raise UsageError(f"no profile {profile!r}; {nearest(profile, PROFILES)}")
    shape = PROFILES[profile] if isinstance(profile, str) else profile
    planned, recipe, id_, folder = _addressed(shape, out)
    found = _standing(folder, id_, format, replace_other=replace_other)
    if found:
        return Generated(found, True, None, time.perf_counter() - begun, {})
    phases = {}
    with _partial(folder) as building:
        files = _make(planned, building, FORMATS[format], workers, progress)
        phases["generate"] = time.perf_counter() - begun
        read = FOLDERS[FORMATS[format][0]]
        paths = {
            name: [file.path for file in group if file.path.startswith(f"{read}/")] for name, group in files.items()
        }
        with catalogue(building, planned.model, paths) as connection:
            tables = _tables(connection, planned, files)
            phases["digest"] = time.perf_counter() - begun - sum(phases.values())
            report = None
            if validated:
                report = validation.validate(connection, planned.model, shape.as_of, planned.rows, sample_size)
                phases["validate"] = time.perf_counter() - begun - sum(phases.values())
        if report and not report.ok(strict=strict):
            raise FindingsError(f"{folder}: {report.told()}; nothing was written")
        if report and report.whole:
            _write_report(report, building)
        summary = report.to_json() if report and report.whole else None
        libraries = {name: version(name) for name in MADE_WITH}
        manifest = Manifest(id_, folder.name, recipe, MODEL, tables, libraries, summary)
        finish(building, manifest)
        _publish(building, folder, id_, replace_other=replace_other)
        phases["finish"] = time.perf_counter() - begun - sum(phases.values())
    return Generated(Snapshot(folder, manifest), False, report, time.perf_counter() - begun, phases)


def _addressed(shape: Profile, out: Path) -> tuple[Plan, dict[str, Any], str, Path]:
    """What is to be made, its recipe, its id and its folder, all known before anything is made."""
    planned = plan(MODEL, shape)
    if MODEL.limits:
        resolve(MODEL.limits.function)(planned.tenants)
    recipe = recipe_of(planned)
    id_ = identity(recipe, MODEL)
    varied = shape.variant or shape != PROFILES.get(shape.slug, shape)
    return planned, recipe, id_, out / (f"{shape.slug}-{id_[:8]}" if varied else shape.slug)


def planned(shape: Profile, out: Path) -> tuple[Path, str, dict[str, int], bool]:
    """What `generate` would do: the snapshot's folder, its id, its rows, and whether it is there already."""
    plan_, _, id_, folder = _addressed(shape, out)
    there = (folder / MANIFEST).is_file() and open_snapshot(folder, check=False).manifest.id == id_
    return folder, id_, plan_.rows, there


def _standing(folder: Path, id_: str, format_: str, *, replace_other: bool) -> Snapshot | None:
    """The snapshot that stands in `folder` already, if it is the one asked for."""
    if folder.is_symlink() and not folder.exists():
        raise UsageError(f"{folder}: is a link to nowhere; remove it")
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: is there and is not a snapshot; move it away or choose another --out")
    try:
        found = open_snapshot(folder)
    except SnapshotError:
        if replace_other:
            return None
        raise
    wanted = {FOLDERS[kind] for kind in FORMATS[format_]}
    if found.manifest.id == id_ and all((folder / name).is_dir() for name in wanted):
        return found
    if replace_other:
        return None
    what = (
        "the same rows in another format"
        if found.manifest.id == id_
        else f"another snapshot (id {found.manifest.id[:8]})"
    )
    raise UsageError(f"{folder}: holds {what}; use --replace, or choose another --out")


def _make(
    planned: Plan, folder: Path, formats: Sequence[str], workers: int | None, progress: Progress | None
) -> dict[str, list[File]]:
    units = cut(planned, UNIT_ROWS)
    files: dict[str, list[File]] = {entity.name: [] for entity in planned.model.entities}
    counted = {entity.name for entity in planned.model.entities if entity.counted}
    done, total = 0, planned.total_records
    if progress:
        progress(0, total)
    with _mapper(min(workers or os.cpu_count() or 1, len(units))) as mapped:
        for written in mapped(partial(make_unit, planned, folder, formats), range(len(units)), units):
            for name, file in written:
                files[name].append(file)
                if name in counted and file.path.startswith(f"{FOLDERS[formats[0]]}/"):
                    done += file.rows
            if progress:
                progress(done, total)
    return files


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """`map` here, or over processes where more than one is wanted."""
    if workers == 1:
        yield map
        return
    # spawned: forking after polars has used its threads hangs
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_end_with_parent, initargs=(os.getpid(),)
    ) as pool:

        def submit(*arguments: Any) -> Iterator[Any]:
            with _as_workers_shall_find_it():
                return pool.map(*arguments)

        try:
            yield submit
        except BaseException:
            pool.shutdown(cancel_futures=True)  # and wait: what is being written would outlive its folder
            raise


@contextmanager
def _as_workers_shall_find_it() -> Iterator[None]:
    """What processes inherit when they are spawned: interrupts left to the parent, and no main module to run again."""
    main = sys.modules["__main__"]
    hidden: dict[str, Any] = {name: vars(main).pop(name) for name in ("__spec__", "__file__") if name in vars(main)}
    main.__spec__ = None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        vars(main).update(hidden)


def _end_with_parent(parent: int) -> None:
    """End this worker soon after its parent was killed: what it writes would be nobody's."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _tables(connection: duckdb.DuckDBPyConnection, planned: Plan, files: Mapping[str, list[File]]) -> dict[str, Table]:
    """Read the files back for the logical digest of each entity."""
    tables = {}
    for entity in planned.model.entities:
        rows, left, right = connection.execute(digest.duckdb_sql(entity, f'"{entity.name}"')).fetchall()[0]
        tables[entity.name] = Table(rows, digest.digest(left, right), tuple(files[entity.name]))
    return tables


def _write_report(report: validation.Report, folder: Path) -> None:
    (folder / "reports").mkdir()
    text = json.dumps(report.to_json(), indent=1) + "\n"
    (folder / "reports" / "validation.json").write_text(text, encoding="utf-8")


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to build in, gone afterwards whatever happens; those of killed runs are removed too."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building, handle = _begin(folder)
    except OSError as error:
        raise UsageError(f"{folder.parent}: cannot be written ({error.strerror}); choose another --out") from None
    try:
        yield building
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SnapshotError(f"{folder}: the disk is full; free some space, nothing was left behind") from None
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another --out") from None
    finally:
        os.close(handle)
        shutil.rmtree(building, ignore_errors=True)


def _begin(folder: Path) -> tuple[Path, int]:
    """A new folder to build in, locked for as long as the handle is open; unlocked ones are of killed runs, and go."""
    beside = os.open(folder.parent, os.O_RDONLY)
    try:
        fcntl.flock(beside, fcntl.LOCK_EX)  # so that nobody sweeps between the making and the locking
        for left in folder.parent.glob(f".{folder.name}.*.partial"):
            _remove_unlocked(left)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        building.chmod(0o755)
        handle = os.open(building, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        return building, handle
    finally:
        os.close(beside)


def _remove_unlocked(left: Path) -> None:
    handle = os.open(left, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    except BlockingIOError:
        pass  # another run is building there
    finally:
        os.close(handle)


def _publish(building: Path, folder: Path, id_: str, *, replace_other: bool) -> None:
    """Put the finished snapshot in its place by rename; if another run was faster with the same one, leave that."""
    if replace_other and folder.exists():
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        folder.rename(aside / "old")
        building.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
        return
    try:
        building.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if open_snapshot(folder).manifest.id != id_:
            raise UsageError(
                f"{folder}: another run has put another snapshot there; use --replace, or choose another --out"
            ) from None
