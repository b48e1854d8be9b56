"""Numbers that no rule names, weighed by the words around them.

A logistic regression: the evidence about a number has weights, and their sum is the logarithm of the odds that the
number is one of a person. `weights.tsv` has them all, to be read; `scripts/weights` makes it from labeled texts.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain, repeat

from qaseed.safety.cards import TEST_CARDS
from qaseed.safety.hints import HINTS
from qaseed.safety.values import KINDS

NUMBER = "number"
"""The kind of such a number."""
THRESHOLD = 1.0
"""The sum above which a number is taken for one of a person: odds of 2.7 to one."""
OF_WORDS = ("left", "near", "right")
"""How evidence of words begins."""
_BEFORE, _AFTER = 60, 50
_WORDS_BEFORE, _WORDS_NEAR, _WORDS_AFTER = 6, 2, 4
_CHARACTERS = "[0-9](?:[-./:_]{0,2}[0-9A-Za-z]){0,40}"
# what begins with a digit is found several times as fast; letters and signs before it are looked for afterwards
_NUMBER = re.compile(rf"{_CHARACTERS}(?:(?:\)[- ]?|[- ])[A-Z]{{0,2}}{_CHARACTERS}){{0,6}}")
_BEGINNING = re.compile(r"(?:^|(?<=[^A-Za-z0-9_]))\(?\+?(?:[A-Z]{1,4}[-./]?)?\Z")
_OF_BEGINNING = 8
_DIGIT = re.compile("[0-9]")
_FIVE_DIGITS = re.compile("[0-9](?:[^0-9]*[0-9]){4}")
# hashes, fractions, amounts, versions one after another, addresses of devices, dates, moments and spans of years
_DATE = (
    "(?:19|20)[0-9]{2}[-./]?[01][0-9][-./]?[0-3][0-9].*|[0-3]?[0-9][-./][0-3]?[0-9][-./](?:19|20)?[0-9]{2}(?: [0-9].*)?"
)
_VERSION = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
_PLAIN = re.compile(
    r"(?:0x.*|(?:[A-Z]*[0-9. -]+[A-Za-z]+){3}.*|[0-9]{1,3}/[0-9]{1,3}|[0-9]{1,3}\.[0-9]+|[0-9.,]*[0-9][.,][0-9]{1,2}"
    rf"|[0-9]0{{4,}}|{_VERSION}(?: {_VERSION})+|{_VERSION}\.[0-9]{{1,3}}(?:[/:][0-9]+)?|{_DATE}"
    r"|[0-9]{1,2}:[0-9]{2}.*|1[0-9]{9}\.[0-9]+|(?:19|20)[0-9]{2}[-/](?:19|20)[0-9]{2})\Z"
)
_QUANTITY = re.compile(
    " (?:m?[gl]|mcg|kg|units?|iu|files?|bytes|entries|rows|records|times|items|steps|[kmg]b)\\b", re.IGNORECASE
)
# what is made safe on purpose, and toll-free numbers of other countries; the kind of phones knows its own
_TOLL_FREE = "0[ .-]?80[0-9][ .-].*|08[ .-]0[0-9][ .-].*|0180[ .-]?[0-9][ .-].*|[89]00[ .-][0-9]{3}[ .-]?[0-9]{3}"
_RESERVED = re.compile(f"Q[AC].*|[(+]?1?[-. ]?[(]?555.*|{_TOLL_FREE}")
_OF_WORD = 12
_ASCII_WORD = re.compile("[A-Z]*[a-z]+|[A-Z]+|[#@$%]")
_WORD = re.compile("[^\\W\\d_]+|[#@$%\u2116]")
# they say nothing of a number
_LINKS = frozenset("on in the a an and of".split())
_INNER = re.compile("(?<=[a-z])(?=[A-Z])")
# a scan searches no text without it
_HINT = re.compile(HINTS["number"], re.ASCII | re.IGNORECASE)
_MASK = str.maketrans(string.digits + string.ascii_letters, "9" * 10 + "A" * 52)
_REPEATED, _LETTERS = re.compile("([9A])\\1+"), re.compile("[A-Za-z]+")


def has_personal_number(text: str) -> bool:
    """Whether a text has a number that is more likely than not one of a person, by the words beside it in its line."""
    for start, end in numbers(text):
        number = text[start:end]
        if (
            weight(text, start, end) > THRESHOLD
            and _HINT.search(number)
            and not is_reserved(number)
            and not _is_rejected(number, text[max(0, start - _BEFORE) : end + _AFTER])
        ):
            return True
    return False


def numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers of five digits or more begin and end, but hashes, dates, moments, amounts and quantities."""
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if end - start < 5 or not _FIVE_DIGITS.search(text, start, end):
            continue
        beginning = _BEGINNING.search(text, max(0, start - _OF_BEGINNING), start)
        if beginning and not (_PLAIN.match(text, beginning.start(), end) or _QUANTITY.match(text, end)):
            yield beginning.start(), end


def is_reserved(number: str) -> bool:
    """Whether a number is made safe or up, a power of two or one less, or one that organizations have callers dial."""
    digits = "".join(_DIGIT.findall(number))
    is_bound = int(digits) & (int(digits) + 1) == 0 or int(digits).bit_count() == 1
    is_made_up = len(set(digits)) == 1 or "123456" in digits or is_bound
    if is_made_up or digits in TEST_CARDS or _RESERVED.fullmatch(number):
        return True
    return any(kind.is_reserved(number) for kind in KINDS if not kind.context)


def _is_rejected(number: str, context: str) -> bool:
    """Whether words beside a number say that it has a check digit, which is wrong."""
    return any(kind.rejects(number, context) for kind in KINDS if kind.check and kind.context)


def weight(text: str, start: int, end: int) -> float:
    """The logarithm of the odds that a number is one of a person; none without words that speak for it."""
    words, others = _pieces(text, start, end)
    of_words = _sum(words)
    return _weights()[""] + (of_words + _sum(others) if of_words > 0 else 0)


def evidence(text: str, start: int, end: int) -> Iterator[str]:
    """What is evident about a number: words of its line before and after it, and how they begin and end, its digits,
    its shape and the characters beside it.
    """
    for place, pieces in chain(*_pieces(text, start, end)):
        for piece in pieces:
            yield from _names_of(place, piece)


_Pieces = tuple[tuple[str, Sequence[str]], ...]


def _pieces(text: str, start: int, end: int) -> tuple[_Pieces, _Pieces]:
    before = text[max(0, start - _BEFORE) : start].rpartition("\n")[2]
    after = text[end : end + _AFTER].partition("\n")[0]
    left = _words(before)[-_WORDS_BEFORE:]
    words = tuple(zip(OF_WORDS, (left[:-_WORDS_NEAR], left[-_WORDS_NEAR:], _words(after)[:_WORDS_AFTER]), strict=True))
    mask = text[start:end].translate(_MASK)
    return words, (("number", (mask,)), ("before", (before[-2:],)), ("after", (after[:1],)))


def _sum(pieces: _Pieces) -> float:
    return sum(sum(map(_weight_of, repeat(place), some)) for place, some in pieces)


def _names_of(place: str, piece: str) -> tuple[str, ...]:
    if place == "number":
        shape = _REPEATED.sub(r"\1", piece)
        return f"digits {piece.count('9')}", f"shape {shape}"
    if place == "before":
        return (f"before {_LETTERS.sub('', piece)}",)
    if place == "after":
        return (f"after {piece}",)
    piece = piece[:_OF_WORD].lower()
    if piece in _LINKS:
        return ()
    if place == "right":
        return f"right {piece}", f"right {piece[:5]}-"
    left = f"left {piece}", f"left {piece[:5]}-"
    return left if place == "left" else (*left, f"near {piece}", f"near {piece[:4]}-", f"near -{piece[-4:]}")


@lru_cache(maxsize=65_536)
def _weight_of(place: str, piece: str) -> float:
    weights = _weights()
    return sum(weights.get(name, 0.0) for name in _names_of(place, piece))


def _words(text: str) -> list[str]:
    """Words without marks of letters; `patientId` is two, and the escape of a line's end is none."""
    if "\\" in text:
        text = text.replace("\\n", " ")
    if text.isascii():
        return _ASCII_WORD.findall(text)
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return _WORD.findall(_INNER.sub(" ", plain))


@lru_cache
def _weights() -> dict[str, float]:
    lines = (files("qaseed.safety") / "weights.tsv").read_text(encoding="utf-8").splitlines()
    return {name: float(number) for number, name in (line.split("\t") for line in lines if line[0] != "#")}
