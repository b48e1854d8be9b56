"""The artifact: a folder that describes itself, is complete when its manifest stands, and never changes after that."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from qaseed import scratch
from qaseed.arguments import as_path
from qaseed.engine import engine, translated_errors, unreadable
from qaseed.errors import SnapshotError, UsageError
from qaseed.model import NOW, Column, Entity, Model, from_json, to_json

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
FOLDERS = {"parquet": "data", "csv": "csv"}
FORMATS = {"parquet": ("parquet",), "csv": ("csv",), "both": ("parquet", "csv")}

CSV: dict[str, Any] = {"quote_style": "necessary", "null_value": "", "datetime_format": "%Y-%m-%d %H:%M:%S%.6f+00"}
"""How polars writes CSV so that null, the empty text and every moment come back: an empty text is quoted, null is not."""
SIGNATURE = r"[^/]+\.(?:sig|asc)"
"""Files that may stand beside those of SHA256SUMS: detached signatures."""

_TYPES = {"bool": "boolean", "bigint": "bigint", "text": "varchar", "date": "date", "timestamptz": "timestamptz"}


@dataclass(frozen=True)
class File:
    """One file of rows: where it is within the snapshot, and what is in it."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """The rows of one entity: how many, their logical digest, and the files that hold them, once for each format."""

    rows: int
    digest: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Manifest:
    """What a snapshot says of itself; no time, host, path nor duration."""

    id: str
    """The sha256, in hex, of all that determines its rows; equal for equal recipes, whatever the file format."""
    name: str
    """The name of its folder when it was generated."""
    recipe: Mapping[str, Any]
    """All that determines its rows besides the model, as plain JSON: profile, seed, as_of, counts of each tenant, ..."""
    model: Model
    """Its entities, columns and rules."""
    tables: Mapping[str, Table]
    """Its rows, by entity: how many, their logical digest, and their files."""
    made_with: Mapping[str, str]
    """The libraries that wrote it, with their versions; they do not determine its rows."""
    validation: Mapping[str, Any] | None
    """The report of the validation before it was finished; None if there was none, or only of a sample."""

    @property
    def rows(self) -> dict[str, int]:
        """Rows by entity, over all tenants; `tenant` and `scenario` too."""
        return {name: table.rows for name, table in self.tables.items()}

    @property
    def total_records(self) -> int:
        """Rows of all entities that count as records."""
        return sum(rows for name, rows in self.rows.items() if self.model.entity(name).counted)

    @property
    def digests(self) -> dict[str, str]:
        """The logical digest of each entity: equal for equal rows, in files and in Postgres."""
        return {name: table.digest for name, table in self.tables.items()}

    @property
    def summary(self) -> dict[str, Any]:
        """What names the snapshot wherever something is written down about it."""
        recipe = self.recipe if isinstance(self.recipe, Mapping) else {}
        told = {name: recipe.get(name) for name in ("profile", "seed", "as_of")}
        plain = {name: value for name, value in told.items() if isinstance(value, str | int)}
        return {"snapshot": {"name": self.name, "id": self.id}, "counts": self.rows} | plain

    def to_bytes(self) -> bytes:
        """The manifest as canonical JSON."""
        tables = {
            name: {"rows": table.rows, "digest": table.digest, "files": [asdict(file) for file in table.files]}
            for name, table in self.tables.items()
        }
        whole = {
            "format": FORMAT,
            "id": self.id,
            "name": self.name,
            "recipe": self.recipe,
            "tables": tables,
            "validation": self.validation,
            "made_with": self.made_with,
            "model": to_json(self.model),
        }
        return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Snapshot:
    """A finished snapshot in a folder of this machine; `open_snapshot` and `generate` make them."""

    folder: Path
    """Where its files are."""
    manifest: Manifest
    """What it says of itself."""

    def files(self, entity: str, kind: str) -> tuple[File, ...]:
        """The entity's files of a format, `parquet` or `csv`; empty if the snapshot has none of it."""
        return tuple(file for file in self.manifest.tables[entity].files if file.path.startswith(f"{FOLDERS[kind]}/"))

    @cached_property
    def kind(self) -> str:
        """The format to read: Parquet where it has both."""
        return "parquet" if (self.folder / FOLDERS["parquet"]).is_dir() else "csv"

    def catalog(self, threads: int | None = None) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A locked duckdb with a view of each entity."""
        paths = {name: [file.path for file in self.files(name, self.kind)] for name in self.manifest.tables}
        return open_catalog(self.folder, self.manifest.model, paths, threads)

    @property
    def bytes(self) -> int:
        """Bytes of all files of rows."""
        return sum(file.bytes for table in self.manifest.tables.values() for file in table.files)


def identity(recipe: Mapping[str, Any], model: Model) -> str:
    """The snapshot's id, known before generating: the sha256 of all that determines the rows.

    Of the model that is its shape, the settings of its recipes and the scenarios that are there; not its words and rules, nor
    how functions are called: what a function does is told by the generator's version in `recipe`.
    """
    there = {name for names in recipe.get("scenarios", {}).values() for name in names}
    scenarios = tuple(case for case in model.scenarios if case.name in there)
    told = to_json(replace(model, scenarios=scenarios, entities=tuple(map(_without_defaults, model.entities))))
    determines = {"recipe": recipe, "model": _without(told, _WORDS)}
    return hashlib.sha256(json.dumps(determines, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _without_defaults(entity: Entity) -> Entity:
    """The same with no other defaults than ids were made of before there were any for applications: no row depends on one."""
    columns = tuple(
        column if column.name in ("is_synthetic", "is_active") else replace(column, default=None)
        for column in entity.columns
    )
    return replace(entity, columns=columns)


_WORDS = {"doc", "promise", "rules", "function", "figures", "holds", "source"}
"""What of a model may be reworded without making other rows."""


def _without(data: Any, names: set[str]) -> Any:
    if isinstance(data, dict):
        return {name: _without(value, names) for name, value in data.items() if name not in names}
    return [_without(value, names) for value in data] if isinstance(data, list) else data


def with_defaults(snapshot: Snapshot) -> Snapshot:
    """The snapshot as tables are to be made for it: one from before there were defaults for applications has those of today."""
    model = snapshot.manifest.model
    if any(column.default == NOW for entity in model.entities for column in entity.columns):
        return snapshot
    from qaseed.practice import MODEL

    if model.name != MODEL.name:
        return snapshot
    known = {(entity.name, column.name): column for entity in MODEL.entities for column in entity.columns}

    def lend(entity: Entity, column: Column) -> Column:
        today = known.get((entity.name, column.name), column)
        lent = replace(column, default=today.default)
        alike = lent == replace(today, doc=column.doc, recipe=column.recipe)  # in type, accepted values and bounds
        return lent if column.default is None and alike else column

    entities = tuple(
        replace(entity, columns=tuple(lend(entity, column) for column in entity.columns)) for entity in model.entities
    )
    return replace(snapshot, manifest=replace(snapshot.manifest, model=replace(model, entities=entities)))


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def open_snapshot(snapshot: str | os.PathLike[str], *, check: bool = True) -> Snapshot:
    """Open a finished snapshot: the `Snapshot` that every other function takes.

    `snapshot` is its folder, or a name without a slash that is looked up in the folder of snapshots (`artifacts`, or `out` of
    `qaseed.toml`) where no folder has that name. Every byte is compared with SHA256SUMS, which takes about a second for a
    gigabyte on two cores, unless `check` is false.

    Raises `SnapshotError` (exit code 3) if it is missing, unfinished, altered, unreadable or of a newer format, and
    `UsageError` (2) if `snapshot` is not a path.
    """
    folder = as_path("snapshot", snapshot)
    try:
        folder = _located(folder)
        if not (folder / MANIFEST).is_file():
            raise _missing(folder)
        if check:
            _check_sums(folder)
        manifest = _read_manifest(folder)
        _check_files(folder, manifest)
    except OSError as error:
        raise unreadable(error, folder) from None
    return Snapshot(folder, manifest)


def _located(folder: Path) -> Path:
    """The folder of that path, or of that name in the folder of snapshots."""
    from qaseed.config import settings

    if len(folder.parts) != 1 or os.path.lexists(folder):
        return folder
    kept = output_folder(settings().out)
    if not (kept / folder).is_dir():
        raise not_found(str(folder), kept)
    return kept / folder


def as_snapshot(snapshot: Snapshot | str | os.PathLike[str]) -> Snapshot:
    """A snapshot that is open, or the one of that folder or name, opened and checked."""
    if isinstance(snapshot, Snapshot):
        return snapshot
    if not isinstance(snapshot, str | os.PathLike):
        raise UsageError(
            f"snapshot: {type(snapshot).__name__} is no snapshot; give its folder, its name, or what open_snapshot returns"
        )
    return open_snapshot(snapshot)


def output_folder(out: str | os.PathLike[str]) -> Path:
    """A folder of snapshots as the user names it, `~` for the home; `UsageError` if it is blank or a URL."""
    text = str(as_path("--out", out))
    if _URL.match(text):
        raise UsageError(f"--out: {text} is a URL; give a folder of this machine")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"--out: {text} has no home folder; write it in full") from None


_URL = re.compile(r"[A-Za-z][\w+.-]+://|(?:s3|gs|gcs|az|abfss?|https?|file|hdfs|postgres(?:ql)?):/", re.IGNORECASE)
"""A path object has one slash left of a URL's two."""


def names_in(out: Path) -> list[str]:
    """The names of the finished snapshots in a folder of snapshots; none where it cannot be read."""
    try:
        return sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    except OSError:
        return []


def not_found(name: str, out: Path) -> SnapshotError:
    """That there is no snapshot of that name, and which there are."""
    known = names_in(out)
    if not known:
        return SnapshotError(f"Snapshot not found: {name}. No snapshots in {out}/; make one with `qaseed generate`")
    listed = ", ".join(known[:MOST_LISTED]) + (
        f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    )
    near = get_close_matches(Path(name).name, known, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return SnapshotError(f"Snapshot not found: {name}.{hint} Snapshots in {out}/: {listed}.")


MOST_LISTED = 12


def _missing(folder: Path) -> SnapshotError:
    if folder.is_file():
        return SnapshotError(f"{folder}: is a file; give the folder of a snapshot")
    if not folder.is_dir():
        return not_found(str(folder), folder.parent)
    inside = names_in(folder)
    if inside:
        return SnapshotError(f"{folder}: is a folder of snapshots; name one of them: {', '.join(inside[:MOST_LISTED])}")
    return SnapshotError(f"{folder}: has no {MANIFEST}, so it was never finished; make it with `qaseed generate`")


def _altered(folder: Path, what: str) -> SnapshotError:
    return SnapshotError(f"{folder}: {what}; the snapshot was altered or cut short, get a fresh copy")


def _check_sums(folder: Path) -> None:
    """SHA256SUMS names every other file, and each has the bytes that it says."""
    if not (folder / SUMS).is_file():
        raise _altered(folder, f"{SUMS} is missing")
    listed: dict[str, str] = {}
    for line in (folder / SUMS).read_bytes().decode("utf-8", "replace").splitlines(keepends=True):
        digest, gap, path = line[:64], line[64:66], line[66:-1]
        if gap != "  " or not line.endswith("\n") or not _is_inside(path) or path in listed:
            raise _altered(folder, f"{SUMS} is not in order")
        listed[path] = digest
    present = {path.relative_to(folder).as_posix() for path in _files(folder)}
    strange = sorted(path for path in present - listed.keys() if not re.fullmatch(SIGNATURE, path))
    if strange:
        raise _altered(folder, f"{strange[0]} does not belong to it")
    missing = sorted(listed.keys() - present)
    if missing:
        raise _altered(folder, f"{missing[0]} is missing")
    links = {path for path in listed if (folder / path).is_symlink()}
    sums = _sums(folder, listed.keys() - links)
    altered = sorted(links | {path for path, digest in sums.items() if digest != listed[path]})
    if altered:
        raise _altered(folder, f"{altered[0]} is not what {SUMS} says")
    if MANIFEST not in listed:
        raise _altered(folder, f"{SUMS} does not cover {MANIFEST}")


def _is_whole(folder: Path) -> bool:
    """Whether every file has the bytes that SHA256SUMS says."""
    try:
        _check_sums(folder)
    except (SnapshotError, OSError):
        return False
    return True


def _sums(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """The sha256 of each file, taken on all cores: hashing lets other threads go on."""
    paths = list(paths)
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        return dict(zip(paths, cores.map(lambda path: sha256_of(folder / path), paths), strict=True))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and not set(path) & set("\\\0*?[")


def _read_manifest(folder: Path) -> Manifest:
    try:
        data = json.loads((folder / MANIFEST).read_bytes())
        number = data.pop("format")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _altered(folder, f"{MANIFEST} is not a manifest") from None
    if number != FORMAT:
        raise SnapshotError(f"{folder}: its format is {number}, this version reads {FORMAT}; upgrade qaseed")
    try:
        tables = {name: from_json(Table, table) for name, table in data.pop("tables").items()}
        model: Model = from_json(Model, data.pop("model"))
        manifest = Manifest(model=model, tables=tables, **data)
        if tables.keys() != model.by_name.keys():
            raise _altered(folder, f"{MANIFEST} has other tables than its model")
        if not re.fullmatch("[0-9a-f]{64}", manifest.id) or not manifest.name.isprintable():
            raise _altered(folder, f"{MANIFEST} has no id or name")
    except (KeyError, TypeError, AttributeError, UsageError) as error:
        raise _altered(folder, f"{MANIFEST} is not in order ({error})") from None
    return manifest


def _check_files(folder: Path, manifest: Manifest) -> None:
    """The manifest's own sums and sizes agree with the files."""
    for table in manifest.tables.values():
        for file in table.files:
            path = folder / file.path
            if not _is_inside(file.path) or not path.is_file() or path.stat().st_size != file.bytes:
                raise _altered(folder, f"{file.path} is not what {MANIFEST} says")


def finish(folder: Path, manifest: Manifest) -> None:
    """Write the sums and then, by rename, the manifest: only now is the snapshot there."""
    content = manifest.to_bytes()
    sums = _sums(folder, (path.relative_to(folder).as_posix() for path in _files(folder)))
    sums[MANIFEST] = hashlib.sha256(content).hexdigest()
    _write(folder / SUMS, "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items())).encode())
    _write(folder / f".{MANIFEST}", content)
    (folder / f".{MANIFEST}").rename(folder / MANIFEST)
    sync_folder(folder)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(folder: Path) -> None:
    """Remove a snapshot, its manifest first, so that a half removed one is not taken for whole."""
    if not (folder / MANIFEST).is_file() or not (folder / SUMS).is_file():
        raise SnapshotError(f"{folder}: is not a snapshot; nothing was removed")
    (folder / MANIFEST).unlink()
    shutil.rmtree(folder)


@contextmanager
def open_catalog(
    folder: Path,
    model: Model,
    paths: Mapping[str, list[str]],
    threads: int | None = None,
    where: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A duckdb in which each entity is a view of its files, and nothing else of the machine can be reached.

    `paths` are the entity's files within `folder`, all of one format. The connection is in UTC and cannot be reconfigured:
    a manifest's rules come from outside. What does not fit in memory is spilt into a folder that goes with it. Each of the
    `threads` (one a core) holds rows of its own. Failures name `where`, the folder itself by default.
    """
    where = where or folder
    with suppress(OSError), scratch.exclusive(folder.parent):
        scratch.sweep_partial(folder.parent)
    all_files = [folder / path for entity in model.entities for path in paths[entity.name]]
    with (
        translated_errors(where, "its rows cannot be read", all_files, partial(_is_whole, folder)),
        engine() as (connection, aside),
    ):
        link = aside / "snapshot"
        link.symlink_to(folder.resolve())  # duckdb would read `*` and `[` in the folder's own name as a pattern
        connection.execute("set global TimeZone = 'UTC'")  # of its cursors too
        if threads:
            connection.execute(f"set threads = {threads}")
        connection.execute("set allowed_directories = [?]", [f"{link}/"])
        for entity in model.entities:
            files = [str(link / path) for path in paths[entity.name]]
            columns = {column.name: _TYPES[column.type] for column in entity.columns}
            selected = ", ".join(f'"{name}"::{kind} as "{name}"' for name, kind in columns.items())
            wrong = f"its files of {entity.name} cannot be read"
            with translated_errors(where, wrong, all_files, partial(_is_whole, folder)):
                connection.execute(f'create view "{entity.name}" as select {selected} from {_source(files, columns)}')
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def _source(files: list[str], columns: Mapping[str, str]) -> str:
    names = "[" + ", ".join(_quoted(path) for path in files) + "]"
    if not files:
        empty = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
        return f"(select {empty} where false)"
    if files[0].endswith(".csv"):
        types = "{" + ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in columns.items()) + "}"
        return (
            f"read_csv({names}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
            f"nullstr = '', allow_quoted_nulls = false, max_line_size = 100000000, columns = {types})"
        )
    return f"read_parquet({names})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
