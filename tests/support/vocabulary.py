"""Words that the project does not use, and where a text uses them: as names in code, or in prose."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

NAMES = {
    "beside": "name the thing: context, columns, ...",
    "bring_back": "rollback",
    "doubt": "reason for confirmation",
    "doubts": "reasons for confirmation",
    "exchange": "swap_tables",
    "found": "name the thing: columns, rows, existing, ...",
    "hang": "depend",
    "hanging": "dependents",
    "held": "name the thing",
    "here": "name the thing",
    "kept": "name the thing",
    "lanes": "weekly slots",
    "loosen": "detach",
    "made": "name the thing: created, ...",
    "mend": "fix",
    "mourn": "lifecycle",
    "nobody": "unmanaged, unassignable",
    "obstacles": "blockers, unsupported dependents",
    "ours": "managed",
    "patience": "timeout, lock retry",
    "politics": "lock retry",
    "said": "subjective, or name the thing",
    "seen": "objective, or name the thing",
    "settle": "validate_later",
    "somebody": "unmanaged",
    "standing": "existing table",
    "stories": "scenario rows",
    "story": "scenario rows",
    "strays": "orphaned rows",
    "taken_up": "resumed",
    "tell": "serialize, write, print, report",
    "there": "name the thing",
    "told": "what the function does: serialize, summary, render_sql, redact, ...",
    "turn": "rotation, advisory lock",
    "unhurried": "disable_timeouts",
    "watched": "watchdog, record_failure",
}
"""Names that nothing has, with what to call it instead; also with underscores around them."""

PARTS = set(
    "doubt doubts hang hanging loosen mend mourn nobody obstacles ours patience politics somebody stories story strays tell"
    " told unhurried".split()
)
"""Those that are no part of a longer name either: `told_by` is as bad as `told`."""

PROSE = {
    "told": "written, reported, passed, ...",
    "tells?": "says, reports, prints",
    "hangs?|hanging": "depends on, dependents",
    "politics": "lock retry",
    "stor(?:y|ies)": "scenario rows",
    "strays?": "orphaned rows",
    "obstacles?": "blockers",
    "loosen(?:s|ed|ing)?": "detach",
    "reserved places?": "reserved slots",
    "doubts?": "reason for confirmation",
    "somebody's": "unmanaged, a user's",
    "nobody's": "unmanaged, unassignable",
    "ours": "managed, qaseed's",
    "bring(?:s|ing)? back|brought back": "roll back, restore",
    "tak(?:e|es|en|ing) up": "resume",
    "lanes?": "weekly slots",
    "mend(?:s|ed|ing)?": "fix",
    "bears?|bore": "have",
    "lends?|lent": "share, use of another's",
    "mourn(?:s|ed|ing)?": "lifecycle",
    "glances?": "initial timeout",
    "patience|unhurried": "timeout",
    "stands|stood|standing": "is, exists, existing",
    "what becomes of": "the effect on",
    "comes? to be": "is created",
    "goes with": "belongs to, matches",
    "by hand of": "by",
}
"""Words and phrases of documentation, comments and messages, as patterns, with better ones."""


def plain(name: str) -> str:
    return name.strip("_").lower()


def is_banned(name: str) -> bool:
    return plain(name) in NAMES or bool(PARTS & set(plain(name).split("_")))


def names_in(source: str) -> Iterator[tuple[int, str]]:
    """Each name that a source defines or uses, with its line: variables, functions, classes, parameters, attributes, keywords, aliases."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.ImportFrom(module=str(name)):
                yield from ((node.lineno, part) for part in name.split("."))
            case ast.alias(name=name, asname=other):
                yield from ((node.lineno, part) for part in (*name.split("."), other or ""))
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name


def prose_in(source: str) -> Iterator[tuple[int, str]]:
    """Each comment and string of a source, docstrings too, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def banned_names(source: str) -> list[tuple[int, str]]:
    return [(line, name) for line, name in names_in(source) if is_banned(name)]


_PROSE = re.compile(rf"\b(?:{'|'.join(PROSE)})\b", re.IGNORECASE)


def banned_prose(text: str) -> list[str]:
    return [match[0].lower() for match in _PROSE.finditer(text)]
