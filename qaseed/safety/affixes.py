"""What names of columns have of the name of their table, and of each other: an initial, a beginning, an
abbreviation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from qaseed.safety import lexicon
from qaseed.safety.names import BEGINNINGS, NEUTRAL, WRITTEN, Phrase, classify, plain_words
from qaseed.safety.spelling import differs_by_one
from qaseed.safety.titles import owner_of

LEAST = 5
"""Letters of a word that is read with one of them wrong, or as the beginning of another, which has at most half as many
more.
"""
_NO_AFFIXES = BEGINNINGS | NEUTRAL | lexicon.KEYS
_SHARING = 3
"""Columns that have a word in common before it is taken as an abbreviation of their table's name."""
_INFLECTIONS = frozenset("dnrsy")
"""Letters that words end with anyway: `licensed` of `drivers`."""
_SHORTEST = 2
"""Letters that a name has more of, if the first may be the initial of its table."""


def without_initial(names: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The names without the initial of their table, if most begin with it and only so say something: `dmail`."""
    for initial in sorted({word[0] for word in plain_words(table)}):
        rests = {name: name[1:].lstrip("_") for name in names if name[:1].lower() == initial and len(name) > _SHORTEST}
        is_shared = len(rests) >= _SHARING and len(rests) * 5 >= len(names) * 3
        least = 1 if all(name[1] == "_" for name in rests) else _SHARING
        if is_shared and _gained(rests) >= least:
            return tuple(rests.get(name, name) for name in names)
    return names


def without_ending(names: tuple[str, ...], table: str) -> tuple[str, ...]:
    """The names without the beginning of their table's name at their end, if some say something only so: `nomLoc`."""
    for title in plain_words(table):
        endings = [title[:length] for length in range(len(title), _SHORTEST, -1)]
        rests = {}
        for name in names:
            ending = next((one for one in endings if name.lower().endswith(one)), "")
            if ending and len(name) - len(ending) > _SHORTEST:
                rests[name] = name[: -len(ending)].rstrip("_")
        if _gained(rests) >= _SHARING:
            return tuple(rests.get(name, name) for name in names)
    return names


def _gained(rests: Mapping[str, str]) -> int:
    """How many names say something only without what they lose."""
    return sum(classify(name).outcome == "ok" != classify(rest).outcome for name, rest in rests.items())


def without_title(words: Phrase, title: str) -> Phrase:
    """A name without the abbreviation of its table's name at its beginning, if that is one of things: `cat_nome`."""
    return words[1:] if title and len(words) > 1 and len(words[0]) > 1 and _abbreviates(words[0], title) else words


def affixes_of(words: Sequence[Phrase], table: str) -> frozenset[str]:
    """Words at the beginning or end of names that only say of which table they are."""
    whole = "".join(plain_words(table))
    counts = Counter(end for one in words if len(one) > 1 for end in {one[0], one[-1]})
    return frozenset(
        word
        for word, number in counts.items()
        if word not in _NO_AFFIXES
        and not word.isdigit()
        and ((number >= _SHARING and number * 4 >= len(words)) or (len(word) > 1 and _abbreviates(word, whole)))
    )


def shared_prefixes(words: Sequence[Phrase]) -> frozenset[str]:
    """The word that nearly all names begin with: it says nothing."""
    counts = Counter(one[0] for one in words if len(one) > 1)
    return frozenset(word for word, number in counts.items() if number >= max(_SHARING, len(words) * 3 / 4))


def _abbreviates(word: str, whole: str) -> bool:
    """Whether a word has letters of another in their order, from the first on."""
    if not whole.startswith(word[:1]) or word in WRITTEN:
        return False
    letters = iter(whole)
    return all(letter in letters for letter in word)


def without_fused_title(words: Phrase, table: str) -> Iterator[Phrase]:
    """A name without the name of its table, or its initial, written as one with its last word: `nombreempleado`."""
    last, owner = words[-1], owner_of(table).removesuffix("s")
    if not owner or last in WRITTEN:
        return
    for length in (len(owner) - 1, len(owner), len(owner) + 1):
        rest, end = last[:-length], last[-length:]
        if length >= LEAST and len(rest) > _SHORTEST and (end == owner or differs_by_one(end, owner)):
            yield (*words[:-1], *plain_words(rest))
    if last[-1] == owner[0] and last[-1] not in _INFLECTIONS and last[:-1] in WRITTEN:
        yield (*words[:-1], last[:-1])


def without_affixes(words: Phrase, affixes: frozenset[str]) -> Phrase:
    bare = words[1:] if len(words) > 1 and words[0] in affixes else words
    return bare[:-1] if len(bare) > 1 and bare[-1] in affixes else bare
