"""Tables and facts: folded between words at a terminal, plain and whole in pipes and files."""

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
    """Columns in line, numbers to the right; at a terminal that is too narrow for them each row is a paragraph."""
    from rich.cells import cell_len

    cells = [[escape(_text(cell)) for cell in row] for row in rows]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    columns = list(zip(head, *cells, strict=True))
    widest = [max(map(cell_len, column)) for column in columns]
    if not is_terminal(sys.stdout) and not has_color(sys.stdout):
        for line in ([*head], *cells):
            padded = (
                " " * (wide - cell_len(cell)) + cell if r else cell + " " * (wide - cell_len(cell))
                for cell, wide, r in zip(line, widest, right, strict=True)
            )
            print((" " * GAP).join(padded).rstrip())
        return
    if is_terminal(sys.stdout):
        words = [max(cell_len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
        least = [max(word, min(wide, MINIMUM_WIDTH)) for word, wide in zip(words, widest, strict=True)]
        room = terminal_width(sys.stdout) - GAP * (len(head) - 1)
        if sum(least) > room:
            _list_rows(head, cells)
            return
        widest = _shared(least, widest, room)
    _draw(head, cells, widest, right)


def _shared(least: Sequence[int], most: Sequence[int], room: int) -> list[int]:
    """Widths from `least` to `most` that together fill the room, if need be; what is spare falls evenly on those that want it."""
    widths = list(least)
    spare = room - sum(least)
    wanting = sorted(range(len(least)), key=lambda i: most[i] - least[i])
    for left, i in zip(range(len(wanting), 0, -1), wanting, strict=True):
        more = min(most[i] - least[i], spare // left)
        widths[i], spare = widths[i] + more, spare - more
    return widths


def _draw(head: Sequence[str], cells: Cells, widths: Sequence[int], right: Sequence[bool]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colors = has_color(sys.stdout)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for name, wide, r in zip(head, widths, right, strict=True):
        table.add_column(Text(name), width=wide, justify="right" if r else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    whole = sum(widths) + GAP * len(widths)
    # Text throughout: square brackets in data are no markup
    Console(width=whole, force_terminal=colors, color_system="standard" if colors else None).print(table)


def _list_rows(head: Sequence[str], cells: Cells) -> None:
    """Each row as its first cell, then its last one, where that is prose, and then the others by name."""
    prose = bool(head[-1]) and any(" " in row[-1] for row in cells)
    for title, *others in cells:
        print(_bold(fold(title, sys.stdout, GAP)))
        lines = [others.pop()] if prose else []
        # blanks within a short name and value are kept together
        named = [
            _without_breaks(f"{name}: {cell}" if name else cell)
            for name, cell in zip(head[1:], others, strict=False)
            if cell
        ]
        lines.append((" " * GAP).join(named))
        for line in filter(None, lines):
            print(fold(" " * 2 * GAP + line, sys.stdout).replace(_NO_BREAK, " "))


_NO_BREAK = "\N{OBJECT REPLACEMENT CHARACTER}"
"""A printable character of one column that no data needs."""


def _without_breaks(text: str) -> str:
    return text.replace(" ", _NO_BREAK) if len(text) <= MINIMUM_WIDTH + MINIMUM_WIDTH else text


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if has_color(sys.stdout) else text


def print_fields(facts: Mapping[str, Any]) -> None:
    """Names and values: lines `name: value` for scripts; at a terminal two columns, without what is empty."""
    wide = max(map(len, facts), default=0) + GAP
    for name, value in facts.items():
        text = _plain(value)
        if not is_terminal(sys.stdout):
            print(escape(f"{name}: {text}".rstrip()))
        elif text:
            line = name.replace("_", " ").ljust(wide) + text
            # a path stays beside its name, where a fold would only move it to the next line
            print(escape(line) if len(text.split()) == 1 else fold(line, sys.stdout, wide))


def _plain(value: Any) -> str:
    """A value as people read it: lists with commas, nothing for None."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return "" if value is None else str(value)


def _text(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else "" if cell is None else str(cell)
