"""Which kinds a text may hold, found by what is cheap to test: how numbers are written, and words with a number beside.

Everything is about texts in lower case, which `re` looks through much faster than with case ignored.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from qaseed.safety.alternatives import by_first_letter, joined
from qaseed.safety.hints import FIRST_TESTS, HINTS
from qaseed.safety.matching import AFTERWARDS, JOINED, Kind
from qaseed.safety.values import KINDS


def _in_lower_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.removeprefix("(?i)").lower(), re.ASCII)


_ANY = re.compile(r"[0-9@&%\\/:x\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]|www\.")
"""What every text with an identifier has, also one that is written in escapes."""
_TOKEN = 120
"""Characters before a word that a number which it names may begin in."""
_NUMBER_BEFORE = re.compile(rf"[0-9][0-9a-z./\u00ba-]*(?:\)| [a-z])?{AFTERWARDS}\Z", re.ASCII)


def candidates(text: str) -> Iterator[Kind]:
    """The kinds that a text in lower case may hold, each once."""
    if not _ANY.search(text):
        return
    for first, test, kinds in _shaped():
        if first.search(text) and (test is first or test.search(text)):
            yield from kinds
    words, by_letter = _named()
    starts = [match.start() for match in words.finditer(text)]
    if starts:
        has_number = bool(_number().search(text))
        named = (kind for at in starts for kind in _named_at(text, at, by_letter[text[at]]))
        yield from (kind for kind in dict.fromkeys(named) if has_number or not kind.needs_number)


def _named_at(text: str, start: int, named: Iterable[Kind]) -> Iterator[Kind]:
    """Those of some kinds that the word at this position names, if a number is after or before it."""
    is_after: bool | None = None
    for kind in named:
        match = kind.context_with_number.match(text, start)
        if match and match[1] is None:
            yield kind
        elif match:
            if is_after is None:
                is_after = bool(_NUMBER_BEFORE.search(text, max(0, start - _TOKEN), start))
            if is_after:
                yield kind


@lru_cache
def _number() -> re.Pattern[str]:
    return _in_lower_case(HINTS["number"])


@lru_cache
def _shaped() -> list[tuple[re.Pattern[str], re.Pattern[str], list[Kind]]]:
    """The kinds that need no context, with their hint, and what is cheaper still to test before it."""
    by_hint: defaultdict[str, list[Kind]] = defaultdict(list)
    for kind in KINDS:
        if not kind.context:
            by_hint[kind.hint].append(kind)
    tests = {hint: _in_lower_case(HINTS[hint]) for hint in by_hint}
    firsts = {hint: re.compile(FIRST_TESTS[hint]) if hint in FIRST_TESTS else test for hint, test in tests.items()}
    return [(firsts[hint], test, by_hint[hint]) for hint, test in tests.items()]


@lru_cache
def _named() -> tuple[re.Pattern[str], dict[str, list[Kind]]]:
    """An expression that matches before each word that names a kind, and the kinds by the first letter of the word."""
    contexts = {kind: kind.context.lower() for kind in KINDS if kind.context}
    by_letter: defaultdict[str, list[Kind]] = defaultdict(list)
    for kind, context in contexts.items():
        for letter in by_first_letter(context):
            by_letter[letter].append(kind)
    words = rf"\b(?=(?:{joined(contexts.values())}){JOINED}(?:(?![a-z])|(?<=[^a-z])))"
    return re.compile(words, re.ASCII), by_letter
