"""Columns that hold names of people, those that hold text, and the SQL that finds the ones in the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qaseed.safety.names import words_of
from qaseed.scanning.proof import SAYS_NOTHING
from qaseed.scanning.queries import Field
from qaseed.sql import literal

_GIVEN = frozenset("first given fname forename vorname prenom nombre imie vname firstname primer".split())
_FAMILY = frozenset(
    """last family surname lname nachname nname apellido apellidos cognome sobrenome nazwisko maiden lastname famille
    segundo""".split()
)
_NO_NAME = frozenset("middle initial initials alias nick nickname user login screen mname".split())
_BARE = frozenset({("name",), ("nom",), ("nama",)})
_OF_PEOPLE = frozenset("dob birth birthdate birthday gender sex ssn mrn".split())
"""Words of a column beside which one that is called `name` names people."""
_TITLES = (
    r"(?i),?\s*\b(?:mr|mrs|ms|miss|mx|dr|prof|sr|sra|herr|frau|mme|jr|ii|iii|iv|md|m\.d|do|phd|ph\.d|psyd|rn|np|pa"
    r"|lcsw|lmft|lpc|dds|esq)\b\.?"
)
_TITLED = "mr mrs ms miss mx dr prof herr frau senor senora sra mme monsieur madame".split()
_ORGANIZATION = (
    r"\b(?:inc|llc|ltd|corp|company|co|gmbh|hospital|clinic|cent(?:er|re)|health|healthcare|medical|medicine"
    r"|group|services?|bank|insurance|university|school|college|associates|department|dept|office|foundation"
    r"|partners|systems?|care|plan|practice|agency|county|state|city|desk|team|support|test|account)\b"
)
_PLACE = r"^(?:north|south|east|west|new|saint|st|san|santa|los|las|fort|mount|port|puerto|rhode|united)\b"
"""How names of states, cities and countries begin, and given names do not."""
_UNCASED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_WORD = r"\p{Lu}[\pL\pM'\x{2019}-]*"
_PARTICLES = r"(?:(?:de|da|del|della|di|dos|du|la|le|van|von|der|den|ter|bin|ibn|al|el|y) )*"
_RUN = rf"{_WORD}(?:[.,]? {_PARTICLES}{_WORD})+"
"""Words with capitals in a row: what a given and a family name are written as."""
_HAS_RUN = rf"\p{{Lu}}[\pL\pM]*[.,]? {_PARTICLES}\p{{Lu}}"
"""What is found in every text with such words, and faster."""


@dataclass(frozen=True)
class Person:
    """The columns of a table that together name one person: given and family name, or one for both."""

    given: Field | None = None
    family: Field | None = None
    whole: Field | None = None

    @property
    def fields(self) -> list[Field]:
        """The columns that it has."""
        return [one for one in (self.given, self.family, self.whole) if one]


def persons_in(fields: Iterable[Field]) -> list[Person]:
    """Whom the columns of a table name; a snapshot's own predicate says that they are nobody."""
    readable = [one for one in fields if one.sql and not (one.numeric or one.nested or one.is_proven)]
    given: dict[frozenset[str], list[Field]] = {}
    family: list[tuple[frozenset[str], Field]] = []
    whole: list[Field] = []
    is_of_people = any(not _OF_PEOPLE.isdisjoint(words_of(one.name)) for one in readable)
    for column in (one for one in readable if one.letter == "A"):
        words = words_of(column.name)
        owner = frozenset(words) - _GIVEN - _FAMILY - {"name", "nm", "names"}
        if not _FAMILY.isdisjoint(words):
            family.append((owner, column))
        elif not _GIVEN.isdisjoint(words):
            given.setdefault(owner, []).append(column)
        elif _NO_NAME.isdisjoint(words) and (tuple(words) not in _BARE or is_of_people):
            whole.append(column)
    pairs = [Person(one, column) for owner, column in family for one in given.get(owner, [None])]
    return [*pairs, *(Person(whole=column) for column in whole)]


def texts_in(fields: Iterable[Field]) -> list[Field]:
    """The columns of a table in which a person may be named: all text that is not itself named like personal data."""
    return [one for one in fields if one.is_read and one.is_text and not one.binary]


def names_query(relation: str, persons: Sequence[Person]) -> str:
    """One row a person: the first word of the given name, the family name, and the keys of both as they are written."""
    return (
        f"select distinct x.g1 as given, x.f as family, [{_key('x.g1', 'x.f')}, {_key('x.f', 'x.g1')}, "
        f"{_key('x.g', 'x.f')}] as keys from (select unnest(p) as x from {_with_names(relation, persons, ())}) "
        f"where x.g1 <> '' and not x.z"
    )


def hits_query(relation: str, persons: Sequence[Person], texts: Sequence[Field], *, with_keys: bool) -> str:
    """One row for each text that may name a person: its column; of the persons of its row the names that it holds
    together (`pairs`) and family names that it holds alone (`alone`); and the keys of all words with capitals that
    stand together.
    """
    keys = f"case when regexp_matches(v, {literal(_HAS_RUN)}) then {_keys_sql()} else [] end" if with_keys else "[]"
    if not persons:
        cells = f"unpivot (select {_cells(texts)} from {relation}) on columns(*) into name n value v"
        return (
            f"select n, {_NONE_TOGETHER} as pairs, {_NONE_ALONE} as alone, {_keys_sql()} as keys from ({cells}) "
            f"where regexp_matches(v, {literal(_HAS_RUN)})"
        )
    cells = (
        f"select n, v, p, strip_accents(v) as w from (unpivot {_with_names(relation, persons, texts)} "
        "on columns('^c[0-9]+$') into name n value v)"
    )
    near = (
        f"select n, v, w, list_filter(p, lambda x: contains(lower(w), x.k)) as near, {keys}::ubigint[] as keys "
        f"from ({cells})"
    )
    plain = (
        f"select *, case when len(near) > 0 then ' ' || {_plain('w')} || ' ' end as t from ({near}) "
        "where len(near) > 0 or len(keys) > 0"
    )
    return (
        f"select n, list_transform(list_filter(near, lambda x: {_TOGETHER}), lambda x: {{'given': x.g1, 'family': x.f, "
        f"'sure': {_SURE}}}) as pairs, list_transform(list_filter(near, lambda x: {_ALONE}), lambda x: "
        f"{{'family': x.f, 'sure': {_TITLED_SQL}}}) as alone, keys from ({plain})"
    )


def words_query(relation: str, texts: Sequence[Field], words: str) -> str:
    """How many texts of each column hold each of some words with a capital; `words` is a table of them."""
    cells = f"unpivot (select {_cells(texts)} from {relation}) on columns(*) into name n value v"
    capitals = rf"list_distinct(list_transform(regexp_extract_all(v, '\p{{Lu}}[\pL\pM]+'), lambda x: {_plain('x')}))"
    return (
        f"select n, word, count(*) from (select n, unnest({capitals}) as word from ({cells})) semi join {words} "
        "using (word) group by n, word"
    )


def _cells(texts: Sequence[Field]) -> str:
    return ", ".join(f"{column.value} as c{place}" for place, column in enumerate(texts))


def _with_names(relation: str, persons: Sequence[Person], texts: Sequence[Field]) -> str:
    """The texts of a relation, and a list `p` of the persons that its row names.

    Of each: given name, its first word, family name in plain form and as it is written, the word to look for first, and
    whether both are written as one.
    """
    cells = f"{_cells(texts)}, " if texts else ""
    names = list(enumerate(_parts(person) for person in persons))
    raw = ", ".join(f"{given} as a{at}, {family} as b{at}" for at, (given, family) in names)
    plain = ", ".join(f"{_plain(f'a{at}')} as g{at}, {_plain(f'b{at}')} as f{at}" for at, _ in names)
    structs = ", ".join(
        f"case when {_is_name(f'b{at}', f'f{at}')} then {{'g': g{at}, 'g1': split_part(g{at}, ' ', 1), 'f': f{at}, "
        f"'a': strip_accents(split_part(trim(a{at}), ' ', 1)), 'n': strip_accents(trim(b{at})), "
        f"'s': regexp_extract(strip_accents(trim(b{at})), '[\\pL\\pM]+$'), 'k': split_part(f{at}, ' ', -1), "
        f"'z': regexp_full_match(f{at} || g{at}, '{_UNCASED}{{2,}}')}} end"
        for at, _ in names
    )
    columns = "".join(f"c{place}, " for place in range(len(texts)))
    return (
        f"(select {columns}list_filter([{structs}], lambda x: x is not null) as p from (select *, {plain} from "
        f"(select {cells}{raw} from {relation})))"
    )


_NONE_TOGETHER = "[]::struct(given varchar, family varchar, sure boolean)[]"
_NONE_ALONE = "[]::struct(family varchar, sure boolean)[]"


def _parts(person: Person) -> tuple[str, str]:
    """The given and the family name of a person, as SQL."""
    if not person.whole:
        return (f"coalesce({person.given.sql}, '')" if person.given else "''"), str(person.family and person.family.sql)
    name = f"trim(regexp_replace({person.whole.sql}, {literal(_TITLES)}, ' ', 'g'))"
    plain = _plain(name)
    is_person = (
        rf"regexp_full_match({plain}, '[\pL\pM]+(?: [\pL\pM]+){{1,4}}') and not regexp_matches({plain}, "
        rf"{literal(f'{_ORGANIZATION}|{_PLACE}')}) and regexp_matches({name}, '^\p{{Lu}}')"
    )
    is_reversed = f"contains({name}, ',')"
    first = rf"trim(if({is_reversed}, split_part({name}, ',', 2), regexp_replace({name}, '\s+\S+$', '')))"
    last = rf"trim(if({is_reversed}, split_part({name}, ',', 1), regexp_extract({name}, '\S+$')))"
    uncased = f"regexp_full_match({name}, '{_UNCASED}{{2,}}')"
    return (
        f"case when {is_person} then {first} else '' end",
        f"case when {is_person} then {last} when {uncased} then {name} end",
    )


def _plain(text: str) -> str:
    """Letters and digits in lower case, without accents, and one space for all else."""
    return rf"trim(regexp_replace(lower(strip_accents({text})), '[^\pL\pM\pN]+', ' ', 'g'))"


def _is_name(family: str, plain: str) -> str:
    return (
        rf"regexp_full_match({plain}, '(?:[\pL\pM]+ ){{0,3}}[\pL\pM]{{2,}}|{_UNCASED}+') and not "
        f"regexp_full_match({family}, {literal(SAYS_NOTHING)})"
    )


def _key(first: str, second: str) -> str:
    return f"hash({first} || ' ' || {second})"


def _keys_sql() -> str:
    grams = ", ".join(
        f"list_transform(range(1, len(ts) - {size - 2}), lambda i: hash(array_to_string(ts[i:i + {size - 1}], ' ')))"
        for size in (2, 3, 4)
    )
    across = (
        "list_transform(list_filter(range(1, len(ts) - 1), lambda i: length(ts[i + 1]) = 1), "
        f"lambda i: {_key('ts[i]', 'ts[i + 2]')})"
    )
    tokens = f"[string_split({_plain('r')}, ' ')]"
    return (
        f"flatten(list_transform(regexp_extract_all(v, {literal(_RUN)}), lambda r: "
        f"flatten(flatten(list_transform({tokens}, lambda ts: [{grams}, {across}])))))"
    )


def _any_of(terms: Iterator[str]) -> str:
    return f"({' or '.join(terms)})"


_TOGETHER = (
    "(x.z and (contains(v, x.f || x.g) or contains(v, x.f || ' ' || x.g))) or (x.g <> '' and ("
    "contains(t, ' ' || x.g || ' ' || x.f || ' ') or contains(t, ' ' || x.g1 || ' ' || x.f || ' ') "
    "or contains(t, ' ' || x.f || ' ' || x.g1 || ' ')))"
)
_SURE = "x.z or contains(w, x.a || ' ' || x.n) or contains(w, x.n || ', ' || x.a)"
_ALONE = (
    "length(x.f) >= 3 and not x.z and contains(t, ' ' || x.f || ' ') and (contains(w, upper(x.s)) or "
    "contains(w, upper(x.s[1]) || lower(x.s[2:])) or (contains(w, x.s) and x.s[1] = upper(x.s[1])))"
)
_TITLED_SQL = _any_of(f"contains(t, ' {title} ' || x.f || ' ')" for title in _TITLED)
