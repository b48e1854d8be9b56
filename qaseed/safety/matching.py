"""What a kind of value is, and how both engines look for it.

Expressions keep to what Python's `re` and RE2 have in common (no look-around), so that `check_for_phi` and a scan in duckdb
find the same. What stands directly before or after a candidate is matched with it, and a candidate counts only if it is
nothing but its shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qaseed.safety.checks import Check

_BEFORE = r"(?:[0-9][-.]?|[A-Za-z_$#])?"
_AFTER = r"(?:[-.]?[0-9]|[A-Za-z_])?"
_GAP = r"(?:[^0-9A-Za-z\n][^0-9\n]{0,39}?)?"
_WORDS_BETWEEN = r"(?:[^0-9A-Za-z\n]{1,3}(?:no|num|number|id|is|was|of|the|for|state|issued|card|[a-z]{2})\b){0,4}[^0-9A-Za-z\n]{0,4}"
_AFTERWARDS = r"(?: ?[(\[-] ?| (?:is|was|as) (?:the|a|his|her|their|my)? ?(?:patient'?s? )?)"


@dataclass(frozen=True)
class Kind:
    """One way to write a kind of identifier.

    `near` are words beside which alone it counts (or in the name of its column), `against` words right before it that make
    it something else. Of a candidate the letters in `strip` are taken out; then it must match all of `good`, nothing of
    `bad`, and its check digit must be right. `hint` names what every text with one has; between words and a `lettered` one
    stand few other words; the name of a column says nothing of one that is not `headed`.
    """

    name: str
    letter: str
    shape: str
    near: str = ""
    against: str = ""
    strip: str = ""
    good: str = ""
    bad: str = ""
    check: Check | None = None
    cased: bool = False
    headed: bool = True
    hint: str = "number"
    lettered: bool = False
    before: str = _BEFORE
    after: str = _AFTER

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """Where candidates stand in a text, each as the first group."""
        if not self.near:
            against = rf"(?:\b(?:{self.against})\b[^0-9A-Za-z\n]{{0,6}})?" if self.against else ""
            return (self._flagged(f"({against}{self.before}(?:{self.shape}){self.after})"),)
        gap = _WORDS_BETWEEN if self.lettered else _GAP
        return (
            self._flagged(rf"\b(?:{self.near}){gap}((?:{self.shape}){self.after})"),
            self._flagged(rf"({self.before}(?:{self.shape})){_AFTERWARDS}(?:{self.near})\b"),
        )

    @property
    def is_told(self) -> bool:
        """Whether it is a number that counts only beside words."""
        return bool(self.near) and self.hint == "number"

    def _flagged(self, pattern: str) -> str:
        return pattern if self.cased else f"(?i){pattern}"

    @cached_property
    def _finders(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.ASCII) for pattern in self.patterns)

    @cached_property
    def _proofs(self) -> tuple[re.Pattern[str] | None, ...]:
        texts = (self.shape, self.strip, self.good, self.bad)
        return tuple(re.compile(self._flagged(text), re.ASCII) if text else None for text in texts)

    @cached_property
    def _heading(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)\b(?:{self.near or self.against})\b", re.ASCII)

    def is_headed_by(self, words: str) -> bool:
        """Whether a column of that name says of its values that they are of this kind."""
        return bool(self.near and self.headed and self._heading.search(words))

    def is_denied_by(self, words: str) -> bool:
        """Whether a column of that name says of its values that they are something else."""
        return bool(self.against and not self.near and self._heading.search(words))

    def proves(self, candidate: str) -> bool:
        """Whether a candidate is a value of this kind, and not one that is nobody's."""
        shape, strip, good, bad = self._proofs
        if shape is None or not shape.fullmatch(candidate):
            return False
        value = strip.sub("", candidate) if strip else candidate
        if (good and not good.fullmatch(value)) or (bad and bad.fullmatch(value)):
            return False
        return self.check is None or self.check.holds(value)

    def is_in(self, text: str) -> bool:
        """Whether such a value stands in a text."""
        return any(self.proves(found[1]) for finder in self._finders for found in finder.finditer(text))

    def proof_sql(self, candidate: str) -> str:
        """`proves` as a duckdb condition."""
        value = f"regexp_replace({candidate}, {self._quoted(self.strip)}, '', 'g')" if self.strip else candidate
        terms = [f"regexp_full_match({candidate}, {self._quoted(self.shape)})"]
        if self.good:
            terms.append(f"regexp_full_match({value}, {self._quoted(self.good)})")
        if self.bad:
            terms.append(f"not regexp_full_match({value}, {self._quoted(self.bad)})")
        shaped = " and ".join(terms)
        if self.check is None:
            return f"({shaped})"
        return f"case when {shaped} then {self.check.sql.replace('{x}', value)} else false end"

    def sql(self, text: str) -> str:
        """`is_in` as a duckdb condition."""
        proof = self.proof_sql("x")
        return " or ".join(
            f"len(list_filter(regexp_extract_all({text}, {literal(pattern)}, 1), lambda x: {proof})) > 0"
            for pattern in self.patterns
        )

    def _quoted(self, pattern: str) -> str:
        return literal(self._flagged(pattern))


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
