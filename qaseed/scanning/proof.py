"""Columns that are named like personal data or hold free text, and what proves that a value belongs to no person."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.names import class_label, classify, words_of
from qaseed.safety.values import IP_RESERVED
from qaseed.sql import literal

UNTITLED = "?"
"""In place of a class: of a column without a title, nothing says what its values are."""
_SHOWN = {"": "free text", UNTITLED: "no title"}
_GENERATED_TITLE = re.compile(r"(?i)(?:column|field)_?[0-9]*|_?[cf][0-9]+|unnamed:? ?[0-9]+|[0-9]+|\(extra cells\)")
"""What libraries call a column that has no title."""
BY_ORIGIN = frozenset({"name", "person", "street", "city", "unit"})
"""Predicates that hold for real values too: only where a value comes from proves it."""
SHIPPED: Mapping[str, str] = {
    "location.address_1": "street",
    "location.address_2": "unit",
    "location.city": "city",
    "provider.first_name": "name",
    "provider.last_name": "name",
    "client.first_name": "name",
    "client.middle_name": "name",
    "client.last_name": "name",
    "client.preferred_name": "name",
    "client.address_1": "street",
    "client.address_2": "unit",
    "client.city": "city",
    "client.emergency_contact_name": "person",
    "client.guardian_name": "person",
}
"""The columns of qaseed's own model that have such a predicate."""

_PREDICATES_OF: Mapping[str, tuple[str, ...]] = {
    "B": ("zip",), "D": ("phone",), "E": ("phone",), "F": ("email",), "H": ("mrn", "chart_no", "record"),
    "I": ("member_id",), "J": ("record",), "K": ("credential",), "N": ("url", "email"), "R": ("npi", "record"),
}  # fmt: skip
"""Predicates by class that need no declaration; those of names and streets hold for real ones too."""
_PATTERNS_OF: Mapping[str, str] = {
    "C": "(?:19|20)[0-9]{2}|[0-8]?[0-9]",  # a year, and an age below 90 (45 CFR 164.514(b)(2)(i)(C))
    "O": IP_RESERVED,
}
SAYS_NOTHING = (
    r"(?i)[^0-9\pL]*|[\[(<{]?(?:n/?a|none|null|nil|nan|unknown|unk|declined|refused|withheld|redacted|removed|masked"
    r"|anonymi[sz]ed|x+)[\])>}]?|[x*#]+(?:[-./ ()]+[x*#]+)*"
)
"""A value that is empty, a dash, a word for none, or masked whole."""
SAYS_ANYTHING = r"regexp_matches(v, '[\pL\pN]')"
"""Whether a line `v` of a text has a letter or a digit."""
_MARKS = ('":', '" :', '"=>', "{'", "</")
"""What documents within a value have: JSON, hstore, JSON as Python prints it, XML."""
_NAMED = re.compile(
    r"""["'](\w[\w .:/-]{0,99})\\*["']\s*(?::|=>)"""
    r"""(?!\s*(?:null|None|\\*["']\\*["']|\[\s*\]|\{\s*\}))|<(\w[\w.:-]{0,99})[\s>](?!</)"""
)
"""A field in one of them that is not empty."""
_NON_ASCII = r"[\x{C0}-\x{1FFF}\x{2C00}-\x{2DFF}\x{3005}-\x{D7FF}\x{F900}-\x{FDFF}\x{20000}-\x{3FFFF}]"
"""A letter of the scripts of which some put no spaces between words."""
_TEXT_WORDS = frozenset(
    """note notes comment comments remark remarks narrative description memo message body transcript complaint
    complaints history assessment subjective objective diagnosis diagnoses instructions observation observations
    feedback letter summary reason details""".split()
)
_SHAPED = 60
"""Characters of a value whose shape is shown."""
_SHAPES = (
    (r"\p{Lu}{2,}", "AA"), (r"\p{Lu}", "A"), (r"[\p{Ll}\p{Lt}\p{Lm}\p{Lo}\p{M}]+", "a"), (r"\p{N}", "9"),
    (r"[^A-Za-z0-9 -~]", "?"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def personal_class(name: str) -> str:
    """The letter of the class of personal data that a column of this name holds; empty for any other name."""
    verdict = classify(name)
    return verdict.letter if verdict.outcome in ("managed", "reject") else ""


@lru_cache(maxsize=8192)
def is_named_text(name: str) -> bool:
    """Whether a name says that its column holds free text."""
    return not _TEXT_WORDS.isdisjoint(words_of(name)[-2:])


def document_sql(value: str) -> str:
    """Whether a value may be a document, or have one in it."""
    return " or ".join(f"contains({value}, {literal(mark)})" for mark in _MARKS)


def is_personal_document(text: str, known: Collection[str]) -> bool:
    """Whether a text is or has a document with a field that is named like personal data, and not empty; `known` are
    names that are judged elsewhere.
    """
    names = (match[1] or match[2] for match in _NAMED.finditer(text))
    return any(name not in known and personal_class(name) for name in names)


def is_untitled(name: str) -> bool:
    """Whether a name is none that a person gave: a number, or what libraries call a column without a title."""
    return bool(_GENERATED_TITLE.fullmatch(name.strip()))


def is_proof(entity: str, column: str, safe: str | None) -> bool:
    """Whether a predicate that a snapshot declares for a column proves that its values belong to no person.

    Whoever sent the snapshot wrote the declaration. So a predicate that real values satisfy too counts only where
    qaseed's own model declares the same.
    """
    return safe in PREDICATES and (safe not in BY_ORIGIN or SHIPPED.get(f"{entity}.{column}") == safe)


def shown_class(letter: str) -> str:
    """A class as reports show it."""
    return _SHOWN[letter] if letter in _SHOWN else class_label(letter)


def unproven_sql(letter: str, value: str) -> str:
    """Whether a value in a column of that class says something, and nothing proves that it belongs to no person."""
    proofs = [PREDICATES[kind].sql(value) for kind in _PREDICATES_OF.get(letter, ())]
    patterns = [SAYS_NOTHING, *filter(None, [_PATTERNS_OF.get(letter)])]
    proofs += [f"regexp_full_match({value}, {literal(pattern)})" for pattern in patterns]
    return f"not ({' or '.join(proofs)})"


def free_text_sql(value: str, *, is_named: bool) -> str:
    """Whether a value is text in which a person may be named: eight words, or two in a column named for texts; in
    other letters than ASCII, which may be written without spaces, 30 or 10 characters.
    """
    words, length, dense = (2, 3, 10) if is_named else (8, 30, 30)
    pattern = rf"^\s*(?:\S+\s+){{{words - 1}}}\S"
    is_dense = f"length({value}) >= {dense} and regexp_matches({value}, {literal(_NON_ASCII)})"
    return f"(length({value}) >= {length} and (regexp_matches({value}, {literal(pattern)}) or {is_dense}))"


def shape_sql(value: str) -> str:
    """How a value is written, without the value: `A` and `a` for letters however many, `9` for each digit."""
    text = f"left({value}, {_SHAPED})"
    for pattern, replacement in _SHAPES:
        text = f"regexp_replace({text}, {literal(pattern)}, '{replacement}', 'g')"
    return text
