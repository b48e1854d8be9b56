"""Terminals, pipes and closed outputs: width, colors, harmless characters, streams that outlive their readers."""

from __future__ import annotations

import io
import os
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

COLUMNS = 80
LOST_OUTPUT = 2
"""Exit code of a command that did its work and could not print its result, as for any bad path."""


def escape(text: str) -> str:
    """The text, harmless to a terminal: controls and overrides of direction become `\\x1b`, `\\n`, `\\u202e`."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads the stream as it is written."""
    return stream.isatty()


def has_color(stream: TextIO) -> bool:
    """Whether the stream gets ANSI sequences: `NO_COLOR` decides, then `FORCE_COLOR`, then whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (is_terminal(stream) and not _is_dumb())


def _is_dumb() -> bool:
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def terminal_width(stream: TextIO) -> int:
    """The columns of the stream's terminal: `COLUMNS`, or what the terminal itself reports."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or COLUMNS
    except (OSError, ValueError):
        return COLUMNS


def fold(line: str, stream: TextIO, indent: int | None = None) -> str:
    """The line as the stream shows it: escaped, and at a terminal folded between words, further lines indented."""
    line = escape(line)
    if not is_terminal(stream):
        return line
    margin = " " * (len(line) - len(line.lstrip()) if indent is None else indent)
    return textwrap.fill(
        line, terminal_width(stream), subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


class _ForgivingOutput(io.FileIO):
    """A standard output that never fails its writer: it drops what cannot be written, and `error` says why."""

    error: OSError | None = None

    def write(self, data: bytes | memoryview, /) -> int | None:  # type: ignore[override]  # what a BufferedWriter sends
        if self.error is None:
            try:
                return super().write(data)
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


@contextmanager
def standard_streams() -> Iterator[None]:
    """Standard streams that never fail a command: closed ones discard, readers may end, odd characters become `?`.

    Any other failure of standard output, such as a full disk, is one line on standard error at the end, with exit
    code 2.
    """
    _reopen_closed_streams()
    output = _ForgivingOutput(1, "w", closefd=False)
    sys.stdout = _text_stream(output, sys.stdout)
    sys.stderr = _text_stream(_ForgivingOutput(2, "w", closefd=False), sys.stderr)
    if os.environ.get("NO_COLOR") or _is_dumb():
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"  # typer would print help in bold and dim
    ended: SystemExit | None = None
    try:
        yield
    except SystemExit as error:
        ended = error
    sys.stdout.flush()
    if output.error and not isinstance(output.error, BrokenPipeError):
        print(f"qaseed: standard output: {output.error.strerror}; its content is lost", file=sys.stderr)
        ended = ended if ended and ended.code else SystemExit(LOST_OUTPUT)
    sys.stderr.flush()
    if ended:
        raise ended


def _reopen_closed_streams() -> None:
    """Open the streams that the caller closed: files and sockets would get their numbers, and be printed into."""
    for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:
            handle = os.open(os.devnull, os.O_RDWR)
            os.dup2(handle, number)
            if handle != number:
                os.close(handle)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)


def _text_stream(output: _ForgivingOutput, before: TextIO | None) -> TextIO:
    encoding = before.encoding if before else "utf-8"
    by_line = output.fileno() == 2 or output.isatty()
    buffered = io.BufferedWriter(output)  # type: ignore[type-var]  # a FileIO whose `write` takes fewer types
    return io.TextIOWrapper(buffered, encoding, errors="replace", line_buffering=by_line)
