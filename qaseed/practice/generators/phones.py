"""Recipes for telephone numbers: none can be assigned, and no two rows share one by chance."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Ints
from qaseed.practice import modes
from qaseed.practice.generators.clock import state_of
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows
from qaseed.safety.identifiers import AREA_CODES

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

    Mode `nanp_valid`: an area code of the row's state and 555-0100 to 0199, reserved for fiction; passes validators. As
    there are few of them, rows share them.
    """
    first, many = EXCHANGES.get((rows.entity.name, column), ALL_EXCHANGES)
    if modes.of(rows.tenant, "phone") == "nanp_valid":
        codes = pl.Series(AREA_CODES[state_of(rows.tenant)])
        number = _own_number(rows, column, len(codes) * (many // 8))
        area, line = codes.gather(number % len(codes)), (first - ALL_EXCHANGES[0]) // 8 + number // len(codes)
        return joined(area, "-555-01", padded(line, 2))
    tens, digit = np.divmod(_own_number(rows, column, many * 12_500), 10)
    area = pl.Series(["555"] * 8 + ["000", "999"]).gather(digit)
    number = np.where(digit < 8, tens * 8 + digit, tens)
    return joined(area, "-", padded(first + number // 10_000, 3), "-", padded(number % 10_000, 4))


def _own_number(rows: Rows, column: str, end: int) -> Ints:
    """A number below `end` for each row, which no other row of the tenant has up to `end` of them.

    Tenants begin a golden section of `end` apart, so that n of them with up to `end / (2.3 * n)` rows each differ too.
    """
    start = noise.key(rows.tenant.seed, "phone", column) % end + rows.tenant.number * round(end * GOLDEN_SECTION)
    number: Ints = (rows.slots + start) % end * SPREAD % end
    return number


def contact_phone(rows: Rows, column: str) -> pl.Series:
    """The mobile number of the guardian's own row, or one of its own."""
    own = rows.lookup("guardian_id", "phone_mobile")
    return where(own.is_null(), phone(rows, column), own)
