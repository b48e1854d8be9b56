"""Recipes for what could identify a person: numbers, e-mail, telephone, address; all by the predicates of `safety`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.integers import Ints
from qaseed.noise import Bits
from qaseed.practice import modes
from qaseed.practice.generators.clock import state_of
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows, take
from qaseed.safety.identifiers import NPI_SALT, UNASSIGNED_ZIP3, zip_kind

CODES = {"claim_line": "CLL", "claim_event": "CLE"}
"""What references have for an entity that begins with the same letters as another."""
TOWNS, TOWN_ZIPS, TOWN_STEP = 24, 4, 37
"""Towns around a practice, postcodes of each, and how far apart in the pool they are, so that all are different."""
TOWN_WEIGHTS = (14, 11, 9, 8, 7, 6, 6, 5, *[2] * 16)
"""How likely clients live in each (assumed)."""
GOLDEN_SECTION = (5**0.5 - 1) / 2
SPREAD = 73_939_133
"""A prime: multiplied by it, consecutive numbers are far apart, and still all different."""


def reference(rows: Rows, column: str) -> pl.Series:
    """`QA-CLI-001-001042`: entity, tenant, slot; easy to find in any log or dump."""
    code = CODES.get(rows.entity.name, rows.entity.name[:3].upper())
    return joined(rows.by_tenant(lambda tenant: f"QA-{code}-{tenant.number:03d}-"), padded(rows.slots, 6))


def mrn(rows: Rows, column: str) -> pl.Series:
    """The medical record number, with the tenant inside."""
    return joined(rows.by_tenant(lambda tenant: f"QA-{tenant.number:03d}-"), padded(rows.slots, 8))


def chart_no(rows: Rows, column: str) -> pl.Series:
    """The chart number, counted in each tenant: equal numbers in two tenants are meant to be."""
    return joined("QC-", padded(rows.slots, 6))


def credential_ref(rows: Rows, column: str) -> pl.Series:
    """A reference to the provider's professional license, with the tenant inside, in no format that is in use."""
    return joined(rows.by_tenant(lambda tenant: f"QA-CR-{tenant.number:03d}"), padded(rows.slots, 6))


def npi(rows: Rows, column: str) -> pl.Series:
    """Ten digits with a valid check digit, the first 2, or 9 in mode `never`."""
    lead = 9 if modes.of(rows.tenants, "npi") == "never" else 2
    return padded(_checked(lead * 100_000_000 + _own_number(rows, column, 100_000_000), 9, NPI_SALT), 10)


def member_id(rows: Rows, column: str) -> pl.Series:
    """A member number of the client's own; null for clients who pay themselves."""
    return where(rows["payer_code"] != "self_pay", member_numbers(rows))


def member_numbers(rows: Rows) -> pl.Series:
    """QAM, nine digits and a check digit; unique in a tenant for clients and their policies below 10^8 clients."""
    end = 1_000_000_000
    return joined("QAM", padded(_checked(_scattered(rows, rows.slots % end, end), 9, 0), 10))


def _own_number(rows: Rows, column: str, end: int) -> Ints:
    """A number below `end` for each row, which no other row has, of whatever entity with this column of its own."""
    entities = [entity.name for entity in rows.model.entities if column in entity.by_name]
    entities = [name for name in entities if rows.model.entity(name).column(column).unique]
    return _scattered(rows, rows.slots * len(entities) + entities.index(rows.entity.name), end)


def _scattered(rows: Rows, within: Ints, end: int) -> Ints:
    """Numbers below `end`, far apart, for other numbers within the tenant: all different, up to `end` of them.

    Tenants begin a golden section of `end` apart, so that n of them with up to `end / (2.3 * n)` numbers differ too.
    """
    numbers: Ints = (within + (rows.ids >> SLOT_BITS) * round(end * GOLDEN_SECTION)) % end * SPREAD % end
    return numbers


def _checked(numbers: Ints, digits: int, salt: int) -> Ints:
    """Numbers of so many digits, and behind them their Luhn check digit."""
    total = np.full(len(numbers), salt, dtype=np.int64)
    for n in range(digits):
        digit = numbers // 10 ** (digits - 1 - n) % 10
        total += digit if n % 2 else 2 * digit - 9 * (digit > 4)
    return numbers * 10 + -total % 10


def email(rows: Rows, column: str) -> pl.Series:
    """`given.family.1042-3@example.com`: reserved by RFC 2606, unique by slot and tenant; `p1042-3` for a provider.

    Mode `tenant`: at a host of the tenant's own, `t001.example.com`. Mode `seed`: also at test.local and demo.invalid.
    """
    names = [_spelled(rows, name) for name in ("first_name", "last_name")]
    mode = modes.of(rows.tenants, "email")
    if mode == "tenant":
        host = rows.by_tenant(lambda tenant: f"t{tenant.number:03d}.example.com")
    else:
        hosts = pl.Series(["example.com", "test.local", "demo.invalid"] if mode == "seed" else ["example.com"])
        host = hosts.gather(rows.below(len(hosts), column, "host"))
    kind = "" if rows.entity.name == "client" else rows.entity.name[0]
    tenant = rows.by_tenant(lambda tenant: f"-{tenant.number}")
    return joined(names[0], ".", names[1], ".", kind, pl.Series(rows.slots).cast(pl.String), tenant, "@", host)


def _spelled(rows: Rows, name: str) -> pl.Series:
    """A name in lower case; as `ascii_of` has it where names of a locale or of scenarios can be.

    Whether scenarios can be is asked of the tenant, so that a row's value does not depend on the rows beside it.
    """
    locale = str(rows.tenants.settings_by_name.get("locale", ""))
    pinned = rows.by_tenant(lambda tenant: rows.entity.name in tenant.overrides).to_numpy()
    foreign = np.flatnonzero(pinned | bool(locale))
    names = rows[name].str.to_lowercase()
    if not len(foreign):
        return names
    words = take(rows[name], foreign).to_list()
    return names.scatter(foreign, pl.Series([ascii_of(word or "qa") for word in words], dtype=pl.String))


@lru_cache(maxsize=1 << 16)
def ascii_of(word: str) -> str:
    """A word as it may be part of an e-mail address: at most 24 transliterated letters and digits of ASCII."""
    from anyascii import anyascii

    return "".join(letter for letter in anyascii(word).lower() if letter.isalnum())[:24] or "qa"


def street(rows: Rows, column: str) -> pl.Series:
    """A number, an invented street and its kind."""
    kinds = pl.Series(["St", "Ave", "Ln", "Dr", "Rd", "Ct", "Way"])
    kind = kinds.gather(rows.below(len(kinds), column, "kind"))
    number = pl.Series(1 + rows.below(9_899, column, "number")).cast(pl.String)
    return joined(number, " ", rows.word("street", column), " ", kind)


def unit(rows: Rows, column: str) -> pl.Series:
    """`Apt 12` or `Suite 3`."""
    kind = "Suite " if rows.entity.name == "location" else "Apt "
    return joined(kind, pl.Series(1 + rows.below(40, column)).cast(pl.String))


def zip_form(locale: str, mode: str | None) -> str:
    """The kind of postcodes of a locale and mode: all 00000 in mode `placeholder`."""
    return "zip_00000" if mode == "placeholder" else zip_kind(locale)


def zip_code(rows: Rows, column: str) -> pl.Series:
    """Five digits whose prefix no ZIP code has, among prefixes of the row's state; `00000` in mode `placeholder`.

    With a locale whose region has postcodes of five digits, all begin as none of those does.
    """
    locale = str(rows.tenants.settings_by_name.get("locale", ""))
    form = zip_form(locale, modes.of(rows.tenants, "zip"))
    if form == "zip_00000":
        return pl.repeat("00000", len(rows), eager=True)
    town = towns(rows)
    lot = noise.bits(noise.key(rows.tenants.seed, "town", column), (rows.ids >> SLOT_BITS) * TOWNS + town)
    prefix = _one_of_state(rows, UNASSIGNED_ZIP3, lot) if form == "zip" else form[-3:]
    return joined(prefix, padded(town * TOWN_ZIPS + rows.below(TOWN_ZIPS, column, "area"), 2))


def towns(rows: Rows) -> Ints:
    """The number of each row's town in its practice: sites are in the first ones, in which most clients live."""
    if rows.entity.name == "location":
        return (rows.slots - FIRST_ORDINARY_SLOT) % TOWNS
    return rows.cached("towns", lambda of: noise.pick(of.bits("city"), TOWN_WEIGHTS))


def city(rows: Rows, column: str) -> pl.Series:
    """An invented town, one of those around the practice."""
    pool = rows.words("city")
    first = noise.bits(noise.key(rows.tenants.seed, "town"), rows.ids >> SLOT_BITS)
    return pool.gather((noise.below(first, len(pool)) + TOWN_STEP * towns(rows)) % len(pool))


def _one_of_state(rows: Rows, by_state: Mapping[str, tuple[str, ...]], lot: Bits) -> pl.Series:
    """One of the texts of the row's state, all equally often, by noise."""
    states = [state_of(tenant) for tenant in rows.tenants.all]
    texts = [text for state in by_state for text in by_state[state]]
    counts = np.array([len(by_state[state]) for state in by_state])
    state = rows.of_tenants(np.array([list(by_state).index(name) for name in states]))
    return pl.Series(texts).gather((np.cumsum(counts) - counts)[state] + noise.below(lot, counts[state]))
