"""Expressions as one that `re` tries at few positions: alternatives, sorted by the letter that they begin with."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

_PLAIN = {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i"}
"""Letters that no mark distinguishes from a plain one."""
_REPEATED = ("*", "+", "{")
_LITERAL = re.compile(r"\\[^0-9A-Za-z]|[^\\.^$(\[|]")
BEGINNING = 3
"""Letters of a word that are looked at first."""
_LETTER = re.compile(r"\\u([0-9a-fA-F]{4})|\\.|.")
_NO_LIST = re.compile(r"^\[\^|[^\\\[]-[^\]]|\\[A-Zabdswx]")
"""What matches other letters in a class than those that are written: a range, a negation, a kind of letter."""
_PIECE = re.compile(r"\\.|\[[^\]]*\]|.")
_MARK = re.compile(r"\\.|\[[^\]]*\]|[(|)]")


def by_first_letter(pattern: str) -> dict[str, list[str]]:
    """The alternatives of an expression without their first letter, by that letter."""
    letters: defaultdict[str, list[str]] = defaultdict(list)
    for alternative in _lettered(pattern):
        head = _head(alternative)
        letters[head].append(alternative[len(head) :])
    return letters


def by_beginning(pattern: str) -> Iterator[tuple[str, str]]:
    """The alternatives of an expression: the first letters of each, `BEGINNING` if as many are sure, and the rest."""
    for alternative in _alternatives(pattern):
        yield from _begun("", alternative.removeprefix(r"\b"))


def _begun(beginning: str, rest: str) -> Iterator[tuple[str, str]]:
    head = _head(rest)
    after = rest[len(head) :]
    if len(beginning) == BEGINNING or not head or after.startswith(_REPEATED):
        yield beginning, rest
    elif after.startswith("?"):
        for start in (head, ""):
            yield from _begun(beginning, start + after[1:])
    elif _LITERAL.fullmatch(head):
        yield from _begun(beginning + head[-1], after)
    elif head.startswith(("(?:", "[")) and not head.startswith("[^"):
        for choice in _choices(head):
            yield from _begun(beginning, choice + after)
    else:
        yield beginning, rest


def one_of(beginnings: Iterable[str]) -> str:
    """An expression for a text that begins so, tried letter by letter."""
    letters: defaultdict[str, list[str]] = defaultdict(list)
    for beginning in beginnings:
        letters[beginning[:1]].append(beginning[1:])
    if "" in letters:
        return ""
    return "|".join(f"{re.escape(letter)}(?={one_of(rests)})" for letter, rests in letters.items())


def any_spelling(pattern: str) -> str:
    """An expression with each letter that has a mark, and without the mark."""
    return "".join(_spellings(letter) for letter in pattern)


def _spellings(letter: str) -> str:
    plain = _PLAIN.get(letter) or unicodedata.normalize("NFD", letter)[0]
    if letter.isascii() or not plain.isascii():
        return letter
    return f"(?:{'|'.join(dict.fromkeys((plain, letter)))})"


def joined(patterns: Iterable[str]) -> str:
    """One expression for several: of those that begin with another letter, no more than that is tried."""
    letters = by_first_letter("|".join(dict.fromkeys(patterns)))
    return "|".join(f"{letter}(?:{'|'.join(dict.fromkeys(rests))})" for letter, rests in letters.items())


def bounded(pattern: str, end: str = "") -> str:
    """An expression for words that begin, and end as `end` says, where a word or a part of a name does.

    Where a word of another script begins, no engine has the same boundary: of such words any place counts.
    """
    plain, other = split(pattern)
    terms = [rf"(?:\b|_)(?:{plain}){end}"] if plain else []
    return f"(?:{'|'.join([*terms, other] if other else terms)})"


def split(pattern: str) -> tuple[str, str]:
    """The alternatives of an expression that may begin with an ASCII character, and those that cannot."""
    parts: tuple[list[str], list[str]] = ([], [])
    for alternative in _alternatives(pattern):
        head = _head(alternative)
        starts = _choices(head)
        others = [start for start in starts if _is_other(start)]
        if head.startswith("(?:") and 0 < len(others) < len(starts):  # a group of words in several scripts
            plain = [start for start in starts if start not in others]
            for part, words in zip(parts, (plain, others), strict=True):
                part.append(f"(?:{'|'.join(words)}){alternative[len(head) :]}")
        else:
            parts[len(others) == len(starts)].append(alternative)
    return "|".join(parts[0]), "|".join(parts[1])


def _is_other(alternative: str) -> bool:
    """Whether an expression begins with a letter that is not of ASCII, whatever it matches."""
    head = _head(alternative)
    starts = _choices(head)
    return not head[:1].isascii() if starts == [head] else all(_is_other(start) for start in starts)


def _lettered(pattern: str) -> Iterator[str]:
    """The alternatives of an expression, written so that each begins with a plain letter."""
    for alternative in _alternatives(pattern):
        head = _head(alternative)
        rest = alternative[len(head) :]
        starts = [""] if head == r"\b" else _choices(head)
        if rest.startswith("?"):
            starts, rest = [*starts, ""], rest[1:]
        if starts == [head]:
            yield alternative
        else:
            yield from (lettered for start in starts for lettered in _lettered(start + rest))


def _head(alternative: str) -> str:
    """The letter, class or group that an expression begins with."""
    if alternative[:1] not in ("\\", "[", "("):
        return alternative[:1]
    depth = 0
    for piece in _PIECE.finditer(alternative):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if not depth:
            return alternative[: piece.end()]
    return alternative


def _choices(head: str) -> list[str]:
    if head.startswith("(?:"):
        return _alternatives(head[3:-1])
    return [re.escape(letter) for letter in _letters(head)] if head.startswith("[") else [head]


def _letters(head: str) -> Iterator[str]:
    """The letters of a class, as `re` reads them; `ValueError` where it does not list each of them."""
    if _NO_LIST.search(head):
        raise ValueError(f"{head}: write each letter that an expression may begin with")
    for piece in _LETTER.finditer(head[1:-1]):
        yield chr(int(piece[1], 16)) if piece[1] else piece[0][-1]


def _alternatives(pattern: str) -> list[str]:
    """What `|` separates in an expression, not within its groups and classes."""
    parts, depth, start = [], 0, 0
    for piece in _MARK.finditer(pattern):
        mark = piece[0]
        depth += (mark == "(") - (mark == ")")
        if mark == "|" and not depth:
            parts.append(pattern[start : piece.start()])
            start = piece.end()
    return [*parts, pattern[start:]]
