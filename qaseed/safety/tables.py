"""Names of the columns of one table, judged together: what the table is about decides what a short word in it means.

A table is of persons if two of its columns say so (`first_name`, `dob`), or one and its own name (`patient`). In it a
name that alone says nothing is read again: without the abbreviation of the table's name (`tel_adh`), as one of a
person (`picture`, `license`), by words that only there have one meaning, with a letter wrong or its end cut.
Tables of vehicles, cards and goods are known by their columns too (`registration` beside `make`, and a `name` beside
`sku` and `price` that is no person's), and a language by words beside which a short one has another meaning (`nip`
beside `nama`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from qaseed.safety import languages, lexicon, vocabulary
from qaseed.safety.affixes import (
    LEAST,
    affixes_of,
    shared_prefixes,
    without_affixes,
    without_ending,
    without_fused_title,
    without_initial,
    without_title,
)
from qaseed.safety.names import (
    ANY_NAME,
    INSTITUTIONS,
    NEUTRAL,
    NOUNS_FIRST,
    ORGANIZATIONS,
    OWNED,
    PEOPLE,
    SHORT_NUMBERS,
    WRITTEN,
    Outcome,
    Phrase,
    Verdict,
    classify,
    identifying_words,
    phrases_of,
    plain_words,
)
from qaseed.safety.spelling import ABBREVIATIONS, differs_by_one
from qaseed.safety.titles import animals, goods, institutions, is_of_things, owner_of, premises, titled, without_owner

_LONG_NUMBER = "|".join(form for form, word in ABBREVIATIONS.items() if word == "number" and len(form) > len("num"))
_FUSED = re.compile(
    f"([a-z]{{2,7}}?)({_LONG_NUMBER}|number|numeros|num|no|nbr|nr|regno|id|letras)"
    f"|({_LONG_NUMBER}|num|no|nr)([a-z]{{2,4}})"
)
"""A word that is written as one with the word for a number: `esino`, `rfcnumeros`, `numerocni`, `cislopasu`."""
_INITIALS = re.compile("[a-gi-z]|[a-z][flm]")
"""What is before `name` in short names of columns: `pName`, `p_f_name`."""
_NEUTRAL_OR_IMAGE = NEUTRAL | lexicon.CARRIERS
_SHORT_NAME = 2
"""Words of a name at most whose first is read in the language of the others."""
_OF_HOUSE = {(word,) for word in ("number", "block", "staircase", "entrance", "floor")}
"""Parts of an address in a table with a street."""


def classify_columns(names: Sequence[str], table: str = "") -> list[Verdict]:
    """The class of each name, judged beside the others and the name of their table."""
    return list(judged(tuple(names), table))


@lru_cache(maxsize=512)
def judged(names: tuple[str, ...], table: str) -> tuple[Verdict, ...]:
    """The same, remembered."""
    names = without_ending(without_initial(names, table), table)
    alone = [classify(name) for name in names]
    words = [plain_words(name) for name in names]
    every = frozenset(word for one in words for word in one)
    title = "".join(plain_words(table)) if is_of_things(table) else ""
    prefixes = shared_prefixes(words) - INSTITUTIONS
    affixes = affixes_of(words, table) - INSTITUTIONS | prefixes - lexicon.KEYS
    evidence = _evidence(alone, words, table)
    if not evidence and owner_of(table):  # nama_nas of nasabah
        bare = [without_affixes(one, affixes) for one in words]
        evidence = _evidence([classify("_".join(one)) for one in bare], bare, table)
    context = _Context(
        table=table,
        size=len(names),
        persons=evidence,
        contacts=_contacts(alone, 3),
        things=tuple(_things(every, table)),
        goods=animals(table)
        or premises(table)
        or ("" if _others_are_personal(alone, words, title) else goods(every, table)),
        title=title,
        titled=titled(table),
        affixes=affixes,
        prefixes=prefixes,
        meanings=_meanings(every),
        has_street=not lexicon.STREETS.isdisjoint(every),
        has_address=not lexicon.ADDRESSES.isdisjoint(every),
        has_places=not _KEYS_OF_PLACES.isdisjoint(words) or plain_words(table)[-1:] in _PLACES,
    )
    return tuple(context.verdict(verdict, one) if one else verdict for verdict, one in zip(alone, words, strict=True))


@dataclass(frozen=True)
class _Context:
    """What a table is of: persons, those whom one contacts, or things, each with the words that say so; words that only
    abbreviate its name, and those that mean something else in its language.
    """

    table: str
    size: int
    persons: str
    contacts: str
    things: tuple[tuple[str, Mapping[Phrase, str]], ...]
    goods: str
    title: str
    titled: Mapping[Phrase, Verdict]
    affixes: frozenset[str]
    prefixes: frozenset[str]
    meanings: Mapping[str, tuple[str, str]]
    has_street: bool
    has_address: bool
    has_places: bool

    def verdict(self, alone: Verdict, words: Phrase) -> Verdict:
        """The class of a name in such a table."""
        bare = without_title(words, self.title)
        if self.goods and (_is_bare_name(bare) or self._has_of_its_own(alone, words)):
            return Verdict("ok", "", bare[0], self.goods)
        if alone.outcome == "reject" and self._is_of_no_person and _may_mean_another(words):
            return Verdict("ok", "", words[0], f"a table of {self.size} columns, none of them of a person")
        known = self._by_siblings(alone, words)
        if known or alone.outcome != "ok":
            return known or alone
        if self.persons and (words[0] in _ASKS or words[-1] in _REGIONS):
            return alone
        if self.persons:
            verdict = _in_context(words, self.affixes, self.prefixes, self.table)
            if verdict.outcome == "ok" and (self.titled or not is_of_things(self.table)):
                verdict = _unknown_number(without_affixes(words, self.affixes))
            return replace(verdict, context=self.persons)
        verdict = _in_table(words) if self.contacts else alone
        return replace(verdict, context=self.contacts) if verdict.outcome == "managed" else alone

    def _has_of_its_own(self, alone: Verdict, words: Phrase) -> bool:
        """Whether what the table is of has data of that class that are no person's: the age of an animal, the address
        of a hospital.
        """
        others = {word for word in words if not word.isdigit()} - {*plain_words(alone.words), "line"}
        if not (lexicon.FORMS | lexicon.CARRIERS).issuperset(others):
            return False
        letter = alone.letter
        if letter in _OF_ANIMALS and self.goods == animals(self.table):
            return True
        return letter in _OF_INSTITUTIONS and not self.persons and self.goods == institutions(self.table)

    @property
    def _is_of_no_person(self) -> bool:
        """Whether none of many columns says that the table is of persons, or of things with numbers of theirs."""
        return self.size >= _MANY_COLUMNS and not (self.persons or self.contacts or self.things or owner_of(self.table))

    def _by_siblings(self, alone: Verdict, words: Phrase) -> Verdict | None:
        """The class of a name that certain other columns decide, if they are there."""
        if len(words) <= _SHORT_NAME and words[0] in self.meanings:
            letter, evidence = self.meanings[words[0]]
            return Verdict("managed" if letter else "ok", letter, words[0], evidence)
        if words == ("pin", "code") and self.has_address:
            return Verdict("managed", "B", "pin code", "a table with an address")
        if words == _STATE_ID and self.has_places:
            return Verdict("ok", "", "state id", "a table with keys of places")
        if words in _OF_HOUSE and self.has_street:
            return Verdict("managed", "B", words[0], "a table with a street")
        if self.titled and alone.outcome != "reject":
            verdict = self.titled.get(words) or self.titled.get(without_owner(without_affixes(words, self.affixes)))
            if verdict:
                return verdict
        things = (Verdict("reject", of[words], " ".join(words), why) for why, of in self.things if words in of)
        return next(things, None) if alone.outcome == "ok" else None


def _may_mean_another(words: Phrase) -> bool:
    """Whether a name is an abbreviation or a word of many meanings: `tc`, `plate`, `pan82`."""
    is_year = len(words) > 1 and len(words[0]) <= _LONG_ABBREVIATION and words[1].isdigit() and len(words[1]) > 1
    return words in _OF_MANY_MEANINGS or is_year


def _contacts(alone: Sequence[Verdict], least: int) -> str:
    """As many classes of data by which one reaches a person or a company."""
    words = {verdict.letter: verdict.words for verdict in alone if verdict.outcome == "managed"}
    reached = [words[letter] for letter in "ABDF" if letter in words]
    return f"a table with {' and '.join(map(repr, reached[:least]))}" if len(reached) >= least else ""


def _things(every: frozenset[str], table: str) -> Iterator[tuple[str, Mapping[Phrase, str]]]:
    """Things with numbers of their own that a table is of: two words of it say so, or one and its name."""
    title = {form for word in plain_words(table) for form in (word, word.removesuffix("s"))}
    for signs, phrases in _THINGS:
        present = [*sorted(signs & every), *sorted(signs & title)]
        if len(present) > 1:
            yield f"a table with {present[0]!r} and {present[1]!r}", phrases


def _others_are_personal(alone: Sequence[Verdict], words: Sequence[Phrase], title: str) -> bool:
    """Whether columns other than those called just a name would hold an identifier."""
    return any(
        verdict.outcome in ("managed", "reject")
        and verdict.letter != "-"
        and one != _STATE_ID
        and not _is_bare_name(without_title(one, title))
        for verdict, one in zip(alone, words, strict=True)
    )


def _is_bare_name(words: Phrase) -> bool:
    words = words[1:] if words[:1] in _KINDS_OF_NAMES and len(words) > 1 else words
    return words[:1] in _NAMES_OF_GOODS and _FORMS_OF_NAMES.issuperset(words[1:])


_STATE_ID = ("state", "id")
_PLACES = frozenset((form,) for word in ("city", "county", "district") for form in (word, f"{word}s"))
_KEYS_OF_PLACES = frozenset((word, "id") for word in ("country", "city", "county", "district", "region", "zone"))


def _meanings(every: frozenset[str]) -> dict[str, tuple[str, str]]:
    """The words that in the language of the others are of another class."""
    return {
        word: (letter, f"a table with {min(signs & every)!r}")
        for signs, words in _MEANINGS
        if not signs.isdisjoint(every)
        for word, letter in words.items()
    }


def _evidence(alone: Sequence[Verdict], words: Sequence[Phrase], table: str) -> str:
    """What says that a table is of persons: the word in its name, or words of two columns."""
    owner = owner_of(table)
    known = dict.fromkeys(sign for verdict, one in zip(alone, words, strict=True) if (sign := _sign(verdict, one)))
    if owner and (
        known
        or not _REACHED.isdisjoint(verdict.letter for verdict in alone if verdict.outcome == "managed")
        or (owner[0], "name") in words
        or ("name",) in words
        or (owner_of(plain_words(table)[-1]) and any(map(_is_bare_name, words)))
    ):
        return f"a table of {owner!r}"
    return f"a table with {' and '.join(map(repr, list(known)[:2]))}" if len(known) > 1 else ""


def _sign(verdict: Verdict, words: Phrase) -> str:
    """The words of a column that only a table of persons has."""
    trait = next((word for word in words if word in lexicon.TRAITS), "")
    if trait and verdict.outcome == "ok":
        return trait
    if verdict.outcome not in ("managed", "reject") or _may_mean_another(words):
        return ""
    is_of_person = verdict.letter in "GHIKP" or (verdict.letter == "A" and verdict.words != "name")
    is_birth = verdict.letter in "BC" and not _BIRTH.isdisjoint(plain_words(verdict.words))
    return verdict.words if is_of_person or is_birth else ""


_REACHED = frozenset("BDF")
_AGES = "age umur edad idade eletkor wiek leeftijd usia vozrast varsta"
_BIRTH = frozenset(f"dob birthdate birthday geburtsdatum {languages.BIRTH} {_AGES}".split())


_OF_PARTS = {("name",), ("first",), ("middle",), ("last",)}
"""What makes a name after an initial that says whose it is: `pName`, `pFirst`."""


def _in_context(words: Phrase, affixes: frozenset[str], prefixes: frozenset[str], table: str) -> Verdict:
    """The class of a name in a table of persons, or none."""
    for reading in (*_readings(words, affixes), *without_fused_title(words, table)):
        verdict = _in_table(reading)
        if verdict.outcome == "ok" and reading != words:
            verdict = classify("_".join(reading))
        if verdict.outcome == "ok" and _may_be_owned(reading):
            verdict = classify("_".join(("person", *reading)))
        if (
            verdict.outcome == "ok"
            and (reading[1:] in _OF_PARTS or reading[1:] in ANY_NAME)
            and _INITIALS.fullmatch(reading[0])
        ):
            verdict = Verdict("managed", "A", "name")
        if verdict.outcome == "ok":
            verdict = _beside_unknown(reading)
        is_cut_to_name = verdict.words == "name" and reading != words and len(words[0]) > 3 and words[0] not in prefixes
        if verdict.outcome in ("managed", "reject") and not is_cut_to_name:
            return verdict
    return _unknown_paper(without_affixes(words, affixes))


def _beside_unknown(words: Phrase) -> Verdict:
    """The class of a word with other meanings, or of a noun before an adjective, beside a word that nobody knows."""
    for at, near in ((0, 1), (-1, -2)):
        if len(words) == 2 and not _says_something(words[near]):
            number = _NUMBERS.get(words[at])
            if number and (at == 0 or len(words[at]) > 2):
                return Verdict("reject", number, words[at])
    for end in (2, 1):
        noun = NOUNS_FIRST.get(words[:end])
        if noun and 0 < len(words) - end < 3 and not any(map(_says_something, words[end:])):
            return Verdict("managed", noun, " ".join(words[:end]))
    return Verdict("ok")


def _unknown_paper(words: Phrase) -> Verdict:
    """The class of a picture or a paper of nothing else, so that it is a person's: `kyc_user_picture`."""
    end = len(words)
    while end > 1 and words[end - 1] in lexicon.LOCATORS:
        end -= 1
    letter, of_what = lexicon.PAPERS.get(words[end - 1]), words[: end - 1]
    if not letter or not of_what or of_what[0] in lexicon.ABOUT_BEFORE or not _NO_PAPERS.isdisjoint(of_what):
        return Verdict("ok")
    return Verdict("reject", letter, " ".join(words[:end]))


def _unknown_number(words: Phrase) -> Verdict:
    """The class of a number of nothing that is known to have one, so that it is a person's: `no_sertifikat`."""
    compound = next((end for end in _COMPOUNDS if words[-1].endswith(end)), "")
    if compound and len(words[-1]) > len(compound) + 2:
        words = (*words[:-1], words[-1].removesuffix(compound), "number")
    while len(words) > 1 and words[0] in PEOPLE:
        words = words[1:]
    if "number" not in (words[0], words[-1]) or words.count("number") != 1 or words[:2] == ("number", "of"):
        return Verdict("ok")
    others = [word for word in words if word != "number" and word not in NEUTRAL]
    if not others or not _COUNTED.isdisjoint(form for word in others for form in (word, word.removesuffix("s"))):
        return Verdict("ok")
    return Verdict("reject", "R", " ".join(words))


def _says_something(word: str) -> bool:
    return len(word) < 3 or word in WRITTEN or word in lexicon.ORDINARY or word.isdigit()


def _may_be_owned(words: Phrase) -> bool:
    """Whether a word for a person before a name could make it one of that person's."""
    return not OWNED.isdisjoint(words) and words[0] not in lexicon.COUNTRIES and lexicon.KEYS.isdisjoint(words)


_ORDINAL = re.compile("[0-9]{1,2}")


def _in_table(words: Phrase) -> Verdict:
    """The class of words that have one meaning in a table of persons, beside words for whose and in which form."""
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            meaning = _IN_TABLE.get(words[start:end])
            if meaning and (_is_key(words, start, end, meaning[1]) or not ORGANIZATIONS.isdisjoint(words[:start])):
                continue
            known = _NEUTRAL_OR_IMAGE if meaning and meaning[1] in "GIKLPQ" else NEUTRAL
            after = (word for word in words[end:] if not _ORDINAL.fullmatch(word))
            if meaning and known.issuperset((*words[:start], *after)):
                return Verdict(meaning[0], meaning[1], " ".join(words[start:end]))
    return Verdict("ok")


def _is_key(words: Phrase, start: int, end: int, letter: str) -> bool:
    """Whether other words make a name one of a row that holds the data: `id_adresse`."""
    return letter != "-" and not lexicon.KEYS.isdisjoint((*words[:start], *words[end:]))


def _readings(words: Phrase, affixes: frozenset[str]) -> Iterator[Phrase]:
    """A name as it is, without the abbreviation of its table, with words completed."""
    yield words
    if not lexicon.KEYS.isdisjoint(words):
        return
    bare = without_affixes(words, affixes)
    if bare != words:
        yield bare
    if len(bare) == 1 and bare[0] not in WRITTEN and (fused := _FUSED.fullmatch(bare[0])):
        yield fused[1] or fused[4], "id" if fused[2] == "id" else "number"
    completed = tuple(_completed(word) for word in bare)
    if completed != bare:
        yield completed


@lru_cache(maxsize=8192)
def _completed(word: str) -> str:
    """The word of the lexicon that another is with a letter wrong, or the beginning of."""
    if word in WRITTEN or word in lexicon.ORDINARY or len(word) < LEAST:
        return word
    forms = _forms()
    for key in (word, *_shortened(word)):
        for target in forms.get(key, ()):
            if differs_by_one(word, target):
                return target
    return _beginnings().get(word, word)


def _shortened(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


@cache
def _forms() -> dict[str, Phrase]:
    """Long words of identifiers, by what is left of them without any one letter."""
    forms: dict[str, Phrase] = {}
    for word in sorted(identifying_words()):
        if len(word) > LEAST:
            for key in (word, *_shortened(word)):
                forms[key] = (*forms.get(key, ()), word)
    return forms


@cache
def _beginnings() -> dict[str, str]:
    """Long words of identifiers, by beginnings that no other has."""
    counts: dict[str, set[str]] = {}
    for word in identifying_words():
        if len(word) > LEAST + 1:
            for end in range(max(LEAST, (2 * len(word) + 2) // 3), len(word)):
                counts.setdefault(word[:end], set()).add(word)
    return {start: min(words, key=len) for start, words in counts.items() if _are_one(words)}


def _are_one(words: set[str]) -> bool:
    """Whether words are forms of one: each begins with the shortest."""
    shortest = min(words, key=len)
    return all(word.startswith(shortest) for word in words)


_NUMBERS = {phrase[0]: letter for phrase, letter in SHORT_NUMBERS.items() if len(phrase) == 1 and letter in "GKQ"}
_REGIONS = frozenset({"state", "country"})
_ASKS = frozenset({"is", "has", "har", "hat", "heeft", "tiene", "tem"})
_COMPOUNDS = ("nummer", "numero", "numer")
"""Ends of words for a number in German, Dutch, Finnish and the Nordic languages: `zeugnisnummer`."""
_COUNTED = lexicon.NUMBERED | lexicon.ORDINARY | lexicon.GOODS | lexicon.ASPECTS | lexicon.USES | ORGANIZATIONS
_NO_PAPERS = _COUNTED | lexicon.OF_OTHERS | lexicon.KEYS | languages.ASPECTS
_MANY_COLUMNS, _LONG_ABBREVIATION = 4, 3
_OF_MANY_MEANINGS = {(word,) for word in "tc fin dpi plate plates drivers bi ci cc nit nin sin nid dl".split()}
_OF_ANIMALS, _OF_INSTITUTIONS = ("C", "Q"), ("B", "N")
_KINDS_OF_NAMES = {("display",), ("short",), ("official",), ("common",)}
_NAMES_OF_GOODS = ANY_NAME | {("name",), ("alias",)}
_FORMS_OF_NAMES = lexicon.COUNTRIES | {
    *"en eng geo rus arm ukr ar ja zh fa he el uk local english arabic french native short long".split()
}
"""Words for a language or a form after the name of a thing: `name_en`, `nom_fr_fr`."""
_THINGS = tuple((frozenset(signs.split()), phrases_of(phrases)) for signs, phrases in lexicon.THINGS)
_MEANINGS = tuple(
    (frozenset(signs.split()), {word: letter for letter, words in meanings.items() for word in words.split()})
    for signs, meanings in lexicon.MEANINGS
)
_IN_TABLE: dict[Phrase, tuple[Outcome, str]] = {
    **{phrase: ("managed", letter) for phrase, letter in phrases_of(vocabulary.MANAGED_IN_TABLE).items()},
    **{phrase: ("reject", letter) for phrase, letter in phrases_of(vocabulary.REFUSED_IN_TABLE).items()},
}
