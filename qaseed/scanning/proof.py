"""Columns that are named like personal data or hold free text, and what proves that a value belongs to no person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.names import class_label, classify, words_of
from qaseed.safety.values import IP_RESERVED
from qaseed.sql import literal

FREE_TEXT = "free text"

_PREDICATES_OF: Mapping[str, tuple[str, ...]] = {
    "B": ("zip",), "D": ("phone",), "E": ("phone",), "F": ("email",), "H": ("mrn", "chart_no", "record"),
    "I": ("member_id",), "J": ("record",), "K": ("credential",), "N": ("url", "email"), "R": ("npi", "record"),
}  # fmt: skip
"""Predicates by class that need no declaration; those of names and streets hold for real ones too."""
_PATTERNS_OF: Mapping[str, str] = {
    "C": "(?:19|20)[0-9]{2}|[0-8]?[0-9]",  # a year, and an age below 90 (45 CFR 164.514(b)(2)(i)(C))
    "O": IP_RESERVED,
}
_SAYS_NOTHING = (
    r"(?i)[^0-9\pL]*|[\[(<{]?(?:n/?a|none|null|nil|nan|unknown|unk|declined|refused|withheld|redacted|removed|masked"
    r"|anonymi[sz]ed|x+)[\])>}]?|[x*#]+(?:[-./ ()]+[x*#]+)*"
)
"""A value that is empty, a dash, a word for none, or masked whole."""
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


def shown_class(letter: str) -> str:
    """A class as reports show it; free text has no letter."""
    return class_label(letter) if letter else FREE_TEXT


def unproven_sql(letter: str, value: str) -> str:
    """Whether a value in a column of that class says something, and nothing proves that it belongs to no person."""
    proofs = [PREDICATES[kind].sql(value) for kind in _PREDICATES_OF.get(letter, ())]
    patterns = [_SAYS_NOTHING, *filter(None, [_PATTERNS_OF.get(letter)])]
    proofs += [f"regexp_full_match({value}, {literal(pattern)})" for pattern in patterns]
    return f"not ({' or '.join(proofs)})"


def free_text_sql(value: str, *, is_named: bool) -> str:
    """Whether a value is text in which a person may be named: eight words, or two in a column named for texts."""
    words, length = (2, 3) if is_named else (8, 30)
    pattern = rf"(?s)\s*(?:\S+\s+){{{words - 1}}}\S.*"
    return f"length({value}) >= {length} and regexp_full_match({value}, {literal(pattern)})"


def shape_sql(value: str) -> str:
    """How a value is written, without the value: `A` and `a` for letters however many, `9` for each digit."""
    text = f"left({value}, {_SHAPED})"
    for pattern, replacement in _SHAPES:
        text = f"regexp_replace({text}, {literal(pattern)}, '{replacement}', 'g')"
    return text
