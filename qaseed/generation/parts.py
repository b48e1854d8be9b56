"""Parts of a snapshot: ranges of its units that any machine makes alone, and continues after a kill."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from qaseed import audit, scratch
from qaseed.disk import replacing
from qaseed.errors import SnapshotError, UsageError
from qaseed.generation.building import explained
from qaseed.generation.completing import Phases, Progress
from qaseed.generation.engines import Engine
from qaseed.generation.making import Files, UnitFolder, make_units, units_of
from qaseed.generation.request import as_profile, check, libraries_of
from qaseed.model import Model
from qaseed.model_json import to_json
from qaseed.practice import MODEL
from qaseed.profiles import Profile
from qaseed.snapshot import FORMATS

PART = "part.json"
"""What a part says of itself, written before its first unit."""
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


@dataclass(frozen=True)
class PartResult:
    """The result of `generate_part`: a complete part."""

    part: Part
    folder: Path
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
            "path": str(self.folder),
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
    - `profile`, `out`, `format`, `workers`, `engine`, `scheduler`, `executor`, `progress`: as those of `generate`.

    Units that are whole are kept: after a kill, an interrupt or a full disk the same call makes the rest. Rules are
    checked by `assemble`, where the rows are together.

    Raises `UsageError` (2) for impossible arguments, or if the folder has a part of another snapshot.
    """
    phases = Phases()
    where = Engine(workers, engine, scheduler, executor)
    wanted = Part.parse(part) if isinstance(part, str) else part
    planned, recipe, id_, snapshot = check(as_profile(profile), out, format)
    units = units_of(planned)
    mine = wanted.of_units(len(units))
    made_with = libraries_of(recipe)
    header = PartHeader(
        id_, snapshot.name, recipe, model_digest(MODEL), made_with, format, len(units), mine.start, mine.stop
    )
    folder = snapshot.with_name(f"{snapshot.name}.part-{wanted.number}-of-{wanted.of}")
    facts = {"snapshot": {"name": snapshot.name, "id": id_}, "part": str(wanted)}
    with audit.recorded("generate", **facts) as event, _part_folder(folder, header):
        to, formats = UnitFolder(folder.absolute()), FORMATS[format]
        to.sweep()
        existing = to.finished(mine, formats)
        missing = {number: units[number] for number in mine if number not in existing}
        generated = make_units(planned, to, formats, missing, where, progress) if missing else {}
        event.facts |= {"units": len(mine), "existing": len(existing)}
    files = {**existing, **generated}
    sizes = sum(file.bytes for unit in files.values() for group in unit.values() for file in group)
    rows = _rows(planned.model, files, len(formats))
    return PartResult(wanted, folder, header, len(existing), len(generated), rows, sizes, phases.total)


def _rows(model: Model, by_unit: Mapping[int, Files], formats: int) -> dict[str, int]:
    return {
        entity.name: sum(file.rows for unit in by_unit.values() for file in unit.get(entity.name, ())) // formats
        for entity in model.entities
    }


@contextmanager
def _part_folder(folder: Path, header: PartHeader) -> Iterator[None]:
    """The folder of a part, new or continued, for this run alone; it stays, however the run ends."""
    with explained(folder, "what was made is kept, run it again"):
        folder.mkdir(parents=True, exist_ok=True)
        handle = scratch.lock(folder)
        try:
            if any(folder.iterdir()):
                _check_same(folder, header)
            else:
                with replacing(folder / PART) as file:
                    file.write(json.dumps(asdict(header), indent=1).encode() + b"\n")
            yield
        finally:
            os.close(handle)


def _check_same(folder: Path, header: PartHeader) -> None:
    try:
        existing = read_header(folder)
    except SnapshotError:
        raise UsageError(f"{folder}: exists and is not a part; move it away or choose another --out") from None
    other = differences(existing, header)
    if other:
        raise UsageError(f"{folder}: is a part with another {other}; remove it or choose another --out")


def read_header(folder: Path) -> PartHeader:
    """What the part in a folder says of itself; `SnapshotError` if there is none."""
    try:
        return PartHeader(**json.loads((folder / PART).read_bytes()))
    except FileNotFoundError:
        raise SnapshotError(f"{folder}: is no part of a snapshot; `qaseed generate --part I/N` makes one") from None
    except (ValueError, TypeError, OSError):
        raise SnapshotError(f"{folder}: its {PART} cannot be read; generate the part again") from None


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
