"""Word pools: committed text files, one word a line, and how often names are given; `scripts/words` drew them.

The folder also has the grammar of notes (`notes/`), which phrases contradict each other, and what is prescribed for
what.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from qaseed import noise
from qaseed.errors import UsageError, nearest
from qaseed.noise import Bits
from qaseed.safety.identifiers import is_safe

FOLDER = Path(__file__).parent
"""Where the words and texts are."""


LOCALE_POOLS = ("first_name_f", "first_name_m", "last_name", "last_name_m")
"""Pools that `--locale` draws from mimesis and Faker; towns and streets stay invented."""
DECADES = tuple(range(1930, 2020, 10))
"""Decades of birth that the names' statistics know; the last one is that of all who are younger."""
COMMUNITIES = ("white", "black", "hispanic", "api")
"""Categories of the Census for which they say who has a name; api is Asian or Pacific."""
ENDINGS = {
    # language: endings of family names that only men have, and those that only women have
    "bg": (("ов", "ев", "ски"), ("ова", "ева", "ска")),
    "cs": (("ý",), ("ová",)),
    "is": (("son",), ("dóttir",)),
    "lt": (("s",), ("ienė", "aitė", "ytė", "utė")),
    "lv": (("s", "š"), ()),
    "pl": (("ski", "cki", "dzki", "ny"), ("ska", "cka", "dzka")),
    "ru": (("ов", "ев", "ин", "ский"), ("ова", "ева", "ина", "ская")),
    "sk": (("ý",), ("ová",)),
    "uk": (("ий", "ов", "єв", "ев"), ("ська", "цька", "ова", "єва", "ева")),
}
_SAME = {"last_name_m": "last_name"}
"""Packaged pools under another name: men have the same family names."""


@lru_cache
def pool(name: str, locale: str = "") -> pl.Series:
    """The words of a pool: the packaged ones in the order of their file, or those of a locale."""
    if locale and name in LOCALE_POOLS:
        return pl.Series(name, locale_names(locale)[name], dtype=pl.String)
    return pl.Series(
        name, (FOLDER / f"{_SAME.get(name, name)}.txt").read_text(encoding="utf-8").splitlines(), dtype=pl.String
    )


@lru_cache
def name_edges(name: str, locale: str = "") -> Bits:
    """How often a pool's names are given: for `noise.pick_by_group`, a group for each decade and community of it.

    Names of a locale are all equally frequent: no statistics of them are known.
    """
    groups = len(DECADES) * len(COMMUNITIES)
    if locale:
        return noise.edges([[1] * len(pool(name, locale))] * groups)
    table = pl.read_csv(FOLDER / f"{_SAME.get(name, name)}.csv")
    births = table.select(pl.col(str(decade)).cast(pl.Float64) for decade in DECADES).to_numpy()
    bearers = table.select(COMMUNITIES).to_numpy()
    return noise.edges((births[:, :, None] * bearers[:, None, :]).reshape(len(table), groups).T)


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
        "last_name": _first_list(provider, "last_names_female", "last_names"),
        "last_name_m": _first_list(provider, "last_names_male", "last_names"),
    }
    code = locale.split("_", maxsplit=1)[0].lower()
    if code in {known.value for known in Locale}:
        person = Person(Locale(code))
        extract = person._extract  # noqa: SLF001  # mimesis has no public access to its data
        names, surnames = extract(["names"]), extract(["surnames"])
        people["first_name_f"] += names.get("female", [])
        people["first_name_m"] += names.get("male", [])
        by_sex = surnames if isinstance(surnames, dict) else {"female": surnames, "male": surnames}
        if by_sex is not surnames and people["last_name"] != people["last_name_m"]:
            by_sex = {}  # forms for women and men in one list
        people["last_name"] += by_sex.get("female", [])
        people["last_name_m"] += by_sex.get("male", [])
    people = _of_one_sex(code, people)
    pools = {name: sorted({word for word in words if is_safe("name", word)}) for name, words in people.items()}
    for name, words in pools.items():
        if not words:
            raise UsageError(f"--locale: {locale!r} has no words for {name}; choose another")
    return pools


def _of_one_sex(code: str, people: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The names without those whose ending is that of the other sex: the lists of some languages mix them."""
    if code == "lt":  # one list for all: men's names end in s, and wives' family names follow from their husbands'
        people = {
            "first_name_f": [name for name in people["first_name_f"] if not name.endswith("s")],
            "first_name_m": [name for name in people["first_name_m"] if name.endswith("s")],
            "last_name": [
                re.sub("i?(as|is|us|ys)$", "ienė", name) for name in people["last_name"] if name.endswith("s")
            ],
            "last_name_m": people["last_name_m"],
        }
    of_men, of_women = ENDINGS.get(code, ((), ()))
    return {
        **people,
        "last_name": [name for name in people["last_name"] if not name.endswith(of_men)],
        "last_name_m": [name for name in people["last_name_m"] if not name.endswith(of_women)],
    }


def _first_list(provider: Any, *attributes: str) -> list[str]:
    return next((list(getattr(provider, name)) for name in attributes if getattr(provider, name, None)), [])


@lru_cache
def digest(locale: str = "") -> str:
    """The sha256 of pools, names of public figures and the grammar of notes, in hex; part of the recipe."""
    total = hashlib.sha256()
    kinds = ("*.txt", "*.csv", "*.bin", "notes/*.txt")
    for path in sorted(path for kind in kinds for path in FOLDER.glob(kind)):
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)}\n".encode() + content)
    if locale:
        total.update("\n".join(word for name in LOCALE_POOLS for word in locale_names(locale)[name]).encode())
    return total.hexdigest()
