"""Word pools: committed text files, one word a line, which `scripts/words` drew from mimesis and Faker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from qaseed.errors import UsageError, nearest
from qaseed.safety.identifiers import is_safe

_FOLDER = Path(__file__).parent


LOCALE_POOLS = ("first_name_f", "first_name_m", "last_name")
"""Pools that `--locale` draws from mimesis and Faker; towns and streets stay invented."""


@lru_cache
def pool(name: str, locale: str = "") -> pl.Series:
    """The words of a pool: the packaged ones in the order of their file, or those of a locale."""
    if locale and name in LOCALE_POOLS:
        return pl.Series(name, locale_names(locale)[name], dtype=pl.String)
    return pl.Series(name, (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines(), dtype=pl.String)


@lru_cache
def locale_names(locale: str) -> Mapping[str, list[str]]:
    """The names that the installed mimesis and Faker know for a locale such as `de_DE`, sorted.

    Raises `UsageError` if neither knows the locale.
    """
    from faker.config import AVAILABLE_LOCALES
    from mimesis.locales import Locale

    if locale not in AVAILABLE_LOCALES:
        raise UsageError(f"--locale: no {locale!r}; {nearest(locale, AVAILABLE_LOCALES)}")
    from faker.factory import Factory
    from mimesis import Person

    provider = next(p for p in Factory.create(locale).get_providers() if p.__provider__.endswith(".person"))
    people = {
        "first_name_f": _first_list(provider, "first_names_female", "first_names"),
        "first_name_m": _first_list(provider, "first_names_male", "first_names"),
        "last_name": _first_list(provider, "last_names", "last_names_female"),
    }
    code = locale.split("_", maxsplit=1)[0].lower()
    if code in {known.value for known in Locale}:
        person = Person(Locale(code))
        extract = person._extract  # noqa: SLF001  # mimesis has no public access to its data
        names, surnames = extract(["names"]), extract(["surnames"])
        people["first_name_f"] += names.get("female", [])
        people["first_name_m"] += names.get("male", [])
        people["last_name"] += surnames.get("female", []) if isinstance(surnames, dict) else surnames
    pools = {name: sorted({word for word in words if is_safe("name", word)}) for name, words in people.items()}
    for name, words in pools.items():
        if not words:
            raise UsageError(f"--locale: {locale!r} has no words for {name}; choose another")
    return pools


def _first_list(provider: Any, *attributes: str) -> list[str]:
    return next((list(getattr(provider, name)) for name in attributes if getattr(provider, name, None)), [])


@lru_cache
def digest(locale: str = "") -> str:
    """The sha256 of all pools, in hex; part of the recipe."""
    total = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.txt")):
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)}\n".encode() + content)
    if locale:
        total.update("\n".join(word for name in LOCALE_POOLS for word in locale_names(locale)[name]).encode())
    return total.hexdigest()
