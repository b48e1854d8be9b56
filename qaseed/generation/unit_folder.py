"""Units in a folder: of a snapshot that is built, or of a part."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from qaseed.disk import make_parents, replacing
from qaseed.errors import UsageError
from qaseed.generation.unit_records import Files, all_files, from_bytes, record_name, to_bytes
from qaseed.scratch import UNITS
from qaseed.snapshot import File, sha256_of
from qaseed.snapshot.locating import HEADER


@dataclass(frozen=True)
class UnitFolder:
    """A folder of a snapshot, or of a part of one, that units are written to.

    A unit is written aside and moved file by file, its record last: a task that runs twice moves equal files to equal
    names, and one that is killed leaves a unit without a record, which is made again.
    """

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    def read_header(self) -> bytes:
        """What the part says of itself; `FileNotFoundError` without."""
        return (self.folder / HEADER).read_bytes()

    def write_header(self, content: bytes) -> None:
        """Write what the part says of itself."""
        with replacing(self.folder / HEADER) as file:
            file.write(content)

    def sweep_header(self) -> None:
        """Remove what was to become the header when a run was killed."""
        for left in self.folder.glob(f".{HEADER}.*"):
            left.unlink(missing_ok=True)

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """A new folder in which a task writes its unit; `UsageError` where other machines have none of this."""
        units = self.folder / UNITS
        try:
            units.mkdir(exist_ok=True)
        except FileNotFoundError:
            raise self._not_shared() from None
        with tempfile.TemporaryDirectory(dir=units) as aside:
            yield Path(aside)

    def keep(self, number: int, aside: Path, files: Files) -> None:
        """Move the files of a unit to their places, and then write its record."""
        for file in all_files(files):
            target = self.folder / file.path
            make_parents(self.folder, target)
            (aside / file.path).replace(target)
        with replacing(self.folder / UNITS / record_name(number)) as record:
            record.write(to_bytes(number, files))

    def check(self, files: Files) -> None:
        """`UsageError` if a unit that was made elsewhere is not seen here."""
        for file in all_files(files):
            path = self.folder / file.path
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise self._not_shared()

    def _not_shared(self) -> UsageError:
        return UsageError(f"{self}: the workers do not have this folder; give --out a folder that all machines share")

    def read(self, number: int, formats: Sequence[str]) -> Files:
        """The files of a unit as its record says; `ValueError` if there is none, or it is not one of such a unit."""
        try:
            return from_bytes((self.folder / UNITS / record_name(number)).read_bytes(), number, formats)
        except OSError as error:
            raise ValueError(number) from error

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
                if all(map(self.is_whole, all_files(files))):
                    whole[number] = files
        return whole

    def fetch(self, file: File, target: Path) -> None:
        """Put a file in its place in a snapshot: a link, or a copy where there is none; `FileNotFoundError` without."""
        source = self.folder / file.path
        try:
            target.hardlink_to(source)
        except FileNotFoundError:
            raise
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, target, follow_symlinks=False)

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
