"""Parts of a snapshot: ranges of its units that any machine makes alone, and continues after a kill."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from qaseed import audit, scratch
from qaseed.arguments import as_home_path
from qaseed.errors import SnapshotError, UsageError
from qaseed.generation.building import explained
from qaseed.generation.completing import Phases, Progress
from qaseed.generation.engines import Engine
from qaseed.generation.making import Place, make_units, units_of
from qaseed.generation.request import as_profile, check, libraries_of
from qaseed.generation.unit_folder import UnitFolder
from qaseed.generation.unit_records import Files, all_files
from qaseed.generation.unit_store import UnitStore, is_store
from qaseed.model import Model
from qaseed.model_json import to_json
from qaseed.profiles import Profile
from qaseed.snapshot import FORMATS
from qaseed.snapshot.locating import HEADER

MAX_PARTS = 100_000


@dataclass(frozen=True)
class Part:
    """Which part of a snapshot: `number`, from 1, of `of` with about as many units each."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of <= MAX_PARTS:
            raise UsageError(f"--part: {self.number}/{self.of}; give I/N, where I is from 1 to N")

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Part:
        """A part as users write it, such as `2/4`; `UsageError` for anything else."""
        numbers = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
        if not numbers:
            raise UsageError(f"--part: {text!r} is not a part; give I/N, such as 2/4")
        return cls(int(numbers[1]), int(numbers[2]))

    def of_units(self, units: int) -> range:
        """The numbers of its units: parts of equal N have each unit once."""
        return range((self.number - 1) * units // self.of, self.number * units // self.of)


@dataclass(frozen=True)
class PartHeader:
    """What a part says of itself: of which snapshot it is, and which of its `units` it has, `first` to `stop` - 1."""

    id: str
    name: str
    recipe: Mapping[str, Any]
    model: str
    """The sha256 of the model with its rules and wording, which `id` leaves out."""
    made_with: Mapping[str, str]
    format: str
    units: int
    first: int
    stop: int

    def __post_init__(self) -> None:
        numbers = (self.first, self.stop, self.units)
        if any(type(number) is not int for number in numbers) or not 0 <= self.first <= self.stop <= self.units:
            raise ValueError(numbers)
        if Path(self.name).name != self.name or self.format not in FORMATS:
            raise ValueError(self.name)

    def to_json(self) -> bytes:
        """The document that a part begins with."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"


@dataclass(frozen=True)
class PartResult:
    """The result of `generate_part`: a complete part."""

    part: Part
    place: str
    """Its folder, or its reference in a store: what `assemble` takes."""
    header: PartHeader
    existing: int
    """Units that were whole before."""
    generated: int
    """Units that this run made."""
    rows: Mapping[str, int]
    """Rows by entity."""
    bytes: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """What `qaseed generate --part --json` prints."""
        return {
            "part": str(self.part),
            "path": self.place,
            "id": self.header.id,
            "units": len(range(self.header.first, self.header.stop)),
            "existing": self.existing,
            "generated": self.generated,
            "rows": dict(self.rows),
            "bytes": self.bytes,
            "seconds": round(self.seconds, 4),
        }


@cache
def model_digest(model: Model) -> str:
    """The sha256 of all that a manifest says of a model."""
    return hashlib.sha256(json.dumps(to_json(model), sort_keys=True).encode()).hexdigest()


def generate_part(
    profile: Profile | str,
    part: Part | str,
    out: str | os.PathLike[str] = "artifacts",
    *,
    format: str = "parquet",  # noqa: A002  # the word on the command line
    workers: int | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> PartResult:
    """Generate a part of the snapshot of a profile in `out/<profile>.part-I-of-N`; parts need nothing of each other.

    - `part`: I/N, such as `2/4`: the second of four parts.
    - `out`: a folder, or the URL of a store in which every file is then a blob: S3, Azure, GCS or `file://`.
    - `profile`, `format`, `workers`, `engine`, `scheduler`, `executor`, `progress`: as those of `generate`.

    Units that are whole are kept: after a kill, an interrupt or a full disk the same call makes the rest. Rules are
    checked by `assemble`, where the rows are together.

    Raises `UsageError` (2) for impossible arguments, or if the folder has a part of another snapshot.
    """
    wanted = Part.parse(part) if isinstance(part, str) else part
    where = Engine(workers, engine, scheduler, executor)
    return make_part(
        as_profile(profile), wanted, out, format, where, progress, lambda _: f"part-{wanted.number}-of-{wanted.of}"
    )


def make_part(
    profile: Profile,
    wanted: Part,
    out: str | os.PathLike[str],
    format_: str,
    where: Engine,
    progress: Progress | None,
    ending: Callable[[PartHeader], str],
) -> PartResult:
    """Make a part whose name ends with what `ending` says of it; see `generate_part`."""
    phases = Phases()
    store = os.fspath(out) if is_store(os.fspath(out)) else None
    planned, recipe, id_, snapshot = check(profile, os.curdir if store else out, format_)
    formats = FORMATS[format_]
    units = units_of(planned, formats)
    mine = wanted.of_units(len(units))
    made_with = libraries_of(recipe)
    header = PartHeader(
        id_, snapshot.name, recipe, model_digest(planned.model), made_with, format_, len(units), mine.start, mine.stop
    )
    name = f"{snapshot.name}.{ending(header)}"
    folder = snapshot.with_name(name)
    to: Place = UnitStore(store.rstrip("/"), name) if store else UnitFolder(folder.absolute())
    place = str(to) if store else str(folder)
    facts = {"snapshot": {"name": snapshot.name, "id": id_}, "part": str(wanted)}
    with audit.recorded("generate", **facts) as event, _opened(to, header, progress):
        existing = to.finished(mine, formats)
        missing = {number: units[number] for number in mine if number not in existing}
        generated = make_units(planned, to, formats, missing, len(units), where, progress) if missing else {}
        event.facts |= {"units": len(mine), "existing": len(existing)}
    files = {**existing, **generated}
    sizes = sum(file.bytes for unit in files.values() for file in all_files(unit))
    rows = _rows(planned.model, files, len(formats))
    return PartResult(wanted, place, header, len(existing), len(generated), rows, sizes, phases.total)


def _rows(model: Model, by_unit: Mapping[int, Files], formats: int) -> dict[str, int]:
    return {
        entity.name: sum(file.rows for unit in by_unit.values() for file in unit.get(entity.name, ())) // formats
        for entity in model.entities
    }


@contextmanager
def _opened(to: Place, header: PartHeader, progress: Progress | None) -> Iterator[None]:
    """The place of a part, new or continued; it stays, however the run ends. A folder is for this run alone."""
    if isinstance(to, UnitStore):
        from qaseed.snapshot.pushing import check_name

        check_name(header.name)
        _begin(to, header, is_new=True)
        yield
        return
    with explained(to.folder, "what was made is kept, run it again"):
        to.folder.mkdir(parents=True, exist_ok=True)
        handle = scratch.lock(to.folder, waiting=lambda: progress and progress("wait", 0, 0))
        try:
            to.sweep_header()
            _begin(to, header, is_new=not any(to.folder.iterdir()))
            to.sweep()
            yield
        finally:
            os.close(handle)


def _begin(to: Place, header: PartHeader, *, is_new: bool) -> None:
    """Write what a new part says of itself; `UsageError` if there is another one, or something else."""
    try:
        content = to.read_header()
    except FileNotFoundError:
        if not is_new:
            raise _not_a_part(to) from None
        to.write_header(header.to_json())
        return
    try:
        other = differences(_parse(content), header)
    except (ValueError, TypeError):
        raise _not_a_part(to) from None
    if other:
        raise UsageError(f"{to}: is a part with another {other}; remove it or choose another --out")


def _not_a_part(to: Place) -> UsageError:
    return UsageError(f"{to}: exists and is not a part; move it away or choose another --out")


def place_of(part: str | os.PathLike[str]) -> Place:
    """The part in a folder, or of a reference to a store."""
    text = os.fspath(part)
    return UnitStore.parse(text) if is_store(text) else UnitFolder(as_home_path("part", part))


def read_header(place: Place) -> PartHeader:
    """What a part says of itself; `SnapshotError` if there is none."""
    try:
        content = place.read_header()
    except OSError:
        within = sorted(place.folder.glob(f"*/{HEADER}")) if isinstance(place, UnitFolder) else []
        remedy = f"give {within[0].parent}, which is one" if within else "`qaseed generate --part I/N` makes one"
        raise SnapshotError(f"{place}: is no part of a snapshot; {remedy}") from None
    try:
        return _parse(content)
    except (ValueError, TypeError):
        raise SnapshotError(f"{place}: its {HEADER} cannot be read; generate the part again") from None


def _parse(content: bytes) -> PartHeader:
    return PartHeader(**json.loads(content))


def differences(one: PartHeader, other: PartHeader, ignored: tuple[str, ...] = ()) -> str:
    """The fields in which two parts differ, those of their recipes by name; nothing if they agree."""
    names = [
        field.name
        for field in fields(PartHeader)
        if field.name not in ("id", *ignored) and getattr(one, field.name) != getattr(other, field.name)
    ]
    if "recipe" in names:
        both = {**one.recipe, **other.recipe}
        names += [name for name in both if one.recipe.get(name) != other.recipe.get(name)]
    return ", ".join(name for name in names if name not in ("recipe", "name")) or ("id" if one.id != other.id else "")
