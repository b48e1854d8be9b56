"""Expressions are written anew so that they match the same and are tried at few positions."""

from __future__ import annotations

import re

import pytest

from qaseed.safety.alternatives import any_spelling, bounded, by_beginning, by_first_letter, joined, one_of, split
from support.cases import for_each

# a class with a letter of Cyrillic, and one of two such letters
WORD, TWO = "\u043f", "(?:\u043f|\u0431)"


def test_alternatives_are_sorted_by_their_first_letter() -> None:
    found = by_first_letter(r"ab|ac|b[xy]c|(?:c|de)f|g?h|\bk|\.m|a{2}|[\u00e9x]n")
    assert found == {
        "a": ["b", "c", "{2}"], "b": ["[xy]c"], "c": ["f"], "d": ["ef"], "g": ["h"], "h": [""], "k": [""],
        r"\.": ["m"], "\u00e9": ["n"], "x": ["n"],
    }  # fmt: skip


@pytest.mark.parametrize("pattern", ["[^a]b", "[a-c]d", r"[\d]e", r"[x\s]"])
def test_a_class_of_letters_that_are_not_written_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="write each letter that an expression may begin with") as raised:
        by_first_letter(pattern)
    assert str(raised.value).startswith(f"{pattern.partition(']')[0]}]: ")


BEGINNINGS = {
    "abcdef": [("abc", "def")],
    "ab": [("ab", "")],
    "": [("", "")],
    "ab|cdef": [("ab", ""), ("cde", "f")],
    "a?bcd": [("abc", "d"), ("bcd", "")],
    "(?:ab|c)def": [("abd", "ef"), ("cde", "f")],
    "(?:x|)yz": [("xyz", ""), ("yz", "")],
    "(?:a|b(?:c|d))e": [("ae", ""), ("bce", ""), ("bde", "")],
    "[ab]cde": [("acd", "e"), ("bcd", "e")],
    "[^a]bc": [("", "[^a]bc")],
    r"\bxyz": [("xyz", "")],
    r"a\.b": [("a.b", "")],
    r"a\db": [("a", r"\db")],
    "ab+c": [("a", "b+c")],
    "ab*": [("a", "b*")],
    "a[bc]{2}": [("a", "[bc]{2}")],
    "a(?=b)c": [("a", "(?=b)c")],
}


@for_each("pattern", BEGINNINGS)
def test_alternatives_are_divided_after_three_sure_letters(pattern: str) -> None:
    assert list(by_beginning(pattern)) == BEGINNINGS[pattern]


def test_beginnings_are_tried_letter_by_letter() -> None:
    assert one_of(["ab", "ac", "b"]) == "a(?=b(?=)|c(?=))|b(?=)"
    assert one_of(["a", "ab"]) == "a(?=)"
    assert one_of(["a.", "a-"]) == r"a(?=\.(?=)|\-(?=))"
    assert [one_of(beginnings) for beginnings in ([""], [], ["", "a"])] == ["", "", ""]


def test_letters_with_a_mark_are_found_without_it() -> None:
    assert any_spelling("abc.") == "abc."
    assert any_spelling("\u00e1b") == "(?:a|\u00e1)b"
    assert any_spelling("\u00f1\u00dc") == "(?:n|\u00f1)(?:U|\u00dc)"
    assert any_spelling("\u0142\u00f8") == "(?:l|\u0142)(?:o|\u00f8)"
    assert any_spelling(WORD) == WORD


def test_expressions_are_joined_by_their_first_letter() -> None:
    assert joined(["ab", "ac", "bd", "ab"]) == "a(?:b|c)|b(?:d)"
    assert joined([r"\bx", "xy"]) == "x(?:|y)"
    assert joined(["(?:a|b)c", "ad", "[ab]c?"]) == "a(?:c|d|c?)|b(?:c|c?)"


def test_words_of_other_scripts_begin_anywhere() -> None:
    assert [split(pattern) for pattern in ("ab|c", f"{WORD}|ab", f"(?:{WORD}|ab)c|d", f"{TWO}c", f"[{WORD}a]b")] == [
        ("ab|c", ""),
        ("ab", WORD),
        ("(?:ab)c|d", f"(?:{WORD})c"),
        ("", f"{TWO}c"),
        (f"[{WORD}a]b", ""),
    ]
    assert bounded("ab|c") == r"(?:(?:\b|_)(?:ab|c))"
    assert bounded(f"{WORD}|ab", r"\b") == rf"(?:(?:\b|_)(?:ab)\b|{WORD})"
    assert bounded(WORD, r"\b") == f"(?:{WORD})"


@pytest.mark.parametrize("text", ["ab", "ac", "xab", "x_ab", "x.ab", f"x{WORD}", "b"])
def test_a_bounded_expression_finds_words_and_parts_of_names(text: str) -> None:
    found = re.search(bounded(f"ab|{WORD}"), text)
    assert bool(found) == (text in ("ab", "x_ab", "x.ab", f"x{WORD}"))
