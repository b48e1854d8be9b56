"""How things are told: progress on stderr, data on stdout, one line for an error."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import typer

from qaseed.errors import ConfirmationError, QaseedError, UsageError

P = ParamSpec("P")
T = TypeVar("T")
Progress = Callable[[str, int, int], None]


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose expected failures are one line on stderr and a documented exit code."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
            sys.stdout.flush()
        except QaseedError as error:
            fail(error)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
        except OSError as error:
            fail(
                UsageError(
                    f"{error.filename or 'output'}: {error.strerror}; check the path, its permissions and its disk"
                )
            )
        except KeyboardInterrupt:
            say("qaseed: interrupted; nothing was left half done")
            raise typer.Exit(130) from None

    return run


def fail(error: QaseedError) -> None:
    """End the command with the error's line and exit code."""
    say(f"qaseed: {' '.join(str(error).split())}")
    raise typer.Exit(error.exit_code)


def say(line: str) -> None:
    """A line for people, on stderr."""
    if sys.stderr is not None:  # closed by the caller
        print(line, file=sys.stderr, flush=True)


def tell(line: str = "") -> None:
    """A line of data, on stdout."""
    print(line)


def tell_json(data: Any) -> None:
    """The one JSON document of a command, on stdout."""
    print(json.dumps(data, indent=2, ensure_ascii=False, default=str))


def tell_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns in line, numbers to the right."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *texts, strict=True)]
    right = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    for line in ([*head], *texts):
        cells = (
            cell.rjust(width) if r else cell.ljust(width) for cell, width, r in zip(line, widths, right, strict=True)
        )
        tell("  ".join(cells).rstrip())


def _text(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else "" if cell is None else str(cell)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress | None]:
    """Progress of long work: a bar on a terminal, a line a phase elsewhere, nothing if quiet."""
    if quiet:
        yield None
    elif sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar() as shown:
            yield shown
    else:
        yield _lines()


def _lines() -> Progress:
    told: dict[str, int] = {}

    def show(phase: str, done: int, total: int) -> None:
        if phase not in told and not total:
            say(f"{phase} ...")
        quarter = 4 * done // total if total else 0
        if total > 1 and quarter > told.get(phase, -1):
            say(f"{phase}: {100 * done // total}% ({done}/{total})")
        told[phase] = max(quarter, told.get(phase, -1))

    return show


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Bar(*columns, console=Console(stderr=True)) as bar:

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=total or None)
            if total > 1:
                bar.update(tasks[phase], total=total, completed=done)
            elif total and not bar.tasks[tasks[phase]].total:
                bar.update(tasks[phase], total=1, completed=1)

        yield show


def rounded(phases: Mapping[str, float]) -> dict[str, float]:
    """Seconds as people and scripts want to read them."""
    return {name: round(seconds, 4) for name, seconds in phases.items()}


def agree(question: str, *, yes: bool, no_input: bool) -> None:
    """Go on if the user agrees, by --yes or at a terminal; `UsageError` otherwise."""
    if yes:
        return
    if no_input or not sys.stdin.isatty():
        raise UsageError(f"{question} Add --yes")
    if not typer.confirm(question, err=True):
        raise UsageError("not agreed; nothing was removed")


def typed_name(error: QaseedError | None, *, no_input: bool) -> str | None:
    """The database's name as somebody at a terminal types it, where that is all that is missing."""
    if not isinstance(error, ConfirmationError) or no_input or sys.stderr is None or not sys.stdin.isatty():
        return None
    say(f"qaseed: {error}")
    typed: str = typer.prompt("Type the database's name to go on", err=True)
    return typed


def confirmed(call: Callable[[str | None], T], confirm: str | None, *, no_input: bool) -> T:
    """What needs the database's name, asked for at a terminal until it is right or given twice."""
    while True:
        try:
            return call(confirm)
        except ConfirmationError as error:
            name = typed_name(error, no_input=no_input)
            if name is None or name == confirm:
                raise
            confirm = name
