"""All files below a folder, each once, by names that may be shown, and everything that cannot be read."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from qaseed.safety.redaction import located_name
from qaseed.scanning.findings import Finding, Skipped, in_name

DENIED = "permission denied; make it readable"


@dataclass(frozen=True, slots=True)
class File:
    """A file, and its path within the source as it may be shown."""

    shown: str
    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / self.name


@dataclass
class Walk:
    """What is in a folder: files in the order of their names, findings in names, and what cannot be read.

    A link to a folder is followed unless that folder was read already, so that loops end.
    """

    files: list[File] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    _visited: set[tuple[int, int]] = field(default_factory=set)
    _links: list[File] = field(default_factory=list)

    @classmethod
    def of(cls, source: Path) -> Walk:
        """All of a folder, or the file alone."""
        walk = cls()
        walk.findings += in_name(source.name, located_name(source.name))
        if source.is_dir():
            walk._folder(File("", source.parent, source.name))
            while walk._links:
                walk._folder(walk._links.pop(0))
        else:
            walk._sort_in(File(located_name(source.name), source.parent, source.name), follow=True)
        walk.files.sort(key=lambda file: (*file.folder.parts, file.name))
        return walk

    def _folder(self, top: File) -> None:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            try:
                path = folder.path
                status = path.stat()
                names = sorted(inner.name for inner in path.iterdir())
            except OSError as error:
                self.skipped.append(Skipped(f"{folder.shown}/", why(error)))
                continue
            if (status.st_dev, status.st_ino) in self._visited:
                continue
            self._visited.add((status.st_dev, status.st_ino))
            for name in names:
                inner = File("/".join(filter(None, [folder.shown, located_name(name)])), path, name)
                self.findings += in_name(name, inner.shown)
                if self._sort_in(inner, follow=False):
                    waiting.append(inner)

    def _sort_in(self, entry: File, *, follow: bool) -> bool:
        """Keep a file, or what cannot be read; whether it is a folder to go into at once."""
        try:
            path = entry.path
            is_link = not follow and path.is_symlink()
            mode = path.stat().st_mode
        except OSError as error:
            self.skipped.append(Skipped(entry.shown, why(error)))
            return False
        if stat.S_ISREG(mode):
            self.files.append(entry)
        elif not stat.S_ISDIR(mode):
            self.skipped.append(
                Skipped(entry.shown, "is a device, pipe or socket; save what comes out of it, and scan that file")
            )
        elif is_link:
            self._links.append(entry)
        return stat.S_ISDIR(mode) and not is_link


def why(error: OSError) -> str:
    """Why a file or folder cannot be read, and what to do."""
    if isinstance(error, PermissionError):
        return DENIED
    if isinstance(error, FileNotFoundError):
        return "is a link to nothing, or was removed meanwhile; remove the link"
    return f"cannot be read ({(error.strerror or type(error).__name__).lower()}); check the link, or the disk"
