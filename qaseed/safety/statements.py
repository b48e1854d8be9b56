"""Statements of SQL that insert rows: the values of each row, as texts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

_MOST_OF_ROW = 1 << 16
"""Characters of a row that is read."""
# possessive, so that no text takes more than time in proportion
_PARTS = r"\([^()]*+\)|[^'()]"
_ROW = re.compile(rf"\s*+\(((?:'(?:[^']|'')*+'|{_PARTS})*+)\)\s*+,?")
_ROW_WITH_BACKSLASHES = re.compile(rf"\s*+\(((?:'(?:[^'\\]|''|\\.)*+'|{_PARTS})*+)\)\s*+,?", re.DOTALL)
_TYPED_LITERAL = re.compile("(?i)(?:date|timestamp(?:tz)?|n|e) ?'(.*)'", re.DOTALL)


def inserted_rows(text: str, at: int) -> Iterator[tuple[int, list[str]]]:
    """The values of the rows that begin at a position of a statement, in brackets and with commas between, each after
    the position at which it ends.
    """
    has_escapes = "\\'" in text  # as MySQL writes a quote in a text
    row = _ROW_WITH_BACKSLASHES if has_escapes else _ROW
    escape = "\\" if has_escapes else None
    while one := row.match(text, at, at + _MOST_OF_ROW):
        line = one[1].replace("\n", " ").replace("\r", " ")
        values = next(csv.reader([line], quotechar="'", skipinitialspace=True, escapechar=escape), [])
        at = one.end()
        yield at, [_TYPED_LITERAL.sub(r"\1", value).strip(" ") for value in values]
