"""SQL as text, in pieces that fit a line: quoting, and conditions made of conditions. A model stays data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

_OR = "\nor "
"""Between the ways of a condition. No way contains a line break, so that the ways can be separated again."""


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def one_of(column: str, values: Iterable[str]) -> str:
    """The condition that a column has one of these texts; null if the column is null."""
    return f"{column} in ({', '.join(map(literal, values))})"


def in_utc(moment: str) -> str:
    """A moment as date and time of day in UTC: the calendar of a time zone takes twenty times as long."""
    return f"make_timestamp(epoch_us({moment}))"


def any_of(*ways: str) -> str:
    """The condition that at least one of these holds, one on each line; `ways_of` separates them again.

    A rule's `fails` lists the ways in which a row can break it, so that a test can break each.
    """
    return _OR.join(f"({way})".replace("\n", " ") for way in ways)


def ways_of(condition: str) -> tuple[str, ...]:
    """The conditions that `any_of` combined; the condition itself if it was not made by `any_of`."""
    return tuple(condition.split(_OR))


def query(text: str) -> str:
    """A whole query, written with the indentation of the code around it."""
    return textwrap.dedent(text).strip()
