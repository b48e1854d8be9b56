"""Detection of protected health information in records: names are classified by their words, values by how they are
written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Any

from qaseed.errors import PHIError
from qaseed.safety.candidates import kinds_by_rule
from qaseed.safety.fallback import kinds_otherwise
from qaseed.safety.matching import Kind
from qaseed.safety.names import Verdict, classify, with_article, words_of
from qaseed.safety.normalizing import normalized
from qaseed.safety.parts import WITHOUT_TEXT, parts_of, text_of
from qaseed.safety.tables import classify_columns
from qaseed.safety.values import KINDS, LABELS

_ORDER = tuple(LABELS)
MAX_DEPTH = 64
"""Levels of nesting that are checked; deeper data is rejected instead of passing unchecked."""


MAX_COLUMNS = 2000
"""Names of fields that are judged together."""


@dataclasses.dataclass(frozen=True)
class NameContext:
    """What the name of a column implies for its values.

    `within` are the kinds to look for inside a value, `whole` those that a whole value may be, such as nine digits
    below `ssn`.
    """

    within: frozenset[Kind]
    whole: tuple[Kind, ...]

    def kinds_of(self, value: str) -> list[str]:
        """The names of the kinds that a value is or contains, without values that are reserved for examples."""
        plain = normalized(value)
        bare = (value if plain is None else plain).strip(" ")
        matches = [kind.name for kind in self.whole if kind.matches_whole(bare)]
        text = value if plain is None else f"{value}\n{plain}"
        kinds = kinds_by_rule(text, self.within) or kinds_otherwise(text, self.within)
        matches += sorted(kinds, key=_ORDER.index)
        return list(dict.fromkeys(matches))


@lru_cache(maxsize=8192)
def name_context(name: str) -> NameContext:
    """What a column name implies for its values; the empty name implies nothing."""
    words = " ".join(words_of(name))
    within = frozenset(kind for kind in KINDS if not kind.is_excluded_below(words))
    named = classify(name).outcome in ("managed", "reject")
    return NameContext(within, tuple(kind for kind in KINDS if named and kind.applies_below(words)))


def value_reason(value: str, name: str = "") -> str | None:
    """The kind of identifier that a value, in a field of that name, contains and must not; None otherwise."""
    return next((LABELS[kind] for kind in name_context(name).kinds_of(value)), None)


def check_for_phi(fields: Any) -> None:
    """Reject data with a field that is named like a direct identifier, or with a value that may belong to a person.

    `fields` is a mapping, or anything nested of mappings, collections, objects with attributes, pydantic models, data
    frames, Arrow schemas and strings, at most 64 deep. Iterators and lazy frames are rejected: to check their values
    would use them up, or compute them. A name of an identifier that has a safe form (`email`, `phone`, `npi`) is
    never rejected, only a value of it that is not in that form. `PHIError`, which is a `ValueError`, names the field,
    the class and the words of the name that imply it, never the value.
    """
    for path, name, value in _walk(fields, "", "", 0, {}):
        if isinstance(value, Verdict):
            verdict = value
            if verdict.outcome == "reject":
                context = f" in {verdict.context}" if verdict.context else ""
                like = f"is named like {with_article(verdict.label)} ({verdict.words!r}{context})"
                raise PHIError(f"PHI field detected: {path!r} {like}; rename it or leave it out")
        else:
            kind = value_reason(value, name)
            if kind:
                raise PHIError(
                    f"PHI value detected: {path!r} contains what looks like {with_article(kind)}; replace it"
                )


def _walk(
    node: Any, path: str, name: str, depth: int, visited: dict[tuple[int, str], Any]
) -> Iterator[tuple[str, str, str | Verdict]]:
    """Path and name of every field below a node with what its name says beside the others, and path, name and text of
    every value.

    What was `visited` below a name is not walked again; as long as it is in there, nothing else has its id.
    """
    if depth > MAX_DEPTH:
        raise PHIError(f"{path!r}: nested more than {MAX_DEPTH} deep; it cannot be checked")
    node = node.value if isinstance(node, Enum) else node
    text = text_of(node)
    if text is not None:
        yield path, name, text
    if text is not None or isinstance(node, WITHOUT_TEXT) or (id(node), name) in visited:
        return
    visited[id(node), name] = node
    if isinstance(node, Iterator):
        raise PHIError(f"{path!r}: a {type(node).__name__} can be read only once; give a list")
    fields, items = parts_of(node)
    for (key, value), verdict in zip(fields, _verdicts([str(key) for key, _ in fields], name), strict=True):
        text = str(key)
        hidden = "***" if value_reason(text) else text
        at = f"{path}.{hidden}" if path else hidden
        yield at, "", text
        yield at, text, verdict
        yield from _walk(value, at, text, depth + 1, visited)
    for item in items:
        yield from _walk(item, path, name, depth + 1, visited)
    if hasattr(node, "collect_schema") and not hasattr(node, "get_column"):
        raise PHIError(f"{path!r}: the values of a {type(node).__name__} are not computed yet; collect it first")


def _verdicts(names: list[str], table: str) -> list[Verdict]:
    """What each name says beside the others; of more than a table has, what it says alone."""
    return classify_columns(names, table) if len(names) <= MAX_COLUMNS else [classify(name) for name in names]
