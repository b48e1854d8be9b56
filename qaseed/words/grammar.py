"""A grammar of texts, read from plain files: which sentences a text has, and what each of them may say of a row.

A file has texts and parts. A text lists its sentences in order, each with a rank: a row whose text is short has only
those of a low rank. A part lists alternatives, one a line; words before a bar are the values of facts for which
the line holds: values of one fact are alternatives, facts are conditions that all hold, and `-` excludes a value.

    uses shared
    text subjective
        1 opening
        3 adult | work
    part work by client
        better same | {name} kept up with {task} at work.
        worse       | {^task} was hard on most days.

A line `~` says nothing, and `_` at its beginning is a space. `{task}` is a part, `{task.2}` another choice of it,
`{^task}` begins with a capital; `{They}`, `{their}` and `{was}` are forms of the pronoun; other names are fields of the
row. A part is chosen anew for each row, or once `by client`, `by provider` or `by session`, which the members of a
group share. A part without a line for a row's facts is left out, and its sentence too where it is all of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from qaseed.errors import UsageError

SCOPES = ("row", "client", "provider", "session")
"""What a choice is kept for; the first is the default."""
PRONOUNS = {
    "they": ("she", "he", "they"),
    "them": ("her", "him", "them"),
    "their": ("her", "his", "their"),
    "themselves": ("herself", "himself", "themselves"),
    "was": ("was", "was", "were"),
    "has": ("has", "has", "have"),
    "is": ("is", "is", "are"),
}
"""Forms of a pronoun, and of verbs that follow it, by the values of the fact `pronoun`."""
_FIELD = re.compile(r"\{(\^?)([A-Za-z_0-9]+)(?:\.([0-9]))?\}")


@dataclass(frozen=True)
class Alternative:
    """A line of a part: the values of facts for which it holds, and its template."""

    conditions: tuple[str, ...]
    template: str


@dataclass(frozen=True)
class Part:
    """Alternatives, of which each row (or client, or provider) has one."""

    scope: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Slot:
    """A sentence of a text: its rank, the values of facts for which it holds, and its part."""

    rank: int
    conditions: tuple[str, ...]
    part: str


@dataclass(frozen=True)
class Source:
    """One file: its own texts and parts, and the files whose parts it uses."""

    name: str
    uses: tuple[str, ...]
    texts: Mapping[str, tuple[Slot, ...]]
    parts: Mapping[str, Part]


@dataclass(frozen=True)
class Token:
    """A piece of a template: a literal, or a field, pronoun or part by its name."""

    literal: str = ""
    name: str = ""
    capital: bool = False
    nth: int = 0


@dataclass(frozen=True)
class Sources:
    """All files of a grammar by name; parts of a file are its own, then those of the files that it uses."""

    by_name: Mapping[str, Source] = field(hash=False)

    def owner(self, file: str, part: str) -> str:
        """The file that defines a part which another file names; empty if none does."""
        if (file, part) not in self._owners:
            source = self.by_name[file]
            inherited = (owner for used in source.uses if (owner := self.owner(used, part)))
            self._owners[file, part] = file if part in source.parts else next(inherited, "")
        return self._owners[file, part]

    def part(self, file: str, name: str) -> Part:
        """A part as a file knows it."""
        return self.by_name[self.owner(file, name)].parts[name]

    @cached_property
    def _owners(self) -> dict[tuple[str, str], str]:
        return {}

    @cached_property
    def _reachable(self) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
        return {}

    def reachable(self, file: str, name: str) -> frozenset[tuple[str, str]]:
        """A part and all parts in it, as a file knows them: the name of each and the file that defines it."""
        if (file, name) not in self._reachable:
            owner = self.owner(file, name)
            names = {token.name for line in self.part(file, name).alternatives for token in tokens(line.template)}
            inner = (self.reachable(file, other) for other in sorted(names) if self.owner(file, other))
            self._reachable[file, name] = frozenset({(name, owner)}).union(*inner)
        return self._reachable[file, name]


@cache
def tokens(template: str) -> list[Token]:
    """The pieces of a template, in order."""
    pieces, end = [], 0
    for match in _FIELD.finditer(template):
        pieces += [Token(literal=template[end : match.start()])] if match.start() > end else []
        pieces.append(Token(name=match[2], capital=bool(match[1]), nth=int(match[3] or 1) - 1))
        end = match.end()
    return pieces + ([Token(literal=template[end:])] if end < len(template) else [])


def read(folder: Path) -> Sources:
    """The grammar in the text files of a folder.

    Raises `UsageError` naming the file and line that is neither a text, a part nor a line of one.
    """
    return Sources(
        {path.stem: _parse(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.txt"))}
    )


def _parse(name: str, content: str) -> Source:
    uses: tuple[str, ...] = ()
    texts: dict[str, list[Slot]] = {}
    parts: dict[str, tuple[str, list[Alternative]]] = {}
    slots: list[Slot] | None = None
    lines: list[Alternative] | None = None
    for number, line in enumerate(content.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if not line[0].isspace():
            slots = lines = None
            match words:
                case ["uses", *files]:
                    uses = tuple(files)
                    continue
                case ["text", text]:
                    slots = texts.setdefault(text, [])
                    continue
                case ["part", part] | ["part", part, "by", ("client" | "provider" | "session")] if part not in parts:
                    lines = parts.setdefault(part, (words[-1] if len(words) == 4 else SCOPES[0], []))[1]
                    continue
        elif slots is not None and words[0].isdecimal():
            *conditions, part = line.replace("|", " ").split()[1:]
            slots.append(Slot(int(words[0]), tuple(conditions), part))
            continue
        elif lines is not None:
            before, bar, after = line.partition("|")
            template = (after if bar else line).strip().removesuffix("~")
            template = f" {template[1:]}" if template.startswith("_") else template
            lines.append(Alternative(tuple(before.split()) if bar else (), template))
            continue
        raise UsageError(f"{name}.txt:{number}: {line.strip()!r} is neither a text, a part nor a line of one")
    return Source(
        name,
        uses,
        {text: tuple(of_text) for text, of_text in texts.items()},
        {part: Part(scope, tuple(of_part)) for part, (scope, of_part) in parts.items()},
    )


class Facts:
    """What a grammar may distinguish: the values of each fact."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self.values = {fact: tuple(of_fact) for fact, of_fact in values.items()}
        self._place = {value: (fact, n) for fact, of_fact in self.values.items() for n, value in enumerate(of_fact)}
        self._allowed: dict[tuple[str, ...], dict[str, list[bool]]] = {}

    def allowed(self, conditions: tuple[str, ...]) -> dict[str, list[bool]]:
        """Whether conditions allow each value, by fact; facts that they do not name may have any.

        Raises `UsageError` for a value that no fact has.
        """
        if conditions not in self._allowed:
            allowed: dict[str, list[bool]] = {}
            for condition in sorted(conditions, key=lambda value: value[0] == "-"):
                excluded = condition[0] == "-"
                fact, n = self._place.get(condition.removeprefix("-"), ("", 0))
                if not fact:
                    raise UsageError(f"grammar: {condition!r} is no value of a fact")
                allowed.setdefault(fact, [excluded] * len(self.values[fact]))[n] = not excluded
            self._allowed[conditions] = allowed
        return self._allowed[conditions]
