"""Objects as the files of a folder: each is written beside its place, and then put there at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from qaseed.errors import SnapshotError, StoreError
from qaseed.stores.backends import DeniedError, ObjectMeta

READ = 1 << 20
UNFINISHED = "#"
"""In the name of a file that is being written, which no list has."""


class FolderBackend:
    """The objects of a folder, for processes of all machines that share it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self._url = folder, url

    def read(self, key: str, most: int) -> tuple[ObjectMeta, bytes]:
        """A small object; `SnapshotError` for one of more bytes."""
        with self._explained(), (self.folder / key).open("rb") as file:
            meta, content = self._meta(key, os.fstat(file.fileno())), file.read(most + 1)
        if len(content) > most:
            raise SnapshotError(f"{self._url}: {key} is too large; it was altered in the store")
        return meta, content

    def stream(self, key: str, size: int, start: int) -> Iterator[bytes]:
        """The bytes of an object of that size from `start` on; `SnapshotError` for another size."""
        with self._explained(), (self.folder / key).open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size != size:
                raise SnapshotError(f"{self._url}: {key} has another size; push the snapshot again")
            file.seek(start)
            while chunk := file.read(READ):
                yield chunk

    def head(self, key: str) -> ObjectMeta | None:
        """What is known of an object; None if it does not exist."""
        try:
            with self._explained():
                return self._meta(key, (self.folder / key).stat())
        except FileNotFoundError:
            return None

    def write(self, key: str, chunks: Iterator[bytes]) -> None:
        """Write an object, which is seen only when the last chunk is there; it replaces the one of its key."""
        with self._written(key, chunks) as unfinished:
            unfinished.replace(self.folder / key)

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object; False if one has its key already."""
        with self._written(key, iter([content])) as unfinished:
            try:
                os.link(unfinished, self.folder / key)
            except FileExistsError:
                return False
            return True

    def list(self, folder: str) -> Iterator[Sequence[ObjectMeta]]:
        """The objects below a folder, in one page."""
        metas = []
        with self._explained():
            for parent, _, names in os.walk(self.folder / folder, onerror=_raise_unless_missing):
                for path in (Path(parent, name) for name in names if UNFINISHED not in name):
                    with suppress(FileNotFoundError):  # somebody removed it
                        metas.append(self._meta(path.relative_to(self.folder).as_posix(), path.stat()))
        yield metas

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is missing is none the less removed."""
        with self._explained():
            for key in keys:
                (self.folder / key).unlink(missing_ok=True)

    @contextmanager
    def _written(self, key: str, chunks: Iterator[bytes]) -> Iterator[Path]:
        path = self.folder / key
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            prefix = f"{path.name}{UNFINISHED}"
            unfinished = NamedTemporaryFile(dir=path.parent, prefix=prefix, delete=False)  # noqa: SIM115
        try:
            with unfinished as file:
                for chunk in chunks:  # of a file elsewhere, whose errors are not this folder's
                    with self._explained():
                        file.write(chunk)
                with self._explained():
                    file.flush()
                    os.fchmod(file.fileno(), 0o666 & ~_UMASK)
            with self._explained():
                yield Path(unfinished.name)
        finally:
            Path(unfinished.name).unlink(missing_ok=True)

    def _meta(self, key: str, stat: os.stat_result) -> ObjectMeta:
        return ObjectMeta(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            raise FileNotFoundError from None
        except PermissionError:
            raise DeniedError(f"{self._url}: access denied (no permission)") from None
        except OSError as error:
            reason = f"{error.strerror or type(error).__name__}; check the folder, its permissions and its disk"
            raise StoreError(f"{self._url}: {reason}") from None


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()
