"""Whether the names in the SQL of a declaration exist: by its words, or else by duckdb's binder.

`import qaseed.practice` checks every rule. Words take milliseconds; duckdb, which takes longer to import than all
rules to check, is asked only about SQL with a word that is neither a known name, nor a keyword, nor a name that the
SQL itself gives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from qaseed.sql import identifier

_KEYWORDS = frozenset(
    """all and anti any as asc between bigint by case cast date days desc distinct double else end escape except
    exists false filter first following from full group having hour hours ignore ilike in inner int integer
    intersect interval is join last lateral left like limit minute minutes month months not null nulls offset on
    or order outer over partition preceding qualify range recursive right rows select semi similar some then
    timestamp timestamptz to true unbounded union unknown using values varchar when where window with within
    year years""".split()
)
_TEXT = re.compile(r"'(?:[^']|'')*'")
_TOKEN = re.compile(r"""(?P<qualifier>(?:"?\w+"?\.)?)"?(?P<word>[A-Za-z_]\w*)"?(?P<call>\s*\()?|(?P<other>\S)""")


def _given_names(tokens: list[re.Match[str]], tables: Collection[str]) -> set[str]:
    """Names that a text itself gives: after `as`, a table, a name given before or a parenthesis, and before `as (`."""
    given: set[str] = set()
    for before, token, after in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        word, previous = (token["word"] or "").lower(), (before["word"] or before["other"]).lower()
        following = (after["word"] or after["other"]).lower() if after else ""
        if not word or word in _KEYWORDS:
            continue
        follows_name = previous in ("as", ")") or previous in tables or previous in given
        if follows_name or (following == "as" and not token["call"]):
            given.add(word)
    return given


def unknown_words(sql: str, columns: Collection[str], tables: Mapping[str, Collection[str]]) -> list[str]:
    """Words of a condition or query that name no column, table or alias, in the order of the text.

    `columns` are those that need no qualifier; `tables` are the columns after `name.`. Names that the text itself gives
    are known, and any column of any table after such a name.
    """
    tokens = list(_TOKEN.finditer(_TEXT.sub(" 0 ", sql)))
    given = _given_names(tokens, tables)
    every_column = {name for names in tables.values() for name in names} | given
    unqualified = {*columns, *tables} | given
    unknown = []
    for token in tokens:
        word, qualifier = token["word"], token["qualifier"].strip('".') if token["qualifier"] else ""
        if word is None or token["call"] or word.lower() in _KEYWORDS:
            continue
        known = tables.get(qualifier, every_column) if qualifier else unqualified
        if word.lower() not in known:
            unknown.append(word)
    return unknown


def binding_error(tables: Mapping[str, Mapping[str, str]], query: str) -> str | None:
    """What duckdb says against a query on empty tables with these columns and types; None if it can run."""
    import duckdb

    with duckdb.connect() as connection:
        for table, columns in tables.items():
            fields = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
            connection.execute(f"create table {identifier(table)} ({fields})")
        try:
            connection.execute(f"explain {query}")
        except (duckdb.Error, RuntimeError) as error:
            if "interrupted" in str(error).lower():  # duckdb reports a Ctrl-C so
                raise KeyboardInterrupt from None
            return str(error).splitlines()[0]
    return None
