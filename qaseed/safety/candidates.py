"""Which kinds a text may hold, found by what is cheap to test: how numbers are written, and words with a number beside.

Everything is about texts in lower case, which `re` looks through much faster than with case ignored.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from qaseed.safety.alternatives import BEGINNING, by_beginning, one_of
from qaseed.safety.first_tests import BESIDE_WORDS, FIRST_TESTS, SECOND_TESTS, SURE, simple, together
from qaseed.safety.hints import HINTS
from qaseed.safety.matching import JOINED, NUMBER_BEFORE, WORD_END, Kind
from qaseed.safety.values import KINDS

_Search = Callable[[str], re.Match[str] | None]


@dataclass(frozen=True)
class _Test:
    """How to find out whether a text may hold a value of some kinds: by its simple form first, then by their hint."""

    first: _Search
    others: tuple[_Search, ...]
    seconds: tuple[_Search, ...]
    hint: _Search | None
    kinds: tuple[Kind, ...]


_ANY = re.compile(r"[0-9@&%\\/:x\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]|www\.")
"""What every text with an identifier has, also one that is written in escapes."""
_DIGIT = re.compile("[0-9]")
_FUSED = re.compile(r"""([a-z])(?=[A-Z][A-Za-z]{1,30}["']? ?[:=\t<>])""")
"""Where the name of a field goes on: `patientMRN=`."""
_MAY_BE_FUSED = re.compile(r"""aA[aA]{1,30}["']? ?[:=\t<>]""")
_CASES = bytes.maketrans(string.ascii_letters.encode(), b"a" * 26 + b"A" * 26)
_TOKEN = 120
"""Characters before a word that a number which it names may begin in."""
_NUMBER_BEFORE = re.compile(rf"{NUMBER_BEFORE}\Z", re.ASCII)


def kinds_by_rule(text: str, within: Collection[Kind]) -> set[str]:
    """The names of the kinds that a text contains: of all that count beside a word, of the others those given."""
    lower = text.lower()
    if not _ANY.search(lower):
        return set()
    names = named_kinds(text)
    for kind in shaped_candidates(lower):
        if kind.name not in names and kind in within and kind.is_in(text):
            names.add(kind.name)
    return names


def shaped_candidates(text: str) -> Iterator[Kind]:
    """The kinds that need no word beside them, and that a text in lower case may hold."""
    form = simple(text)
    tests, of_digits, has_digits = _shaped()
    for test in chain(tests, of_digits) if has_digits(form) else tests:
        if (
            (test.first(form) or (test.others and _matches_any(test.others, form)))
            and (not test.seconds or _matches_any(test.seconds, form))
            and (test.hint is None or test.hint(text))
        ):
            yield from test.kinds


def _matches_any(searches: tuple[_Search, ...], form: str) -> bool:
    for search in searches:  # noqa: SIM110  # `any` takes half as long again
        if search(form):
            return True
    return False


def named_kinds(text: str) -> set[str]:
    """The names of the kinds that count beside a word only, and that a text contains: it is searched where such words
    are.
    """
    names: set[str] = set()
    if not _DIGIT.search(text):
        return names
    if _MAY_BE_FUSED.search(text.encode("ascii", "replace").translate(_CASES).decode("ascii")):
        text += "\n" + _FUSED.sub(r"\1 ", text)
    lower = text.replace("\u0130", "i").lower()  # the only letter that would become two
    form = simple(lower)
    has_number = _number()(form) is not None
    if not has_number and not _matches_any(_beside_words(), form):
        return names
    beginnings, other_beginnings = _beginnings(has_number=has_number)
    starts = chain(beginnings.finditer(lower), () if lower.isascii() else other_beginnings.finditer(lower))
    for start in map(re.Match.start, starts):
        for kind in _named_at(lower, start):
            is_possible = has_number or not kind.needs_number
            if is_possible and kind.name not in names and _is_beside(kind, text, lower, start):
                names.add(kind.name)
    return names


def _is_beside(kind: Kind, text: str, lower: str, start: int) -> bool:
    """Whether a value of a kind is after or before the word that begins at a position."""
    if kind.is_after(text, lower, start):
        return True
    is_after_number = _NUMBER_BEFORE.search(lower, max(0, start - _TOKEN), start) is not None
    return is_after_number and kind.is_before(text, lower, start, _TOKEN)


def _searches(patterns: Iterable[str]) -> tuple[_Search, ...]:
    return tuple(re.compile(pattern, re.ASCII).search for pattern in patterns)


@lru_cache
def _number() -> _Search:
    return _searches(FIRST_TESTS["number"])[0]


@lru_cache
def _beside_words() -> tuple[_Search, ...]:
    return _searches(together(chain.from_iterable(BESIDE_WORDS.values())))


@lru_cache
def _shaped() -> tuple[list[_Test], list[_Test], _Search]:
    """The tests of the kinds that need no context; those that begin with a digit, and all of these as one."""
    by_hint: defaultdict[str, list[Kind]] = defaultdict(list)
    for kind in KINDS:
        if not kind.context:
            by_hint[kind.hint].append(kind)
    tests: tuple[list[_Test], list[_Test]] = ([], [])
    digits: list[str] = []
    for hint, kinds in by_hint.items():
        firsts = FIRST_TESTS[hint]
        begin = all(first[0] == "0" for first in firsts)
        digits += firsts if begin else ()
        first, *others = _searches(firsts)
        seconds = _searches(SECOND_TESTS.get(hint, ()))
        last = None if hint in SURE else re.compile(HINTS[hint].lower(), re.ASCII).search
        tests[begin].append(_Test(first, tuple(others), seconds, last, tuple(kinds)))
    return *tests, _searches(together(digits))[0]


@lru_cache
def _beginnings(*, has_number: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Expressions for where a word may begin that names a kind, in Latin letters and in others: any kind, or one whose
    values need none.
    """
    some = [
        beginning for beginning, kinds in _words().items() if has_number or not all(kind.needs_number for kind in kinds)
    ]
    latin, others = (
        one_of(beginning for beginning in some if beginning[0].isascii() is is_latin) for is_latin in (True, False)
    )
    return re.compile(f"(?<![a-z0-9])(?:{latin})", re.ASCII), re.compile(others, re.ASCII)


def _named_at(text: str, start: int) -> list[Kind]:
    """The kinds that the word which begins at a position of a text names."""
    known, rest, kinds = _rest_of(text[start : start + BEGINNING])
    named = rest.match(text, start + known)
    if not named or not named.lastindex:
        return []
    return [kind for some, is_named in zip(kinds, named.groups(), strict=True) if is_named is not None for kind in some]


@lru_cache(maxsize=4096)
def _rest_of(beginning: str) -> tuple[int, re.Pattern[str], list[list[Kind]]]:
    """For words that begin so, how many letters are sure, and an expression for the rest, which has a group for each
    list of kinds that they may name.
    """
    lengths = [length for length in range(1, len(beginning) + 1) if beginning[:length] in _words()]
    rests: defaultdict[Kind, list[str]] = defaultdict(list)
    for length in lengths:
        for kind, some in _words()[beginning[:length]].items():
            rests[kind] += [f"{re.escape(beginning[lengths[0] : length])}{rest}" for rest in some]
    kinds: defaultdict[str, list[Kind]] = defaultdict(list)
    for kind, alternatives in rests.items():
        kinds["|".join(alternatives)].append(kind)
    end = f"{JOINED}{WORD_END}" if beginning[0].isascii() else ""
    pattern = "".join(f"(?:(?=(?:{alternatives}){end})()|)" for alternatives in kinds)
    return lengths[0], re.compile(pattern, re.ASCII), list(kinds.values())


@lru_cache
def _words() -> dict[str, dict[Kind, dict[str, None]]]:
    """The words that name a kind, without their first letters, by these and by kind."""
    words: defaultdict[str, defaultdict[Kind, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for kind in KINDS:
        if kind.context:
            for beginning, rest in by_beginning(kind.words.lower()):
                words[beginning][kind][rest] = None
    return dict(words)
