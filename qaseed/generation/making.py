"""Units that are made by tasks, wherever those run: each is whole in its folder, with a record of it, or not there."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qaseed.disk import replacing
from qaseed.errors import UsageError
from qaseed.generation.completing import Progress
from qaseed.generation.engines import Engine, engine_map
from qaseed.generation.request import versions
from qaseed.generation.units import UNIT_ROWS, Unit, split_units, write_unit
from qaseed.model import Model
from qaseed.plan import Plan
from qaseed.scratch import UNITS
from qaseed.snapshot import FOLDERS, File, sha256_of

Files = Mapping[str, Sequence[File]]
"""Files of rows, by entity."""


@dataclass(frozen=True)
class UnitFolder:
    """A folder of a snapshot, or of a part of one, that units are written to.

    A unit is written aside and moved file by file, its record last: a task that runs twice moves equal files to equal
    names, and one that is killed leaves a unit without a record, which is made again.
    """

    folder: Path

    def make(self, planned: Plan, formats: Sequence[str], number: int, unit: Unit) -> tuple[int, Files]:
        """Generate a unit and keep it here; returns its number and files."""
        units = self.folder / UNITS
        units.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=units, prefix=f"{number:05d}.") as aside:
            written = write_unit(planned, Path(aside), formats, number, unit)
            for _, file in written:
                target = self.folder / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                (Path(aside) / file.path).replace(target)
        files: dict[str, list[File]] = {}
        for name, file in written:
            files.setdefault(name, []).append(file)
        with replacing(units / f"{number:05d}.json") as record:
            record.write(_to_bytes(number, files))
        return number, files

    def check(self, files: Files) -> None:
        """`UsageError` if a unit that was made elsewhere is not seen here."""
        for group in files.values():
            for file in group:
                path = self.folder / file.path
                if not path.is_file() or path.stat().st_size != file.bytes:
                    raise not_shared(self.folder)

    def read(self, number: int, formats: Sequence[str]) -> Files:
        """The files of a unit as its record says; `ValueError` if there is none, or it is not one of such a unit."""
        try:
            document = json.loads((self.folder / UNITS / f"{number:05d}.json").read_bytes())
            files = {name: [_file(data) for data in group] for name, group in document["files"].items()}
        except (OSError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(number) from error
        for name, group in files.items():
            if [file.path for file in group] != [_path(name, kind, number) for kind in formats]:
                raise ValueError(number)
        return files

    def is_whole(self, file: File) -> bool:
        """Whether a file is here with the bytes that its record says."""
        path = self.folder / file.path
        with suppress(OSError):
            return not path.is_symlink() and path.stat().st_size == file.bytes and sha256_of(path) == file.sha256
        return False

    def finished(self, numbers: Iterable[int], formats: Sequence[str]) -> dict[int, Files]:
        """Those of the units that are whole."""
        whole = {}
        for number in numbers:
            with suppress(ValueError):
                files = self.read(number, formats)
                if all(self.is_whole(file) for group in files.values() for file in group):
                    whole[number] = files
        return whole

    def sweep(self) -> None:
        """Remove what killed tasks were writing."""
        for left in (self.folder / UNITS).glob("*"):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            elif left.suffix != ".json":
                left.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove the records, which are no part of a snapshot."""
        shutil.rmtree(self.folder / UNITS, ignore_errors=True)


def _to_bytes(number: int, files: Files) -> bytes:
    return json.dumps(
        {"unit": number, "files": {name: [asdict(file) for file in group] for name, group in files.items()}}
    ).encode()


def _file(data: Any) -> File:
    file = File(**data)
    if [type(value) for value in asdict(file).values()] != [str, int, int, str]:
        raise TypeError(data)
    return file


def _path(entity: str, kind: str, number: int) -> str:
    return f"{FOLDERS[kind]}/{entity}/part-{number:05d}.{kind}"


def not_shared(folder: Path) -> UsageError:
    """The error that workers write where this machine does not read."""
    return UsageError(f"{folder}: the workers do not have this folder; give --out a folder that all machines share")


def _make_alike(
    expected: Mapping[str, str], to: UnitFolder, planned: Plan, formats: Sequence[str], number: int, unit: Unit
) -> tuple[int, Files]:
    """Make a unit, wherever this runs; `UsageError` where other versions would write other bytes."""
    actual = versions()
    other = [
        f"{name} {actual[name]} and not {version}" for name, version in expected.items() if actual[name] != version
    ]
    if other:
        raise UsageError(f"worker on {platform.node()}: has {', '.join(other)}; install the same versions on all")
    try:
        return to.make(planned, formats, number, unit)
    except FileNotFoundError:
        raise not_shared(to.folder) from None


def units_of(planned: Plan) -> list[Unit]:
    """The units of a snapshot, whoever makes them."""
    return split_units(planned, UNIT_ROWS)


def make_units(
    planned: Plan,
    to: UnitFolder,
    formats: Sequence[str],
    units: Mapping[int, Unit],
    engine: Engine,
    progress: Progress | None,
) -> dict[int, Files]:
    """Make units, by number, where the engine says; returns the files of each, and reports their records."""
    counted = {entity.name for entity in planned.model.entities if entity.counted}
    of_all = len(units_of(planned))
    done, total = 0, planned.total_records * len(units) // of_all
    by_unit: dict[int, Files] = {}
    if progress:
        progress("generate", 0, total)
    task = partial(_make_alike, versions(), to, planned, formats)
    with engine_map(engine, len(units)) as mapped:
        for number, files in mapped(task, units.keys(), units.values()):
            if engine.is_elsewhere:
                to.check(files)
            by_unit[number] = files
            done += sum(file.rows for name in counted for file in files.get(name, ())) // len(formats)
            if progress:
                progress("generate", done, max(done, total) if len(by_unit) < len(units) else done)
    return by_unit


def joined(model: Model, by_unit: Mapping[int, Files]) -> dict[str, list[File]]:
    """The files of units in the order of their numbers, by entity."""
    return {
        entity.name: [file for number in sorted(by_unit) for file in by_unit[number].get(entity.name, ())]
        for entity in model.entities
    }
