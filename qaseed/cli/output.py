"""What commands print: data on stdout; progress, messages and one line for an error on stderr."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TextIO, TypeVar

import typer

from qaseed.cli.terminal import escape, fold, has_color, is_terminal
from qaseed.errors import ConfirmationError, QaseedError, ResourceError, UsageError
from qaseed.installation import check_installation, explain

if TYPE_CHECKING:
    from qaseed.postgres.changes import Changes

P = ParamSpec("P")
T = TypeVar("T")

Progress = Callable[[str, int, int], None]


def _lacks_resources(error: Exception) -> bool:
    """Whether the machine has no memory or process left: Python and the loader of libraries say so only in words."""
    words = ("can't start new thread", "failed to map segment", "cannot allocate memory")
    return isinstance(error, MemoryError) or any(text in str(error).lower() for text in words)


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command whose expected failures are one line on stderr and a documented exit code."""

    signature = inspect.signature(function, eval_str=True)

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        _hide_driver_log()
        try:
            check_installation()
            function(*args, **kwargs)
        except QaseedError as error:
            fail(error)
        except ModuleNotFoundError as error:
            explained = explain(error)
            if not isinstance(explained, QaseedError):
                raise
            fail(explained)
        except OSError as error:
            what = f"{error.filename or 'output'}: {error.strerror or error}"
            fail(UsageError(f"{what}; check the path, its permissions and its disk"))
        except (KeyboardInterrupt, typer.Abort) as error:
            if isinstance(error, typer.Abort):
                print(file=sys.stderr)  # below the question that was not answered
            print_message("qaseed: interrupted; nothing was left half done")
            raise typer.Exit(130) from None
        except (MemoryError, RuntimeError, ImportError) as error:
            if not _lacks_resources(error):
                raise
            problem = f"not enough memory or processes ({error or 'MemoryError'})"
            fail(ResourceError(f"{problem}; end other programs, or raise the limits of `ulimit -a`"))

    # typer evaluates annotations that are text three times
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return run


def _hide_driver_log() -> None:
    """Print nothing of what psycopg logs: a rollback that a lost connection cannot do is no line beside the error's."""
    logging.getLogger("psycopg").addHandler(logging.NullHandler())


def fail(error: QaseedError) -> NoReturn:
    """End the command with the error's line and exit code."""
    print_message(f"qaseed: {' '.join(str(error).split())}")
    raise typer.Exit(error.exit_code)


def print_message(line: str) -> None:
    """Print a line for people, on stderr; in a log of both it is below the data that was printed before."""
    with suppress(OSError, ValueError):  # a reader that is gone is met where stdout is flushed at the end
        sys.stdout.flush()
    print(fold(line, sys.stderr), file=sys.stderr, flush=True)


def print_line(line: str = "") -> None:
    """Print a line of data, on stdout."""
    print(fold(line, sys.stdout))


def print_text(text: str) -> None:
    """Print a document or a path, on stdout: unchanged for files and programs, escaped at a terminal."""
    if is_terminal(sys.stdout):
        print("\n".join(map(escape, text.split("\n"))))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(f"{text}\n"))


def print_json(data: Any) -> None:
    """Print the JSON document of a command, on stdout; control characters, and those that it lacks, are escaped."""
    text = json.dumps(data, indent=2, ensure_ascii=not _is_unicode(sys.stdout), default=str)
    print(
        text
        if text.isprintable()
        else "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    )


def _is_unicode(stream: TextIO) -> bool:
    return stream.encoding.lower().replace("-", "") == "utf8"


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress | None]:
    """Report the progress of long work: a bar at a terminal, a line for each phase elsewhere, nothing if quiet."""
    if quiet:
        yield None
    elif is_terminal(sys.stderr) and has_color(sys.stderr):
        with _progress_bar() as report:
            yield report
    else:
        yield _progress_lines()


def _progress_lines() -> Progress:
    quarters: dict[str, int] = {}

    def report(phase: str, done: int, total: int) -> None:
        if phase not in quarters and not total:
            print_message(f"{phase} ...")
        quarter = 4 * done // total if total else 0
        if total > 1 and quarter > quarters.get(phase, -1):
            print_message(f"{phase}: {100 * done // total}% ({done}/{total})")
        quarters[phase] = max(quarter, quarters.get(phase, -1))

    return report


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Bar(*columns, console=Console(stderr=True)) as bar:

        def report(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=total or None)
            if total > 1:
                bar.update(tasks[phase], total=total, completed=done)
            elif total and not bar.tasks[tasks[phase]].total:
                bar.update(tasks[phase], total=1, completed=1)

        yield report


def rounded_seconds(phases: Mapping[str, float]) -> dict[str, float]:
    """Seconds by phase, rounded to a tenth of a millisecond."""
    return {name: round(seconds, 4) for name, seconds in phases.items()}


def ask_to_continue(question: str, *, yes: bool, no_input: bool) -> None:
    """Continue if the user agrees, by --yes or at a terminal; `UsageError` otherwise."""
    if yes:
        return
    if no_input or not is_terminal(sys.stdin):
        raise UsageError(f"{question} Add --yes")
    if not typer.confirm(escape(question), err=True):
        raise UsageError("not confirmed; nothing was removed")


def print_changes(changes: Mapping[str, Changes]) -> None:
    """Print which rows of others a command replaced or removed, a line for each table."""
    for name, change in changes.items():
        print_line(
            f"table {name}: since the load before, {change.inserted:,} rows were inserted, {change.updated:,} updated, "
            f"{change.deleted:,} deleted"
        )


def format_bytes(number: int) -> str:
    """A number of bytes as people read it, such as `1.5 MiB`."""
    amount, unit = float(number), 0
    while amount >= 1024 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:,.1f} {UNITS[unit]}" if unit else f"{number} {UNITS[0]}"


UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def prompt_for_name(error: QaseedError | None, *, no_input: bool) -> str | None:
    """The database's name, typed at a terminal; None if the error asks for something else, or there is no terminal."""
    if not isinstance(error, ConfirmationError) or no_input or not is_terminal(sys.stdin):
        return None
    print_message(f"qaseed: {error}")
    typed: str = typer.prompt("Type the database's name to continue", err=True)
    return typed


def with_confirmation(call: Callable[[str | None], T], confirm: str | None, *, no_input: bool) -> T:
    """The result of a call that may need the database's name, which a terminal is asked for.

    A wrong name is asked for again; the same wrong name twice raises the error.
    """
    while True:
        try:
            return call(confirm)
        except ConfirmationError as error:
            name = prompt_for_name(error, no_input=no_input)
            if name is None or name == confirm:
                raise
            confirm = name
