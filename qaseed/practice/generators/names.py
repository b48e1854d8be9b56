"""Recipes for names: given ones by sex, year of birth and community, family names by community and sex."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ints
from qaseed.noise import Bits
from qaseed.practice import modes
from qaseed.practice.generators.arrays import Mask
from qaseed.recipes import joined, where
from qaseed.rows import Rows, take
from qaseed.words import COMMUNITIES, DECADES, FOLDER, name_edges, pool
from qaseed.words.public_figures import Keys, are_figures, keys_of, moved_on

USUAL = (62, 13, 18, 7)
"""Communities of those whose rows have none, in percent (Census 2020)."""
STAFF_BORN = (1958, 38)
"""First year of birth of providers, and how many years there are (assumed)."""
GENERATION = 29
"""Years from parents to children (NCHS 2022: mean age of mothers at birth 29.6)."""
SUFFIXES = {"Jr.": 50, "Sr.": 20, "II": 15, "III": 15}
"""Suffixes of names, in percent (assumed)."""
CALLED = 16
"""Percent of those whose name has a short form who are called by it (assumed)."""
MIDDLE = 35
"""Percent of clients with a middle name (assumed)."""
SUFFIXED = 4
"""Percent of men with a suffix (assumed)."""
BY_RACE = {"white": 0, "black": 1, "asian": 3, "pacific": 3, "native": 0}
OLDER = {"mother": 1, "father": 1, "parent": 1, "aunt": 1, "grandparent": 2, "child": -1}
"""Generations from clients to their relatives; others are of the same one."""
GIVEN, FAMILY = ("first_name_f", "first_name_m"), ("last_name", "last_name_m")
"""Pools of women's and of men's names."""
LANGUAGE_NAMES = {"zh": ("Chan", "Chang", "Chen", "Lee", "Wong", "Yang"), "vi": ("Le", "Nguyen", "Tran")}
"""Family names of the packaged pool that are usual among those who speak a language (Census 2010)."""
NO_FIGURE = "no family name"
"""A family name that no public figure has."""
SEXES = {"mother": "F", "aunt": "F", "father": "M"}


def community(rows: Rows) -> Ints:
    """The index in `COMMUNITIES` by which each row is named: by ethnicity and race, or as in the population."""
    return rows.cached("community", _community)


def _community(rows: Rows) -> Ints:
    drawn = noise.pick(rows.bits("community"), USUAL)
    if "ethnicity" not in rows.entity.by_name:
        return drawn
    by_race = rows["race"].replace_strict(BY_RACE, default=None, return_dtype=pl.Int64)
    hispanic = (rows["ethnicity"] == "hispanic").to_numpy()
    not_drawn = np.where(drawn == COMMUNITIES.index("hispanic"), 0, drawn)
    return np.where(hispanic, COMMUNITIES.index("hispanic"), by_race.fill_null(pl.Series(not_drawn)).to_numpy())


def birth_year(rows: Rows) -> Ints:
    """The year of birth by which each row is named."""
    if "dob" in rows.entity.by_name:
        years: Ints = rows["dob"].dt.year().cast(pl.Int64).to_numpy()
        return years
    return STAFF_BORN[0] + rows.below(STAFF_BORN[1], "birth year")


def _group(rows: Rows, year: Ints) -> Ints:
    decade = np.clip((year - DECADES[0]) // 10, 0, len(DECADES) - 1)
    group: Ints = decade * len(COMMUNITIES) + community(rows)
    return group


def _is_female(rows: Rows) -> Mask:
    either: Mask = rows.below(2, "first_name", "either") == 0
    if "sex_at_birth" in rows.entity.by_name:
        sex = rows["sex_at_birth"].to_numpy()
        either = np.where(sex == "X", either, sex == "F")
    return either


@lru_cache
def _pool_keys(pools: tuple[str, ...], locale: str) -> Keys:
    return np.concatenate([keys_of(pool(name, locale)) for name in pools])


def apart(rows: Rows, index: Ints, pools: tuple[str, ...], others: pl.Series, within: Mask | None = None) -> Ints:
    """Positions in these pools, one after the other, moved on so that no full name is that of a public figure.

    `others` are the other names of the rows, family names for pools of given ones. A position stays in the first pool
    where `within` says so and in the second elsewhere, or in either without it.
    """
    sizes = [len(rows.words(name)) for name in pools]
    start, end = np.zeros(len(index), dtype=np.int64), np.full(len(index), sum(sizes))
    if within is not None:
        start, end = np.where(within, 0, sizes[0]), np.where(within, sizes[0], sizes[0] + sizes[1])
    keys = _pool_keys(pools, str(rows.tenants.settings_by_name.get("locale", "")))
    return moved_on(index, keys, keys_of(others), start, end, are_given=pools == GIVEN)


def _drawn(
    rows: Rows, bits: Bits, group: Ints, female: Mask, pools: tuple[str, str], others: pl.Series | None
) -> pl.Series:
    """A name for each row of the women's pool or the men's, as often as they are given in its group.

    With the others' names, those that make a public figure's full name are passed over.
    """
    locale = str(rows.tenants.settings_by_name.get("locale", ""))
    women, men = (rows.words(name) for name in pools)
    index = np.empty(len(bits), dtype=np.int64)
    for of_pool, first, name in ((female, 0, pools[0]), (~female, len(women), pools[1])):
        index[of_pool] = first + noise.pick_by_group(bits[of_pool], group[of_pool], name_edges(name, locale))
    if pools == FAMILY and not locale and "preferred_language" in rows.entity.by_name:
        index = _by_language(rows, bits, index, len(women) * ~female)
    if others is not None:
        index = apart(rows, index, pools, others, female)
    return take(pl.concat([women.alias("name"), men.alias("name")]), index)


def _by_language(rows: Rows, bits: Bits, index: Ints, first: Ints) -> Ints:
    """The positions of family names, but of one that is usual where the preferred language is Chinese or Vietnamese."""
    known = {name: number for number, name in enumerate(rows.words(FAMILY[0]).to_list())}
    for language, names in LANGUAGE_NAMES.items():
        speaks = (rows["preferred_language"] == language).to_numpy()
        usual = np.array([known[name] for name in names])[noise.below(bits, len(names))]
        index = np.where(speaks, first + usual, index)
    return index


def _given(rows: Rows, year: Ints, female: Mask, family: pl.Series | None, *stream: str) -> pl.Series:
    return _drawn(rows, rows.bits(*stream), _group(rows, year), female, GIVEN, family)


def _family(rows: Rows, female: Mask, given: pl.Series | None, *stream: str) -> pl.Series:
    names = _drawn(rows, rows.bits(*stream), _group(rows, birth_year(rows)), female, FAMILY, given)
    if modes.of(rows.tenants, "name") == "marked":
        suffixes = pl.Series(["Testcase", "Sample", "Synth"])
        return joined(names, "-", suffixes.gather(rows.below(len(suffixes), stream[0], "mark")))
    return names


def given_name(rows: Rows, column: str) -> pl.Series:
    """A given name, as often as those born in that decade have it."""
    return _given(rows, birth_year(rows), _is_female(rows), _pinned_family(rows), column)


def middle_name(rows: Rows, column: str) -> pl.Series:
    """A second given name, for one in three (assumed); nobody is called the same twice."""
    name = given_name(rows, column)
    return where((rows.below(100, column, "given") < MIDDLE) & (name != rows["first_name"]).to_numpy(), name)


def _pinned_family(rows: Rows) -> pl.Series | None:
    """The family names that scenarios pin, which given names must not complete; None where there are none."""
    overrides = rows.tenants.overrides(rows.entity.name)
    by_position = {n: overrides[int(rows.ids[n])].get("last_name") for n in rows.reserved.tolist()}
    pinned = {n: name for n, name in by_position.items() if isinstance(name, str)}
    if not pinned:
        return None
    return pl.repeat(NO_FIGURE, len(rows), eager=True).scatter(list(pinned), list(pinned.values()))


def family_name(rows: Rows, column: str) -> pl.Series:
    """A family name, in the form for the person's sex, with which nobody is a public figure.

    It ends in a word that no name has in mode `marked`.
    """
    return _family(rows, _is_female(rows), rows["first_name"], column)


@lru_cache(maxsize=1)
def _short_names() -> tuple[dict[str, int], Ints, Ints, pl.Series]:
    """`short_name.csv`: the number of each name that has short ones, the first of these and how many, and all."""
    lines = csv.DictReader((FOLDER / "short_name.csv").read_text(encoding="utf-8").splitlines())
    shorts = {line["name"]: line["shorts"].split("|") for line in lines}
    counts = np.array([len(short) for short in shorts.values()])
    numbers = {name: number for number, name in enumerate(shorts)}
    return numbers, np.cumsum(counts) - counts, counts, pl.Series([short for of in shorts.values() for short in of])


def short_name(rows: Rows, column: str) -> pl.Series:
    """What some are called whose name has a usual short form, such as Liz, unless a public figure is called so."""
    numbers, first, counts, shorts = _short_names()
    number = rows["first_name"].replace_strict(numbers, default=-1, return_dtype=pl.Int64).to_numpy()
    called = np.flatnonzero((number >= 0) & (rows.below(100, column) < CALLED))
    of = number[called]
    short = shorts.gather(first[of] + noise.below(rows.bits(column, "which")[called], counts[of]))
    known = are_figures(keys_of(short), keys_of(rows["last_name"].gather(called)))
    names = pl.repeat(None, len(rows), eager=True, dtype=pl.String)
    return names.scatter(called[~known], short.filter(~pl.Series(known, dtype=pl.Boolean)))


def suffix(rows: Rows, column: str) -> pl.Series:
    """A suffix for some men: sons who are named like their fathers."""
    drawn = pl.Series(tuple(SUFFIXES)).gather(noise.pick(rows.bits(column), tuple(SUFFIXES.values())))
    return where((rows["sex_at_birth"] == "M").to_numpy() & (rows.below(100, column, "given") < SUFFIXED), drawn)


def relative_name(rows: Rows, relation: pl.Series, shared: Mapping[str, int], *stream: str) -> pl.Series:
    """The full name of a relative, of their generation and sex.

    `shared` is the percent of each relation with the client's own family name. Most spouses are of the other sex.
    """
    of_sex = relation.replace_strict(SEXES, default=None, return_dtype=pl.String)
    wife = np.where((rows["sex_at_birth"] == "F").to_numpy(), rows.below(100, *stream, "wife") < 4, True)
    is_spouse = (relation == "spouse").fill_null(value=False).to_numpy()
    either = np.where(is_spouse, wife, rows.below(2, *stream, "sex") == 0)
    female: Mask = np.where(of_sex.is_null().to_numpy(), either, (of_sex == "F").fill_null(value=False).to_numpy())
    generations = relation.replace_strict(OLDER, default=0, return_dtype=pl.Int64).to_numpy()
    year = birth_year(rows) - GENERATION * generations + rows.below(11, *stream, "years") - 5
    percent = relation.replace_strict(shared, default=0, return_dtype=pl.Int64).to_numpy()
    same_form = rows.words("last_name").equals(rows.words("last_name_m")) | (_is_female(rows) == female)
    is_named = rows["last_name"].is_not_null().to_numpy()
    is_shared = (rows.below(100, *stream, "shared") < percent) & same_form & is_named
    family = where(is_shared, rows["last_name"], _family(rows, female, None, *stream, "family"))
    return joined(_given(rows, year, female, family, *stream), " ", family)
