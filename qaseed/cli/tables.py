"""Tables, and names with values: folded between words at a terminal, plain and whole in pipes and files."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from qaseed.cli.terminal import escape, fold, has_color, is_terminal, terminal_width

GAP = 2
MINIMUM_WIDTH = 20
"""A column of text is not folded to fewer characters; the rows are listed instead."""
Cells = Sequence[Sequence[str]]


def print_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print aligned columns, numbers to the right; at a terminal that is too narrow, each row is a paragraph."""
    from rich.cells import cell_len

    cells = [[escape(_format_cell(cell)) for cell in row] for row in rows]
    columns = list(zip(head, *cells, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    if is_terminal(sys.stdout):
        words = [max(cell_len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
        minimum = [max(word, min(width, MINIMUM_WIDTH)) for word, width in zip(words, widths, strict=True)]
        room = terminal_width(sys.stdout) - GAP * (len(head) - 1)
        if sum(minimum) > room:
            _print_paragraphs(head, cells)
            return
        widths = _fit_widths(minimum, widths, room)
    numeric = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    _print_columns(head, cells, widths, numeric)


def _fit_widths(minimum: Sequence[int], maximum: Sequence[int], room: int) -> list[int]:
    """Widths that use the room. rich shrinks the widest columns and breaks their words; this never breaks one."""
    widths = list(minimum)
    spare = room - sum(minimum)
    by_need = sorted(range(len(minimum)), key=lambda i: maximum[i] - minimum[i])
    for columns_left, i in zip(range(len(by_need), 0, -1), by_need, strict=True):
        more = min(maximum[i] - minimum[i], spare // columns_left)
        widths[i], spare = widths[i] + more, spare - more
    return widths


def _print_columns(head: Sequence[str], cells: Cells, widths: Sequence[int], numeric: Sequence[bool]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for name, width, is_numeric in zip(head, widths, numeric, strict=True):
        table.add_column(Text(name), width=width, justify="right" if is_numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))  # a Text, because brackets in data are no markup
    colors = has_color(sys.stdout)
    console = Console(
        width=sum(widths) + GAP * len(widths),
        force_terminal=colors,
        color_system="standard" if colors else None,
    )
    with console.capture() as capture:
        console.print(table)
    print("\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n")))


def _print_paragraphs(head: Sequence[str], cells: Cells) -> None:
    """Print each row as its first cell, then its last one if that is prose, then the others with their names."""
    has_prose = bool(head[-1]) and any(" " in row[-1] for row in cells)
    for title, *others in cells:
        print(_bold(fold(title, sys.stdout, GAP)))
        lines = [others.pop()] if has_prose else []
        named = [
            _keep_together(f"{name}: {cell}" if name else cell)
            for name, cell in zip(head[1:], others, strict=False)
            if cell
        ]
        lines.append((" " * GAP).join(named))
        for line in filter(None, lines):
            print(fold(" " * 2 * GAP + line, sys.stdout).replace(_NO_BREAK, " "))


_NO_BREAK = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Replaces a blank that no fold may break: a printable character of one column that no data needs."""


def _keep_together(text: str) -> str:
    return text.replace(" ", _NO_BREAK) if len(text) <= 2 * MINIMUM_WIDTH else text


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if has_color(sys.stdout) else text


def print_fields(fields: Mapping[str, Any]) -> None:
    """Print names and values: lines `name: value` for scripts; at a terminal two columns, without empty values."""
    width = max(map(len, fields), default=0) + GAP
    for name, value in fields.items():
        text = _format_value(value)
        if not is_terminal(sys.stdout):
            print(escape(f"{name}: {text}".rstrip()))
        elif text:
            line = name.replace("_", " ").ljust(width) + text
            # a path stays on the line of its name: a fold would only move it to the next one
            print(escape(line) if len(text.split()) == 1 else fold(line, sys.stdout, width))


def _format_value(value: Any) -> str:
    """A value as people read it: lists with commas, nothing for None."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_format_cell(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_format_value, value))
    return "" if value is None else str(value)


def _format_cell(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else "" if cell is None else str(cell)
