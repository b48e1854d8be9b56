"""One plain spelling of a text for detection: escapes decoded, odd separators and digits replaced, whole numbers
without fraction.

Detection looks at a text and at this form of it, so that normalizing never hides what the text itself shows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from qaseed.safety.statements import inserted_rows


def _characters(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


_HYPHENS = _characters(
    (0xAD, 0xAD), (0x2010, 0x2015), (0x2043, 0x2043), (0x2212, 0x2212), (0xFE58, 0xFE58), (0xFE63, 0xFE63)
)
_DOTS = "\u00b7\u2022\u2024\u2219\u22c5\u3002\u30fb\ufe52\uff61\uff65"
_SPACES = _characters(
    (0x01, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
_INVISIBLE = _characters(
    (0x034F, 0x034F), (0x061C, 0x061C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064),
    (0x2066, 0x2069), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
)  # fmt: skip
_FULL_WIDTH = _characters((0xFF01, 0xFF5E))
_DIGITS = _characters((0x0660, 0x0669), (0x06F0, 0x06F9))
_REPLACED = f"{_HYPHENS}{_DOTS}{_SPACES}{_FULL_WIDTH}{_DIGITS}\ufe6b\u2044\u2215"
_REPLACEMENTS = (
    "-" * len(_HYPHENS) + "." * len(_DOTS) + " " * len(_SPACES) + _characters((0x21, 0x7E)) + "0123456789" * 2 + "@//"
)
_TRANSLATION = str.maketrans(_REPLACED, _REPLACEMENTS, f"\0{_INVISIBLE}")

_SPLIT_NUMBER = f"([0-9])[{_INVISIBLE}]+([0-9])"
_ENTITIES = {
    "nbsp": " ", "amp": "&", "commat": "@", "period": ".", "sol": "/", "colon": ":", "shy": "-", "hyphen": "-",
    "dash": "-", "ndash": "-",
    "mdash": "-", "ensp": " ", "emsp": " ", "thinsp": " ", "quot": '"', "apos": "'", "lt": "<", "gt": ">",
}  # fmt: skip
_BREAKS = {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " ", "v": " "}
_ESCAPE = (
    r"\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[0-3][0-7]{2}|[nrtbfv\x22'/])|%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+"
    rf"|&(?:#[0-9]{{1,7}}|#x[0-9a-f]{{1,6}}|{'|'.join(_ENTITIES)});"
)
_TOKEN = rf"(?is){_ESCAPE}|[^\\%&]+|."
_WHOLE = r" *\+?[0-9]{1,19}\.0* *"
_SCIENTIFIC = r" *\+?[0-9]\.[0-9]{1,17}e\+?[01]?[0-9] *"
_FRACTION = r"([0-9]{9,19})\.0{1,6}(\.?(?:[^0-9.]|$))"

_ODD_CHARACTER = rf"[\x00{_REPLACED}{_INVISIBLE}]"
ODD = rf"{_ODD_CHARACTER}|{_ESCAPE}|[0-9]{{5}}\.0{{0,6}}(?:[^0-9]|$)|[0-9]\.[0-9]{{4,17}}e\+?[0-9]"
"""What every text has that another form of it may hold more than (in any case), in `re` and RE2."""

_HEADING = r"[A-Za-z_][0-9A-Za-z_ ./#()-]{0,39}"
ROWS_TO_INSERT = r"(?i)insert\s+into\s[^()]*\([^()]*\)\s*values"
"""Names of columns, and the values of a row to insert."""
_SPACED_HEADING = "[A-Za-z_][0-9A-Za-z_./#()-]{0,39}(?: [0-9A-Za-z_./#()-]{1,20}){0,3}"
SPACED_TABLE = rf"(?:^|\n){_SPACED_HEADING}(?: {{2,20}}{_SPACED_HEADING})+\r?\n[^\n]*[^\n ] {{2}}"
"""Headings and a row with spaces between the columns; every such text has two spaces in a row."""
DELIMITED_TABLE = "|".join(
    rf'(?:^|\n)"?{_HEADING}"?(?:{mark}"?{_HEADING}"?)+\r?\n[^\n]*{mark}' for mark in (",", ";", r"\|", r"\t")
)
"""Headings in a text, and what may be a row below them."""
# for `re`, which remembers the mark: one search instead of four
_FIND_DELIMITED = re.compile(
    rf'(?:^|\n)"?{_HEADING}"?([,;|\t])"?{_HEADING}"?(?:\1"?{_HEADING}"?)*\r?\n[^\n]*\1', re.ASCII
)
_FIND_SPACED = re.compile(SPACED_TABLE, re.ASCII)
# with bounds, so that no text takes `re` more than time in proportion
_FIND_INSERT = re.compile(
    r"insert\s{1,20}into\s[^()]{0,200}\(([^()]{0,5000})\)\s{0,20}values", re.ASCII | re.IGNORECASE
)
_MOST_OF_TABLE = 1 << 16
"""Characters of a table whose cells are read after their headings."""

_MAY_BE_ODD = re.compile(
    r"[^\t\n\r -$'-\[\]-~](?:(?<![%&])|(?<=%)[0-9A-Fa-f]|(?<=&)[#A-Za-z])|[0-9](?:[0-9]{4}\.|\.[0-9]{4})"
)  # it is cheap to test first
_FIND_ODD = re.compile(f"(?i){ODD}", re.ASCII)
_PLAIN_BYTES = bytes(
    {*range(0x20, 0x7F), *range(0x80, 0xF8), *b"\t\n\r"}
    - {*b"%&\\"}
    - {character.encode()[0] for character in f"{_REPLACED}{_INVISIBLE}"}
)
"""Of UTF-8, those that texts have without any odd character."""
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_TOKENS, _ESCAPES = re.compile(_TOKEN, re.ASCII), re.compile(f"(?i){_ESCAPE}", re.ASCII)


def normalized(text: str) -> str | None:
    """The plain form of a text, and the cells of a table in it after their headings; None if it is its own."""
    plain = _without_odd(text)
    whole = text if plain is None else plain
    pairs = [
        *(_cells_below(whole) if "\n" in whole else ()),
        *(_cells_to_insert(whole) if "values" in whole.lower() else ()),
    ]
    return "\n".join([whole, *(f"{name.strip()}: {cell.strip()}" for name, cell in pairs)]) if pairs else plain


def _cells_below(text: str) -> Iterator[tuple[str, str]]:
    """The cells of the first table in a text, each with its heading."""
    if table := _FIND_DELIMITED.search(text):
        lines = _lines(text, table)
        yield from _paired(list(csv.reader(lines, delimiter=table[1])))
    elif "  " in text and (table := _FIND_SPACED.search(text)):
        yield from _paired([re.split(" {2,}", line.strip(" ")) for line in _lines(text, table)])


def _lines(text: str, table: re.Match[str]) -> list[str]:
    return text[table.start() : table.start() + _MOST_OF_TABLE].strip("\n").splitlines()


def _cells_to_insert(text: str) -> Iterator[tuple[str, str]]:
    """The values of rows in statements that insert them, each with the name of its column."""
    for statement in _FIND_INSERT.finditer(text):
        rows = (values for _, values in inserted_rows(text, statement.end()))
        yield from _paired([statement[1].split(","), *rows])


def _paired(lines: list[list[str]]) -> Iterator[tuple[str, str]]:
    for row in lines[1:]:
        if len(row) == len(lines[0]):
            yield from zip(lines[0], row, strict=True)


def _without_odd(text: str) -> str | None:
    if not _may_be_odd(text) or not _FIND_ODD.search(text):
        return None
    if _ESCAPES.search(text):
        text = _TOKENS.sub(_decoded, text)
    text = re.sub(_SPLIT_NUMBER, r"\1-\2", text).translate(_TRANSLATION)
    text = re.sub(_FRACTION, r"\1\2", text)
    if re.fullmatch(_WHOLE, text):
        return text.partition(".")[0].strip(" ")
    if re.fullmatch(_SCIENTIFIC, text, re.IGNORECASE):
        number = float(text)
        return str(int(number)) if number.is_integer() else text
    return text


def _may_be_odd(text: str) -> bool:
    """Whether a text has what is cheap to test first."""
    encoded = text.encode("utf-8", "surrogatepass")
    if encoded.translate(None, _PLAIN_BYTES):
        return _MAY_BE_ODD.search(text) is not None
    zeros = encoded.translate(_ZEROS)
    return b"00000." in zeros or b"0.0000" in zeros


def _decoded(token: re.Match[str]) -> str:
    text = token[0]
    if len(text) < 2 or text[0] not in "\\%&":
        return text
    if text[0] == "%":
        try:
            return unquote_to_bytes(text).decode()
        except UnicodeDecodeError:
            return " "
    if text[0] == "&":
        return _entity(text[1:-1].lower())
    body = text.lstrip("\\").lower()
    if body[0] in "ux":
        return _character(int(body[1:], 16))
    return _character(int(body, 8)) if body[0].isdigit() else _BREAKS.get(body, body)


def _entity(name: str) -> str:
    if name[0] != "#":
        return _ENTITIES[name]
    return _character(int(f"0{name[1:]}", base=0) if name[1] == "x" else int(name[1:]))


def _character(code: int) -> str:
    return " " if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)
