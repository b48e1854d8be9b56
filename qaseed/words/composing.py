"""Texts of a grammar for many rows at once: noise draws indices, and one take over all pieces makes the texts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from qaseed import noise
from qaseed.errors import UsageError
from qaseed.integers import Ints
from qaseed.noise import Bits
from qaseed.words.grammar import PRONOUNS, SCOPES, Facts, Sources, Token, tokens

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 8192
"""Rows composed at a time: their arrays fit into the processor's cache."""
_PIECE, _PART, _COLUMN, _CODE = range(4)
"""What a token is: a piece of text, a part that is still to be chosen, a column of texts, a word of a vocabulary."""
_KIND, _NTH, _NTH_SHIFT, _SHIFT = 0b11, 0b111100, 2, 6
"""Bits of a token: what it is, which choice of a part, and which one of its kind."""
_MIX, _S32 = np.uint64(0xD6E8FEB86659FD93), np.uint64(32)
_PRONOUN = "pronoun"
_ANEW = np.array([scope in ("row", "session") for scope in SCOPES])
"""Whether a second choice of a part is another one; what is kept for a client or provider is always the same."""
_MOST_STEPS = 60


def _coprime(count: int) -> list[int]:
    steps = [step for step in range(1, max(count, 2)) if math.gcd(step, count) == 1] or [1]
    return [steps[n * len(steps) // 4] for n in range(4)]


_STEPS = np.array([[1] * 4, *(_coprime(count) for count in range(1, _MOST_STEPS)), [1] * 4])
"""Four steps from one line to the next by the number of lines; one by one where there are many."""

Codes = npt.NDArray[np.int32]


def _token(kind: int, which: Any, nth: int = 0) -> Any:
    return which << _SHIFT | nth << _NTH_SHIFT | kind


@dataclass(frozen=True)
class Described:
    """What a grammar may know of some rows, one entry a row in each array.

    `classes` are their facts as `Composer.classes` has them, `codes` indexes into the vocabulary of a field, `columns`
    texts; `bits` is the noise of each scope, and `detail` the highest rank of the sentences that the row's text has.
    """

    classes: Codes
    codes: Mapping[str, Codes]
    columns: Mapping[str, pa.StringArray]
    bits: Mapping[str, Bits]
    detail: Ints

    def chunk(self, start: int, stop: int) -> Described:
        """These rows from one position to another."""

        def cut(arrays: Mapping[str, Any]) -> dict[str, Any]:
            return {name: array[start:stop] for name, array in arrays.items()}

        others = cut(self.codes), cut(self.columns), cut(self.bits), self.detail[start:stop]
        return Described(self.classes[:, start:stop], *others)


class _Level:
    """Tokens of one depth, in order, each of a row; the parts among them are replaced by the tokens of the next level.

    `first` and `lengths` say where the tokens of each part begin there, and how many they are.
    """

    first: Codes
    lengths: Codes

    def __init__(self, token: Codes, row: Codes) -> None:
        self.token, self.row = token, row
        is_part = token & _KIND == _PART
        self.parts, self.pieces = np.flatnonzero(is_part), np.flatnonzero(~is_part)
        self.begin = np.arange(len(token) + 1, dtype=np.int32)
        """How many pieces there are before each token, and in all."""

    def count_pieces(self, below: _Level) -> None:
        """Count the pieces of the parts, by those of their tokens."""
        sizes = np.ones(len(self.token), dtype=np.int32)
        sizes[self.parts] = below.begin[self.first + self.lengths] - below.begin[self.first]
        np.cumsum(sizes, out=self.begin[1:])


@dataclass
class _Tables:
    """The compiled grammar while it grows: lists that become arrays."""

    pieces: dict[str, int] = field(default_factory=lambda: {"": 0})
    parts: dict[tuple[Any, ...], int] = field(default_factory=dict)
    signature: list[int] = field(default_factory=list)
    base: list[int] = field(default_factory=list)
    scope: list[int] = field(default_factory=list)
    salt: list[int] = field(default_factory=list)
    class_start: list[Ints] = field(default_factory=list)
    class_count: list[Ints] = field(default_factory=list)
    choices: list[Ints] = field(default_factory=list)
    lines: list[list[int]] = field(default_factory=lambda: [[]])
    classes: int = 0
    chosen: int = 0


class Composer:
    """A compiled grammar.

    `facts` has the values of each fact, `vocabularies` the words of each field that is a code, and `columns` the names
    of fields that are texts. Raises `UsageError` for a name that is none of these, no part and no pronoun.
    """

    def __init__(
        self,
        sources: Sources,
        facts: Mapping[str, Sequence[str]],
        vocabularies: Mapping[str, Sequence[str]],
        columns: Sequence[str],
    ) -> None:
        self._sources, self._facts, self._columns = sources, Facts(facts), {name: n for n, name in enumerate(columns)}
        self._signatures: dict[tuple[str, ...], int] = {}
        self._build = _Tables()
        self._pool: Any = None
        self._words: dict[str, int] = {}
        vocabulary_pieces: list[str] = []
        for name, words in vocabularies.items():
            self._words[name] = 1 + len(vocabulary_pieces)
            vocabulary_pieces += words
        self._vocabulary_size = len(vocabulary_pieces)
        self.texts: dict[tuple[str, str], int] = {}
        self._slots: list[tuple[int, int]] = []
        self._first_slot = [0]
        for file, source in sources.by_name.items():
            for text, slots in source.texts.items():
                self.texts[file, text] = len(self.texts)
                for n, slot in enumerate(slots):
                    self._slots.append((slot.rank, self._slot(file, slot.part, slot.conditions, spaced=n > 0)))
                self._first_slot.append(len(self._slots))
        self._finish(vocabulary_pieces)

    def _finish(self, vocabulary_pieces: list[str]) -> None:
        build = self._build
        self._pieces = ["", *vocabulary_pieces, *list(build.pieces)[1:]]
        self._ranks, self._slot_parts = (np.array(column, dtype=np.int32) for column in zip(*self._slots, strict=True))
        self._text_start = np.array(self._first_slot, dtype=np.int64)
        self._part_signature, self._part_base, self._part_scope = (
            np.array(column, dtype=np.int32) for column in (build.signature, build.base, build.scope)
        )
        self._part_salt = np.array(build.salt, dtype=np.uint64)
        self._class_count = np.concatenate(build.class_count).astype(np.int32)
        # without a line for a row's facts the choice is the last one: line 0, which is empty
        start = np.where(self._class_count, np.concatenate(build.class_start), build.chosen)
        self._class_start = start.astype(np.int32)
        self._choices = np.append(np.concatenate(build.choices), 0).astype(np.int32)
        self._length = np.array([len(of_line) for of_line in build.lines], dtype=np.int32)
        self._first_token = np.cumsum(self._length, dtype=np.int32) - self._length
        self._tokens = np.array([token for of_line in build.lines for token in of_line], dtype=np.int32)
        del self._build

    @property
    def pieces(self) -> Sequence[str]:
        """All texts that the grammar and its vocabularies consist of."""
        return self._pieces

    def _piece(self, text: str) -> int:
        at = self._build.pieces.setdefault(text, len(self._build.pieces))
        return at and at + self._vocabulary_size

    def _slot(self, file: str, part: str, conditions: tuple[str, ...], *, spaced: bool) -> int:
        """The part of a sentence; with conditions a part of one line, which they restrict."""
        if not conditions:
            return self._part(file, part, capital=False, spaced=spaced)
        key = ("slot", conditions, self._part(file, part, capital=False, spaced=spaced))
        if key not in self._build.parts:
            self._add(key, SCOPES[0], [(conditions, [_token(_PART, key[2])])])
        return self._build.parts[key]

    def _part(self, file: str, name: str, *, capital: bool, spaced: bool) -> int:
        owner = self._sources.owner(file, name)
        if not owner:
            raise UsageError(f"grammar: {file}.txt knows no part or field {name!r}")
        # the parts that it names may be another file's for each file that asks
        key = (name, capital, spaced, self._sources.reachable(file, name))
        if key not in self._build.parts:
            part = self._sources.part(file, name)
            lines = [
                (line.conditions, self._line(file, line.template, capital=capital, spaced=spaced))
                for line in part.alternatives
            ]
            self._add(key, part.scope, lines, salt=(owner, name))
        return self._build.parts[key]

    def _line(self, file: str, template: str, *, capital: bool, spaced: bool) -> list[int]:
        """The tokens of a template; neighboring literals and pronouns become one."""
        compiled: list[int] = []
        plain: list[Token] = [Token(literal=" ")] if spaced else []
        begins = True
        for token in tokens(template):
            upper = capital and begins
            begins = False
            if token.literal or token.name.lower() in PRONOUNS:
                plain.append(_capitalized(token) if upper else token)
                continue
            if plain:
                compiled.append(self._literal(plain))
                plain = []
            if token.name in self._words:
                compiled.append(_token(_CODE, list(self._words).index(token.name)))
            elif token.name in self._columns:
                compiled.append(_token(_COLUMN, self._columns[token.name]))
            else:
                inner = self._part(file, token.name, capital=upper or token.capital, spaced=False)
                compiled.append(_token(_PART, inner, token.nth))
        return [*compiled, self._literal(plain)] if plain else compiled

    def _literal(self, plain: list[Token]) -> int:
        if not any(token.name for token in plain):
            return int(_token(_PIECE, self._piece("".join(token.literal for token in plain))))
        forms = ["".join(token.literal or _form(token, n) for token in plain) for n in range(3)]
        key = ("pronoun", *forms)
        if key not in self._build.parts:
            values = self._facts.values[_PRONOUN]
            self._add(key, SCOPES[0], [((values[n],), [_token(_PIECE, self._piece(forms[n]))]) for n in range(3)])
        return int(_token(_PART, self._build.parts[key]))

    def _add(
        self,
        key: tuple[Any, ...],
        scope: str,
        lines: list[tuple[tuple[str, ...], list[int]]],
        salt: tuple[str, ...] = (),
    ) -> None:
        """A part, with a list of its lines for each combination of the facts' values that they distinguish."""
        build = self._build
        allowed = [self._facts.allowed(conditions) for conditions, _ in lines]
        named = {fact for of_line in allowed for fact in of_line}
        facts = tuple(fact for fact in self._facts.values if fact in named)
        sizes = [len(self._facts.values[fact]) for fact in facts]
        holds = np.ones((len(lines), *sizes), dtype=bool)
        for n, of_line in enumerate(allowed):
            for fact, values in of_line.items():
                axis = facts.index(fact)
                holds[n] &= np.array(values).reshape([-1 if other == axis else 1 for other in range(len(facts))])
        holds = holds.reshape(len(lines), -1)
        _, line = np.nonzero(holds.T)
        count = holds.sum(axis=0)
        build.parts[key] = len(build.base)
        build.signature.append(self._signatures.setdefault(facts, len(self._signatures)))
        build.base.append(build.classes)
        build.scope.append(SCOPES.index(scope))
        build.salt.append(noise.key("grammar", *salt) if salt else 0)
        build.class_start.append(build.chosen + np.cumsum(count) - count)
        build.class_count.append(count)
        build.choices.append(len(build.lines) + line)
        build.lines += [of_line for _, of_line in lines]
        build.classes += holds.shape[1]
        build.chosen += len(line)

    def classes(self, facts: Mapping[str, Any]) -> Codes:
        """The facts of rows as `Described` needs them: for each signature the numbers of the rows' values."""
        of_signature = []
        for signature in self._signatures:
            number = np.zeros(len(next(iter(facts.values()))), dtype=np.int32)
            for fact in signature:
                number *= len(self._facts.values[fact])
                number += facts[fact]
            of_signature.append(number)
        return np.stack(of_signature)

    def compose(self, text: Ints, rows: Described) -> pl.Series:
        """The texts of rows: `text` is the number of each row's text in `texts`, -1 for a row without one."""
        parts = [
            self._compose(text[start : start + CHUNK], rows.chunk(start, start + CHUNK))
            for start in range(0, len(text), CHUNK)
        ]
        return pl.concat(parts) if parts else pl.Series([], dtype=pl.String)

    def _compose(self, text: Ints, rows: Described) -> pl.Series:
        row, part = self._sentences(text, rows.detail)
        levels = self._levels(_Level(_token(_PART, part), row), rows)
        first = np.searchsorted(row, np.arange(len(text) + 1))
        return self._taken(self._in_order(levels, rows), levels[0].begin[first], text, rows)

    def _sentences(self, text: Ints, detail: Ints) -> tuple[Codes, Codes]:
        """The sentences of the rows' texts, as the row and the part of each."""
        count = np.where(text < 0, 0, np.diff(self._text_start)[np.maximum(text, 0)])
        row = np.repeat(np.arange(len(text), dtype=np.int32), count)
        slot = np.arange(len(row)) - np.repeat(np.cumsum(count) - count - self._text_start[text], count)
        included = self._ranks[slot] <= detail[row]
        return row[included], self._slot_parts[slot[included]]

    def _levels(self, sentences: _Level, rows: Described) -> list[_Level]:
        """The sentences, and below them the tokens of the lines that are chosen for parts, until there is no part.

        How many pieces each part has is known from the last level back.
        """
        levels = [sentences]
        classes, bits = rows.classes.ravel(), np.concatenate([rows.bits[scope] for scope in SCOPES])
        while len((level := levels[-1]).parts):
            token, row = level.token[level.parts], level.row[level.parts]
            line = self._choose(row, token, classes, bits, np.int32(len(rows.detail)))
            level.lengths = self._length[line]
            level.first = np.cumsum(level.lengths, dtype=np.int32) - level.lengths
            at = np.repeat(self._first_token[line] - level.first, level.lengths)
            at += np.arange(len(at), dtype=np.int32)
            tokens = self._tokens[at]
            if (nth := token & _NTH).any():
                tokens += np.repeat(nth, level.lengths)
            levels.append(_Level(tokens, np.repeat(row, level.lengths)))
        for level, below in zip(levels[-2::-1], levels[:0:-1], strict=True):
            level.count_pieces(below)
        return levels

    def _in_order(self, levels: Sequence[_Level], rows: Described) -> Codes:
        """The pieces of all levels, in the order of the texts."""
        codes = np.concatenate([rows.codes[name] + first for name, first in self._words.items()])
        at = levels[0].begin[:-1]
        pieces = np.empty(levels[0].begin[-1], dtype=np.int32)
        for level, below in zip(levels, [*levels[1:], None], strict=True):
            of = level.pieces
            pieces[at[of]] = self._pieces_of(level.token[of], level.row[of], codes, np.int32(len(rows.detail)))
            if below:
                at = below.begin[:-1] + np.repeat(at[level.parts] - below.begin[level.first], level.lengths)
        return pieces

    def _pieces_of(self, token: Codes, row: Codes, codes: Codes, count: np.int32) -> Codes:
        """The piece of each token: its own, a word of a vocabulary, or the row's text behind all pieces."""
        kind, piece = token & _KIND, token >> _SHIFT
        coded = np.flatnonzero(kind == _CODE)
        piece[coded] = codes[piece[coded] * count + row[coded]]
        columns = np.flatnonzero(kind == _COLUMN)
        piece[columns] = len(self._pieces) + piece[columns] * count + row[columns]
        return piece

    def _choose(self, row: Codes, token: Codes, classes: Codes, bits: Bits, count: np.int32) -> Codes:
        """The line of each part: the nth choices of one row are different ones."""
        part, nth = token >> _SHIFT, (token & _NTH) >> _NTH_SHIFT
        of_class = self._part_base[part] + classes[self._part_signature[part] * count + row]
        lines = self._class_count[of_class]
        mixed = bits[self._part_scope[part] * count + row] ^ self._part_salt[part]
        mixed ^= mixed >> _S32
        mixed *= _MIX
        mixed ^= mixed >> _S32
        mixed *= _MIX
        drawn = ((mixed >> _S32) * lines.astype(np.uint64) >> _S32).astype(np.int32)
        again = np.flatnonzero(nth * _ANEW[self._part_scope[part]])
        if len(again):
            # steps that share no factor with the number of lines come back to the first only after all others
            of = lines[again]
            step = _STEPS[np.minimum(of, _MOST_STEPS), (mixed[again] & np.uint64(3)).astype(np.int64)]
            drawn[again] = (drawn[again] + nth[again] * step) % np.maximum(of, 1)
        chosen: Codes = self._choices[self._class_start[of_class] + drawn]
        return chosen

    def _taken(self, pieces: Codes, begin: Codes, text: Ints, rows: Described) -> pl.Series:
        """One take over all pieces; the offsets of the texts are those of their first pieces."""
        import pyarrow as pa

        if self._pool is None:
            self._pool = pa.array(self._pieces, pa.string())
        pool = pa.concat_arrays([self._pool, *(rows.columns[name] for name in self._columns)])
        taken = pool.take(pa.array(pieces))
        offsets = np.frombuffer(taken.buffers()[1], dtype=np.int32)[taken.offset : taken.offset + len(pieces) + 1]
        present = pa.array(text >= 0)
        texts = pa.StringArray.from_buffers(
            len(text), pa.py_buffer(offsets[begin]), taken.buffers()[2], present.buffers()[1]
        )
        series = pl.from_arrow(texts)
        assert isinstance(series, pl.Series)
        return series


def _capitalized(token: Token) -> Token:
    if token.name:
        return Token(name=token.name[:1].upper() + token.name[1:], nth=token.nth)
    return Token(literal=token.literal[:1].upper() + token.literal[1:])


def _form(token: Token, n: int) -> str:
    form = PRONOUNS[token.name.lower()][n]
    return form.capitalize() if token.name[0].isupper() or token.capital else form
