"""What a project does to its test databases before any test: migrations, extensions, rows of its own."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from qaseed.errors import UsageError
from qaseed.postgres.urls import settings_of, whole_url

Hook = Callable[[str], Any]
"""Called with the URL of a database. A generator function runs up to its `yield` before the snapshot is loaded."""


@dataclass(frozen=True)
class Preparation:
    """A function that prepares the template once, and the files that it depends on."""

    hook: Hook
    files: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would be called and do nothing, as a coroutine function."""
        waits = inspect.iscoroutinefunction(self.hook) or inspect.isasyncgenfunction(self.hook)
        if waits or not (inspect.isfunction(self.hook) or inspect.ismethod(self.hook)):
            raise UsageError(
                "qaseed_prepare: is no plain function; write `def qaseed_prepare(url)`, which may call asyncio.run"
            )

    @cached_property
    def key(self) -> str:
        """The digest of the file that defines the function and of all other files; another one is another template."""
        content = hashlib.sha256()
        defined_in = inspect.getsourcefile(self.hook)
        for path in sorted({*self.files, *([Path(defined_in)] if defined_in else ())}):
            try:
                content.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
            except OSError as error:
                raise UsageError(f"qaseed_prepare_files: {path} cannot be read ({error.strerror})") from None
        return content.hexdigest()

    def run(self, url: str, load: Callable[[], object]) -> None:
        """Run the part before the `yield`, then `load`, then the rest; a plain function runs after `load`."""
        url = whole_url(settings_of(url))  # a form that drivers and SQLAlchemy read, too
        if not inspect.isgeneratorfunction(self.hook):
            load()
            self.hook(url)
            return
        steps: Generator[Any, None, None] = self.hook(url)
        if next(steps, _ENDED) is _ENDED:
            raise UsageError("qaseed_prepare: never yields; it does so once, where the snapshot is to be loaded")
        load()
        if next(steps, _ENDED) is not _ENDED:
            raise UsageError("qaseed_prepare: yields twice; it does so once, where the snapshot is to be loaded")


_ENDED = object()


def files_matching(patterns: Iterable[str], root: Path) -> tuple[Path, ...]:
    """The files of patterns, relative to a folder; `UsageError` if a pattern matches none."""
    files: list[Path] = []
    for pattern in patterns:
        matched = [path for path in root.glob(pattern) if path.is_file()]
        if not matched:
            raise UsageError(f"qaseed_prepare_files: {pattern} matches no file in {root}")
        files += matched
    return tuple(sorted(files))
