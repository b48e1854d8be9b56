"""The plain form of a text is as it is written here, and duckdb finds the texts that have one."""

from __future__ import annotations

import re

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from qaseed.safety.normalizing import ODD, _may_be_odd, normalized
from qaseed.sql import literal
from support.cases import for_each

PLAIN = {
    # a whole number loses its fraction, alone whatever its length, within a text from nine digits on
    "212345678.0": "212345678",
    "21234567.0": "21234567",
    "12345.": "12345",
    " +21234567.00 ": "+21234567",
    "  12345678.00": "12345678",
    "ids 2127365000.0, 2127365001.00.": "ids 2127365000, 2127365001.",
    "id 12345. 12345.0": "id 12345. 12345.0",
    "2127365000.05": None,
    # an exponent that leaves a whole number
    "2.127365E9": "2127365000",
    " +2.127365e+09 ": "2127365000",
    "2.1273651234E9": "2.1273651234E9",
    "1.23456e2": "1.23456e2",
    # escapes, of which those that no text has become a space
    "&#50;&#x31;2": "212",
    "a&nbsp;&LT;b": "a <b",
    "%32%31": "21",
    "%c3%a9%ff": " ",
    "%C3%A9 12%": "\u00e9 12%",
    "\\u0032\\x31\\062": "212",
    "\\ud800\\n12\\/": " \n12/",
    "\\udfff&#1114112;": "  ",
    "&#99999999;": None,
    # separators and digits of other scripts, and what nobody sees
    "\uff12\u0661\u06f2": "212",
    "212\u00b7736\u2010\u3000 5000\u2215": "212.736-  5000/",
    "212\u200b\u200b736": "212-736",
    "call\u200b 212": "call 212",
    "a\x00b": "ab",
    "plain": None,
    "50 % & more": None,
}
"""By text; None if it is its own plain form."""


@for_each("text", PLAIN)
def test_python_normalizes(text: str) -> None:
    assert normalized(text) == PLAIN[text]


def test_duckdb_finds_which_texts_are_not_their_own_plain_form() -> None:
    texts = [text for text, plain in PLAIN.items() if plain not in (None, text)]
    with duckdb.connect() as connection:
        query = f"select t from (select unnest(?::varchar[]) as t) where not regexp_matches(t, {literal(f'(?i){ODD}')})"
        assert connection.execute(query, [texts]).fetchall() == []


def test_the_cells_of_a_table_follow_their_headings() -> None:
    assert normalized("a;b\n1;2\n3\n4;5") == "a;b\n1;2\n3\n4;5\na: 1\nb: 2\na: 4\nb: 5"
    assert normalized('see:\n"a","b"\r\n"x, y",&#50;') == 'see:\n"a","b"\r\n"x, y",2\na: x, y\nb: 2'
    assert normalized("a,b\n") is normalized("a\n1") is normalized("a, b.\n1, 2.") is None


def test_a_long_table_is_read_at_its_beginning_only() -> None:
    table = "a,b\n" + "1,2\n" * 100_000
    plain = normalized(table)
    assert plain is not None
    assert len(plain) < 2 * len(table)


@settings(max_examples=300, database=None)
@given(st.from_regex(re.compile(f"(?i){ODD}", re.ASCII)))
def test_what_is_odd_passes_what_is_tested_first(text: str) -> None:
    assert _may_be_odd(text)
