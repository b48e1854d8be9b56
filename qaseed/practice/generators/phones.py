"""Recipes for telephone numbers: none can be assigned, and no two rows share one by chance."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.addresses import SLOT_BITS
from qaseed.integers import Ints
from qaseed.practice import modes
from qaseed.practice.generators.clock import state_of
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows
from qaseed.safety.identifiers import AREA_CODES, phone_kind

EXCHANGES = {
    ("client", "phone_mobile"): (200, 456),
    ("client", "phone_home"): (656, 104),
    ("client", "emergency_contact_phone"): (760, 136),
    ("provider", "phone"): (896, 56),
    ("location", "phone"): (952, 24),
    ("location", "fax"): (976, 24),
}
"""The first exchange of a column's numbers, and how many it has: columns share no number."""
ALL_EXCHANGES = (200, 800)
GOLDEN_SECTION = (5**0.5 - 1) / 2
SPREAD = 73_939_133
"""A prime: multiplied by it, consecutive numbers are far apart, and still all different."""


def phone(rows: Rows, column: str) -> pl.Series:
    """`555-NXX-dddd`, or with area code 000 or 999: no such numbers are assigned, and no other row has it.

    With a locale, all begin as no number of its region does.

    Mode `nanp_valid`: an area code of the row's state and 555-0100 to 0199, reserved for fiction; passes validators. As
    there are few of them, rows share them.
    """
    first, many = EXCHANGES.get((rows.entity.name, column), ALL_EXCHANGES)
    if modes.of(rows.tenants, "phone") == "nanp_valid":
        states = rows.of_tenants(np.array([tuple(AREA_CODES).index(state_of(tenant)) for tenant in rows.tenants.all]))
        known = np.array([len(codes) for codes in AREA_CODES.values()])
        codes = known[states]
        number = _own_number(rows, column, codes * (many // 8))
        at, line = (
            (np.cumsum(known) - known)[states] + number % codes,
            (first - ALL_EXCHANGES[0]) // 8 + number // codes,
        )
        area = pl.Series([code for of_state in AREA_CODES.values() for code in of_state]).gather(at)
        return joined(area, "-555-01", padded(line, 2))
    kind = phone_kind(str(rows.tenants.settings_by_name.get("locale", "")))
    if kind != "phone":
        number = _own_number(rows, column, many * 10_000)
        return joined(kind[-3:], "-", padded(first + number // 10_000, 3), "-", padded(number % 10_000, 4))
    tens, digit = np.divmod(_own_number(rows, column, many * 12_500), 10)
    area = pl.Series(["555"] * 8 + ["000", "999"]).gather(digit)
    number = np.where(digit < 8, tens * 8 + digit, tens)
    return joined(area, "-", padded(first + number // 10_000, 3), "-", padded(number % 10_000, 4))


def _own_number(rows: Rows, column: str, end: int | Ints) -> Ints:
    """A number below `end` for each row, which no other row of the tenant has up to `end` of them.

    Tenants begin a golden section of `end` apart, so that n of them with up to `end / (2.3 * n)` rows each differ too.
    """
    key = np.uint64(noise.key(rows.tenants.seed, "phone", column))
    first = (key % np.asarray(end, dtype=np.uint64)).astype(np.int64)
    start = first + (rows.ids >> SLOT_BITS) * np.round(np.asarray(end) * GOLDEN_SECTION).astype(np.int64)
    number: Ints = (rows.slots + start) % end * SPREAD % end
    return number


def fictional_phone(rows: Rows, column: str, line: int) -> pl.Series:
    """The number 555-01 and `line`, in the first area code of the row's state."""
    state = rows["state"] if "state" in rows.entity.by_name else rows.by_tenant(state_of)
    first = {state: codes[0] for state, codes in AREA_CODES.items()}
    return state.replace_strict(first, return_dtype=pl.String) + f"-555-01{line:02d}"


def contact_phone(rows: Rows, column: str) -> pl.Series:
    """The mobile number of the guardian's own row, or one of its own."""
    own = phone(rows, column)
    if rows["guardian_id"].is_null().all():  # a look-up in no rows would go on without end
        return own
    of_guardian = rows.lookup("guardian_id", "phone_mobile")
    return where(of_guardian.is_null(), own, of_guardian)
