"""Titles of tables: whose a table is by its name, and what that name alone says of its columns.

In a table of passports a `number` is one of a passport. One of animals, premises or goods has no names of persons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from qaseed.safety import lexicon
from qaseed.safety.names import PEOPLE, Outcome, Phrase, Verdict, phrases_of, plain_words
from qaseed.safety.spelling import without_vowels

_TITLES: tuple[tuple[frozenset[str], bool, Outcome, dict[Phrase, str]], ...] = tuple(
    (frozenset(signs.split()), signs.startswith("OWNER "), outcome, phrases_of({letter: phrases}))
    for signs, outcome, letter, phrases in lexicon.TITLES
)
_SIDES = frozenset({"front", "back", "document"})
_ENDINGS = frozenset(
    """csv tsv tab txt parquet arrow feather xlsx xls json jsonl ndjson gz zip zst bz2 xz duckdb db sqlite sql
    dat""".split()
)
"""Endings of files that hold a table."""
_TELLING = 3
"""Letters that a table's name has at least if it says of what the table is."""
_AGENT = re.compile("(?:er|or|ist|ista|[cdnpt]ant|[dg]ent|lient|ee|ian|man|men|eur|ero|ario|nik|ci|ler|lar)$")
"""Ends of words for people by what they do."""
_NAME_OR_KEY = frozenset({"name", "id", "key", "number"})


def table_title(shown: str) -> str:
    """The name of a table as it ends a path, without the ending of a file."""
    parts = [part for part in re.split(r"[/\\.:]", shown) if part]
    while len(parts) > 1 and parts[-1].lower() in _ENDINGS:
        parts.pop()
    return parts[-1] if parts else ""


def owner_of(table: str) -> str:
    """The word for a person in the name of a table."""
    title = plain_words(table)
    words = (
        form
        for word in (*reversed(title), "".join(title))
        for form in (word, word.removesuffix("s"), word.removesuffix("es"))
    )
    return next((form for form in words if form in PEOPLE), "")


@lru_cache(maxsize=512)
def titled(table: str) -> Mapping[Phrase, Verdict]:
    """What names mean in a table that is called for papers, biometrics or secrets."""
    title = plain_words(table)
    verdicts: dict[Phrase, Verdict] = {}
    for signs, of_person, outcome, phrases in _TITLES:
        at = next((at for at, word in enumerate(title) if word in signs), None)
        if at is not None and all(map(_ends_a_title, title[at + 1 :])) and (not of_person or owner_of(table)):
            for phrase, letter in phrases.items():
                verdicts.setdefault(phrase, Verdict(outcome, letter, " ".join(phrase), f"a table of {title[at]!r}"))
    return verdicts


def _ends_a_title(word: str) -> bool:
    return word in lexicon.UNTELLING or not lexicon.ENDS_OF_TITLES.isdisjoint((word, word.removesuffix("s")))


def without_owner(words: Phrase) -> Phrase:
    """A name without a word for whose at its beginning, or for an image or file at its end."""
    start = 1 if len(words) > 1 and words[0] in PEOPLE else 0
    end = len(words) - 1 if len(words) > start + 1 and words[-1] in lexicon.CARRIERS - _SIDES else len(words)
    return words[start:end]


def animals(table: str) -> str:
    """What says that a table is of animals."""
    return _called_for(table, lexicon.ANIMALS)


def premises(table: str) -> str:
    """What says that a table is of organizations and where they are."""
    return "" if owner_of(table) else _called_for(table, lexicon.PREMISES)


def institutions(table: str) -> str:
    """What says that a table is of organizations whose addresses are no person's, nor an employer's."""
    return "" if _called_for(table, lexicon.EMPLOYERS) else premises(table)


def _called_for(table: str, words: frozenset[str]) -> str:
    last = "".join(plain_words(table)[-1:])
    forms = (last, last.removesuffix("s"), last.removesuffix("es"), f"{last.removesuffix('ies')}y")
    return "" if words.isdisjoint(forms) else f"a table of {last!r}"


def goods(every: frozenset[str], table: str) -> str:
    """What says that a table is of goods or of entries of a catalog, if no other column than a name is of a person."""
    words = _without_numbers(plain_words(table))
    title = {form for word in words for form in (word, word.removesuffix("s"))}
    last = "".join(words[-1:])
    if not lexicon.CATALOGS.isdisjoint((last, last.removesuffix("s"), f"{last.removesuffix('ies')}y")):
        return f"a table of {last!r}"
    if owner_of(table):
        return ""
    present = sorted(lexicon.GOODS & (every | title))
    if len(present) > 1:
        return f"a table with {present[0]!r} and {present[1]!r}"
    if not every - _NAME_OR_KEY or not lexicon.TRAITS.isdisjoint(every):
        return ""
    return f"a table of {last!r}" if is_of_things(table) else ""


def is_of_things(table: str) -> bool:
    """Whether a title says of what a table is, and by no word that could be one for people."""
    last = "".join(_without_numbers(plain_words(table))[-1:])
    one = last.removesuffix("s")
    if owner_of(table) or len(last) < _TELLING or last in lexicon.UNTELLING or one in lexicon.OWNERS:
        return False
    return without_vowels(one) != one and not _AGENT.search(one)


def _without_numbers(words: Phrase) -> Phrase:
    """The words of a title without numbers at its end: `people_2024`."""
    end = next((end for end in range(len(words), 0, -1) if not words[end - 1].isdigit()), 0)
    return words[:end]
