"""How a kind of identifier is written, and how Python and duckdb look for it.

Expressions use only what Python's `re` and RE2 (duckdb) have in common, so no look-around: `check_for_phi` and a scan
find the same. The characters directly before and after a candidate are therefore matched with it, and a candidate
counts only if its shape matches all of it: `1-212-867-5309-7` is no phone number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qaseed.safety.alternatives import bounded
from qaseed.safety.checks import Check
from qaseed.sql import literal

# what RE2 has no look-behind for: a digit, letter or sign directly before or after makes a number part of another
_BEFORE = r"(?:[0-9][-.]?|[A-Za-z_$#])?"
_AFTER = r"(?:[-.]?[0-9]|[A-Za-z_])?"
# between context and number: at most 40 characters, no digit, or a new line; between context and a lettered value:
# words in brackets, a few known words, and what separates a heading from its value
_BREAK = r"(?:[ \t:.#]{0,3}\r?\n{1,2}[ \t]{0,20}|\?[ \t]?\r?\n{1,2}(?:[a-z]{1,12}: ?)?)"
_GAP = rf"(?:[^0-9A-Za-z\n][^0-9\n]{{0,39}}?|(?: (?:no|num|number|nr)\b)?{_BREAK})?"
# what separates the name of a value from it in records that have both as values, and in pages
_KEYED = (
    r'(?:": ?\{[ \n]{0,20}"(?:id|number|no|value)" ?: ?"?'
    r'|(?:[:/#._-][a-z:/#._-]{1,60})?"[\]} \n\t]{0,40},[ \n\t]{0,40}"(?:value|val|number|answer|text)" ?: ?"?)'
)
_TAGS = r'(?:[:.]? ?</?[a-z]{1,10}[0-9]?(?: [a-z-]{1,15}="[^"<>\n]{0,40}"){0,3} ?>[ \n\t]{0,20}){1,4}'
_ANSWERED = (
    "\\?[\"']? (?:[a-z]{2,12}: ?)?[\"']?"
    "(?:(?:it'?s|it is|that'?s|that is|yes|yeah|yep|sure|um+|uh+|okay|ok|so|the|number|is|my)[ ,.]{1,3}){0,4}"
)
"""What is said between a question for a number and the number: `chart number? CLERK: sure, it's 4711002`."""
WORDS_BETWEEN = (
    r"(?: ?[(\[][a-z0-9 .,/'-]{1,24}[)\]])?"
    r"(?:[^0-9A-Za-z\n]{1,3}"
    "(?:n[\u00b0\u00ba]|n[u\u00fa]m[e\u00e9]ro|(?:no|nro|nbr|num|number|code|id|value|lautet|est|is|was"
    r"|of|the|for|state|issued|card"
    r"|per|mom|dad|mother|father|minor|child|baby|infant|spouse|insured|subscriber|applicant|holder"
    r"|her|him|back|home|this|patient|cliente?|customer|caller|rider|parent|wife|husband|son|daughter|familiar"
    r"|record|new|will|given|file|listed|changed|from|reads|like|should|with|claim|entered|date|timestamp"
    "|mere|m\u00e8re|p\u00e8re|madre|padre|m\u00e3e|pai|mutter|vater|moeder|vader|matki|ojca|hij[oa]|filh[oa]|figli[oa]"
    "|benefici[a\u00e1]ri[oa]|titular|asegurad[oa]|segurad[oa]|assur\u00e9e?|assicurat[oa]"
    r"|versicherte[rn]?|verzekerden?|utente"
    "|mutuelle|conv[e\u00ea]nio"
    r"|verified|confirmed|actually|document"
    r"|des|der|del|della|van|patient(?:in|en)?|pacientes?|paziente|pacjenta"
    r"|the (?:wristband|label|card|bill|form|letter|chart|file)|[a-pr-z][a-z]?|q[bd-z]?)\b)){0,4}"
    rf"(?:[^0-9A-Za-z\n&]{{0,8}}|[ \t.|:_-]{{0,40}}|{_BREAK}|{_ANSWERED}|{_KEYED}|{_TAGS})"
)
BOUNDARY = r"(?:\b|[^0-9A-Za-z]|$)"
JOINED = "(?:_?(?:number|num|nbr|nr|no|id))?"
"""What is written together with a word of context: `PassportNumber`."""
_NUMBER_WORD = r"(?:[^0-9A-Za-z\n]{1,3}(?:no|num|number|nbr|id|code)\b)?"
AFTERWARDS = (
    "(?: ?[(\\[=-] ?(?:(?:n[\u00b0\u00ba]|nr|no|s\u1ed1|n[u\u00fa]m[e\u00e9]ro?)[. ]{1,2})?(?:d[eu'] ?)?(?:la )?"
    "| (?:is|was|as) (?:the|a|his|her|their|my)? ?(?:patient'?s? )?"
    '|"[ \n]assigningauthorityname="'
    "|,? (?:that'?s|which is) (?:the|my|his|her|your|their) "
    r'|"[\]} \n]{0,9}, ?"(?:display|type|label|name|code|text)" ?: ?")'
)
_SPACE = re.compile(r"\\.|\[[^\]]*\]| ")
WORD_END = "(?:(?![a-z])|(?<=[^a-z]))"
"""For `re`: where a word in lower case ends."""
NUMBER_BEFORE = rf"[0-9][^0-9\n]{{0,64}}{AFTERWARDS}"
"""The end of a candidate, and what may be between it and its context."""


@dataclass(frozen=True, eq=False)
class Kind:
    """One way to write a kind of identifier.

    - `name`, `letter`: the kind and its Safe Harbor class; several ways to write one kind share them.
    - `shape`: the expression for a candidate. Matches of `strip` are removed from it; the rest must match `valid` as a
      whole, must not match `invalid`, and its check digit (`check`) must be right.
    - `context`: words without which it does not count, beside it or in the name of its column. `negative_context`:
      words directly before it that make it something else, such as an order number.
    - `lettered`: letters occur in its values, so that only a few known words may separate it from its context.
    - `by_column`: the name of a column is context enough.
    - `hint`: the key in `hints.HINTS` of an expression that every text with such a value matches; it is cheap to test
      first.
    - `cased`: upper and lower case differ. `before`, `after`: characters that are matched with a candidate.
    """

    name: str
    letter: str
    shape: str
    context: str = ""
    negative_context: str = ""
    strip: str = ""
    valid: str = ""
    invalid: str = ""
    check: Check | None = None
    cased: bool = False
    by_column: bool = True
    hint: str = "number"
    lettered: bool = False
    before: str = _BEFORE
    after: str = _AFTER

    @cached_property
    def words(self) -> str:
        """Its context, also as records have names of fields: `birth_date`."""
        return _SPACE.sub(lambda piece: "[ _]" if piece[0] == " " else piece[0], self.context)

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """Expressions whose first group is a candidate in a text."""
        if not self.context:
            negative_context = (
                rf"(?:\b(?:{self.negative_context})\b{_NUMBER_WORD}[^0-9A-Za-z\n]{{0,6}})?"
                if self.negative_context
                else ""
            )
            return (self._flagged(f"({negative_context}{self.before}(?:{self.shape}){self.after})"),)
        return (
            self._flagged(rf"{bounded(self.words)}{JOINED}{self.gap}((?:{self.shape}){self.after})"),
            self._flagged(rf"({self.before}(?:{self.shape})){AFTERWARDS}{bounded(self.words, BOUNDARY)}"),
        )

    @property
    def gap(self) -> str:
        """What may be between its context and a candidate after it."""
        return WORDS_BETWEEN if self.lettered else _GAP

    @property
    def needs_number(self) -> bool:
        """Whether a text without the hint of numbers has none of it."""
        return self.hint == "number"

    def _flagged(self, pattern: str) -> str:
        return pattern if self.cased else f"(?i){pattern}"

    @cached_property
    def _finders(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.ASCII) for pattern in self.patterns)

    # letters of one case are found faster than with the case ignored
    @cached_property
    def _after_context(self) -> re.Pattern[str]:
        words = self.words.lower().replace(r"|\b", "|")  # what follows `_` begins a word too
        return re.compile(rf"(?:{words}){JOINED}{self.gap}((?:{self.shape}){self.after})".lower(), re.ASCII)

    @cached_property
    def _before_context(self) -> re.Pattern[str]:
        return re.compile(self.patterns[1].removeprefix("(?i)").lower(), re.ASCII)

    @cached_property
    def _whole_patterns(self) -> tuple[re.Pattern[str] | None, ...]:
        texts = (self.shape, self.strip, self.valid, self.invalid)
        return tuple(re.compile(self._flagged(text), re.ASCII) if text else None for text in texts)

    @cached_property
    def _context_in_name(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)\b(?:{self.context or self.negative_context})\b", re.ASCII)

    def applies_below(self, words: str) -> bool:
        """Whether a column of that name implies that its values are of this kind."""
        return bool(self.context and self.by_column and self._context_in_name.search(words))

    def is_excluded_below(self, words: str) -> bool:
        """Whether a column of that name implies that its values are something else."""
        return bool(self.negative_context and not self.context and self._context_in_name.search(words))

    def is_reserved(self, candidate: str) -> bool:
        """Whether a candidate is written as such a value, and is one that belongs to no person."""
        shape, strip, _, invalid = self._whole_patterns
        value = strip.sub("", candidate) if strip else candidate
        return bool(shape and invalid and shape.fullmatch(candidate) and invalid.fullmatch(value))

    def rejects(self, candidate: str, context: str) -> bool:
        """Whether a candidate is written as such a value, which words beside it name, and is none."""
        shape = self._whole_patterns[0]
        return bool(
            shape
            and shape.fullmatch(candidate)
            and self._context_in_name.search(context)
            and not self.matches_whole(candidate)
        )

    def is_written_as(self, candidate: str) -> bool:
        """Whether a candidate is written as a value of this kind that may belong to a person, whatever its check digit;
        a reserved one is not.
        """
        return self._value(candidate) is not None

    def matches_whole(self, candidate: str) -> bool:
        """The same, with the right check digit."""
        value = self._value(candidate)
        return value is not None and (self.check is None or self.check.holds(value))

    def _value(self, candidate: str) -> str | None:
        shape, strip, valid, invalid = self._whole_patterns
        if shape is None or not shape.fullmatch(candidate):
            return None
        value = strip.sub("", candidate) if strip else candidate
        return None if (valid and not valid.fullmatch(value)) or (invalid and invalid.fullmatch(value)) else value

    def is_in(self, text: str) -> bool:
        """Whether a text contains such a value."""
        shape = self._whole_patterns[0]
        if shape is None or not shape.search(text):  # many times as fast as with what is before and after it
            return False
        return any(self.matches_whole(match[1]) for finder in self._finders for match in finder.finditer(text))

    def is_after(self, text: str, lower: str, start: int) -> bool:
        """Whether such a value is after the context that begins at a position of a text and of its lower case."""
        match = self._after_context.match(lower, start)
        return match is not None and self.matches_whole(text[match.start(1) : match.end(1)])

    def is_before(self, text: str, lower: str, start: int, most: int) -> bool:
        """Whether such a value is before the context that begins at a position, with at most so many characters."""
        matches = self._before_context.finditer(lower, max(0, start - most), start + most)
        return any(self.matches_whole(text[match.start(1) : match.end(1)]) for match in matches)

    def proof_sql(self, candidates: str) -> str:
        """Whether any of a list of candidates is a value that `matches_whole`, as a duckdb condition."""
        values = f"list_filter({candidates}, lambda x: regexp_full_match(x, {self._pattern_literal(self.shape)}))"
        if self.strip:
            values = (
                f"list_transform({values}, lambda x: regexp_replace(x, {self._pattern_literal(self.strip)}, '', 'g'))"
            )
        terms = [f"regexp_full_match(x, {self._pattern_literal(self.valid)})"] if self.valid else []
        terms += [f"not regexp_full_match(x, {self._pattern_literal(self.invalid)})"] if self.invalid else []
        proof = " and ".join(terms) or "true"
        if self.check:  # of what has the right shape only: a letter is no digit
            proof = f"case when {proof} then {self.check.sql.replace('{x}', 'x')} else false end"
        return f"len(list_filter({values}, lambda x: {proof})) > 0" if terms or self.check else f"len({values}) > 0"

    def _pattern_literal(self, pattern: str) -> str:
        return literal(self._flagged(pattern))
