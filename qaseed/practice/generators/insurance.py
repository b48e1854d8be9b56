"""Recipes for insurance policies: a client's own, the secondary one, and the one before, with its lapse."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from qaseed import noise
from qaseed.integers import Days, Ids, Ints
from qaseed.model import Model
from qaseed.plan import Tenants
from qaseed.practice.generators import secondary
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.clock import HOUR, month_start, now_micros, seconds
from qaseed.practice.generators.derived import RowsOf, numbered, numbers_of, ordered, parents_of
from qaseed.practice.generators.identifiers import member_numbers
from qaseed.practice.generators.names import GIVEN, apart
from qaseed.practice.generators.partition import row_bits
from qaseed.practice.generators.people import PLANS, WITHOUT_COPAY, age, at_work, copays_of, weighted_by
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

CURRENT, SECONDARY, PREVIOUS = range(3)
"""Numbers of a client's policies."""
HAD_ANOTHER, HAD_ONE = 35, 25
"""Percent of the insured who had another policy before, and of self-paying clients who had one (assumed)."""
REPLACED = 70
"""Percent of earlier policies that another followed the next day; the others left a gap (assumed)."""
BEFORE = {"commercial": 75, "medicaid": 20, "other": 5}
"""Payers of earlier policies, in percent (assumed)."""
PAYER_IDS = {
    "commercial": {"QAP11": 40, "QAP12": 25, "QAP13": 20, "QAP14": 15},
    "medicaid": {"QAP21": 70, "QAP22": 30},
    "medicare": {"QAP31": 100},
    "other": {"QAP41": 60, "QAP42": 40},
}
"""Payers of each kind by their id at clearinghouses, in percent (assumed)."""
PAYERS = tuple(payer for ids in PAYER_IDS.values() for payer in ids)
DEDUCTIBLES = {0: 50, 50000: 8, 100000: 10, 150000: 10, 300000: 22}
"""Yearly deductibles of commercial policies for visits in cents, in percent: 87 % of the covered have one, of 1,787
dollars on average (KFF 2024), which visits are exempt from in two plans of five (assumed).
"""
MEDICARE_DEDUCTIBLES = {2023: 226_00, 2024: 240_00, 2025: 257_00, 2026: 283_00}
"""The deductible of Medicare's own plan, part B, by year (CMS); before and after these as in the nearest one."""
END_REASONS = {
    "commercial": {"job_change": 75, "aged_out": 10, "nonpayment": 15},
    "medicaid": {"eligibility_lost": 90, "moved_away": 10},
    "medicare": {"nonpayment": 60, "moved_away": 40},
    "other": {"eligibility_lost": 60, "job_change": 40},
}
"""Why a policy ended that no other followed at once, by payer, in percent (assumed)."""
REASONS = ("replaced", *dict.fromkeys(reason for by_payer in END_REASONS.values() for reason in by_payer))
CHILD_UNTIL = 26
"""Years of age until which a child may be on a parent's commercial policy (45 CFR 147.120)."""
YOUNG_ADULTS, SPOUSES = 45, 25
"""Percent of clients of 18 to 25 on a parent's policy, and of married ones on a spouse's, if commercial (assumed)."""


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The policies of the clients of a unit."""
    rows = rows_of("client")
    clients = rows.ids
    insured = (rows["payer_code"] != "self_pay").to_numpy()
    draw = noise.below(row_bits(tenants, "client", clients, "earlier policy"), 100)
    had = draw < np.where(insured, HAD_ANOTHER, HAD_ONE)
    second = rows["secondary_payer_code"].is_not_null().to_numpy()
    return ordered(
        numbered(Ids(clients[insured]), CURRENT),
        numbered(Ids(clients[insured & second]), SECONDARY),
        numbered(Ids(clients[had]), PREVIOUS),
    )


def _is(rows: Rows, number: int) -> Mask:
    is_number: Mask = numbers_of(rows.ids) == number
    return is_number


def by_number(rows: Rows, current: pl.Series, secondary: pl.Series, previous: pl.Series) -> pl.Series:
    """For each policy the value of its number."""
    return where(_is(rows, CURRENT), current, where(_is(rows, SECONDARY), secondary, previous))


def client(rows: Rows, name: str) -> pl.Series:
    """A column of the insured client."""
    return rows.lookup("client_id", name)


def priority(rows: Rows, column: str) -> pl.Series:
    """Whether the policy pays first, or what the first leaves."""
    return where(_is(rows, SECONDARY), "secondary", "primary")


def payer_code(rows: Rows, column: str) -> pl.Series:
    """The client's payers; before them mostly an employer's."""
    drawn = pl.Series(tuple(BEFORE)).gather(noise.pick(rows.bits(column), tuple(BEFORE.values())))
    return by_number(rows, client(rows, "payer_code"), client(rows, "secondary_payer_code"), drawn)


def payer_id(rows: Rows, column: str) -> pl.Series:
    """One of the ids of the kind of payer."""
    return weighted_by(rows, rows["payer_code"], PAYER_IDS, column)


def payers_of(tenants: Tenants, clients: Ids, codes: Any, number: int) -> Ints:
    """The positions in `PAYERS` of the payers, of these kinds, of these clients' policies of a number."""
    bits = row_bits(tenants, "insurance_policy", numbered(clients, number), "payer_id")
    positions = np.zeros(len(clients), dtype=np.int64)
    for code, weights in PAYER_IDS.items():
        some = np.flatnonzero(codes == code)
        positions[some] = PAYERS.index(next(iter(weights))) + noise.pick(bits[some], tuple(weights.values()))
    return positions


def payer_positions(tenants: Tenants, clients: Ids) -> Ints:
    """Which of the commercial payers has the current policy of each of these clients."""
    bits = row_bits(tenants, "insurance_policy", numbered(clients, CURRENT), "payer_id")
    return noise.pick(bits, tuple(PAYER_IDS["commercial"].values()))


def plan_type(rows: Rows, column: str) -> pl.Series:
    """The client's own plan; another one of the payer for other policies, TRICARE or Medigap behind the first."""
    years = age(client(rows, "dob"), pl.repeat(rows.tenants.as_of, len(rows), eager=True))
    drawn = at_work(weighted_by(rows, rows["payer_code"], PLANS, column), years)
    kinds = secondary.kinds_of(rows.tenants, Ids(rows["client_id"].to_numpy()), client(rows, "payer_code").to_numpy())
    behind = where(kinds == secondary.MEDIGAP, "medigap", where(rows["payer_code"] == "other", "military", drawn))
    return by_number(rows, client(rows, "plan_type"), behind, drawn)


def member_id(rows: Rows, column: str) -> pl.Series:
    """The client's member number; numbers of the same form for other policies."""
    drawn = member_numbers(rows)
    return by_number(rows, client(rows, "member_id"), drawn, drawn)


def group_no(rows: Rows, column: str) -> pl.Series:
    """The employer's group, of commercial policies: one of 400, each with one payer."""
    ids = tuple(PAYER_IDS["commercial"])
    payer = rows["payer_id"].replace_strict({name: n for n, name in enumerate(ids)}, default=0, return_dtype=pl.Int64)
    group = 1 + len(ids) * rows.below(400 // len(ids), column) + payer.to_numpy()
    number = joined(rows.by_tenant(lambda tenant: f"QA-GRP-{tenant.number:03d}-"), padded(group, 6))
    return where((rows["payer_code"] == "commercial") & (rows["plan_type"] != "medigap"), number)


def insured_relation(rows: Rows, column: str) -> pl.Series:
    """What the client is to the insured: minors and some young adults are children, some married clients spouses."""
    born, began = client(rows, "dob"), rows["effective_on"]
    as_of = pl.repeat(rows.tenants.as_of, len(rows), eager=True)
    years, at_start = age(born, as_of), age(born, began)
    commercial = ((rows["payer_code"] == "commercial") & (rows["plan_type"] != "medigap")).to_numpy()
    draw = rows.below(100, column)
    child = commercial & ((at_start < 18) | ((years < CHILD_UNTIL) & (draw < YOUNG_ADULTS)))
    married = (client(rows, "marital_status") == "married").to_numpy() & (years >= 21)
    spouse = commercial & married & (draw < SPOUSES)
    return pl.Series(np.where(child & (years < CHILD_UNTIL), "child", np.where(spouse, "spouse", "self")))


def insured_name(rows: Rows, column: str) -> pl.Series:
    """The client, the guardian of a minor, the spouse or parent who is the contact, or somebody of the family name."""
    own = joined(client(rows, "first_name"), " ", client(rows, "last_name"))
    own = where(own.is_null(), client(rows, "first_name"), own)
    given = pl.concat([rows.words(name).alias("name") for name in GIVEN])
    relatives = row_bits(rows.tenants, "client", parents_of(rows.ids), "insured relative")
    given = given.gather(apart(rows, noise.below(relatives, len(given)), GIVEN, client(rows, "last_name")))
    relative = joined(given, " ", client(rows, "last_name"))
    relative = where(relative.is_null(), given, relative)
    contact, kind = client(rows, "emergency_contact_name"), client(rows, "emergency_contact_relation")
    spouse = where((kind == "spouse") & contact.is_not_null(), contact, relative)
    parent = where((kind == "parent") & contact.is_not_null(), contact, relative)
    parent = where(client(rows, "guardian_name").is_null(), parent, client(rows, "guardian_name"))
    relation = rows["insured_relation"]
    return where(relation == "self", own, where(relation == "child", parent, spouse))


def copay(rows: Rows, column: str) -> pl.Series:
    """The client's copay; none of a secondary policy; one that is usual with the payer for the one before."""
    drawn = copays_of(rows.bits(column), rows["payer_code"].to_numpy())
    drawn[rows["plan_type"].is_in(WITHOUT_COPAY).to_numpy()] = 0
    none = pl.repeat(0, len(rows), dtype=pl.Int64, eager=True)
    return by_number(rows, client(rows, "copay_cents"), none, pl.Series(drawn)).fill_null(0)


def deductible(rows: Rows, column: str) -> pl.Series:
    """What the client pays of a year's visits before a commercial policy pays, or Medicare's own plan in this year."""
    drawn = np.array(tuple(DEDUCTIBLES))[noise.pick(rows.bits(column), tuple(DEDUCTIBLES.values()))]
    own = int(medicare_deductibles(np.array(rows.tenants.as_of.year)))
    own_plan = where(rows["plan_type"] == "original", own, 0)
    asks = (rows["payer_code"] == "commercial") & pl.Series(~_is(rows, SECONDARY))
    return where(asks, pl.Series(drawn), own_plan)


def medicare_deductibles(years: Ints) -> Ints:
    """What Medicare's own plan asks of its members in these years."""
    first, last = min(MEDICARE_DEDUCTIBLES), max(MEDICARE_DEDUCTIBLES)
    amounts: Ints = np.array([MEDICARE_DEDUCTIBLES[year] for year in range(first, last + 1)])
    asked: Ints = amounts[np.clip(years, first, last) - first]
    return asked


def _gap(rows: Rows) -> Ints:
    """Months without insurance after an earlier policy."""
    months = 1 + rows.below(4, "ended_on", "gap")
    return np.where(rows.below(100, "ended_on", "replaced") < REPLACED, 0, months)


def _days(dates: pl.Series) -> Ints:
    days: Ints = dates.cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy()
    return days


def ended_on(rows: Rows, column: str) -> pl.Series:
    """The end of the client's coverage; of an earlier policy the day before the next one, or months before that."""
    covered, registered = _days(client(rows, "coverage_from")), _days(client(rows, "intake_date"))
    insured = (client(rows, "payer_code") != "self_pay").to_numpy()
    next_from = np.where(insured, covered, registered - 30 - rows.below(700, column))
    before = np.where(insured & (_gap(rows) == 0), covered, month_start(Days(next_from), -_gap(rows))) - 1
    own = client(rows, "coverage_to")
    return by_number(rows, own, own, pl.Series(before).cast(pl.Int32).cast(pl.Date))


def effective_on(rows: Rows, column: str) -> pl.Series:
    """The first day of the client's coverage; one to four years before its end for an earlier policy, or birth."""
    own = client(rows, "coverage_from")
    lasted, born = 365 + rows.below(1100, column), _days(client(rows, "dob"))
    began = np.maximum(month_start(Days(_days(rows["ended_on"]) - lasted)), born)
    began = np.minimum(began, _days(rows["ended_on"]))
    return by_number(rows, own, own, pl.Series(began).cast(pl.Int32).cast(pl.Date))


def _followed(rows: Rows) -> Mask:
    """Whether another policy follows an earlier one the next day."""
    followed: Mask = (
        _is(rows, PREVIOUS)
        & (client(rows, "payer_code") != "self_pay").to_numpy()
        & (_days(client(rows, "coverage_from")) == _days(rows["ended_on"]) + 1)
    )
    return followed


def status(rows: Rows, column: str) -> pl.Series:
    """In force at as_of, replaced by another policy, or lapsed."""
    over = (rows["ended_on"] < rows.tenants.as_of).fill_null(value=False)
    return where(over, where(_followed(rows), "replaced", "lapsed"), "in_force")


def end_reason(rows: Rows, column: str) -> pl.Series:
    """Why it ended; null while it is in force without an end."""
    drawn = weighted_by(rows, rows["payer_code"], END_REASONS, column)
    return where(rows["ended_on"].is_null(), None, where(_followed(rows), "replaced", drawn))


def created_at(rows: Rows, column: str) -> pl.Series:
    """With the client's registration, a few minutes later."""
    registered = client(rows, "created_at").cast(pl.Int64).to_numpy()
    return pl.Series(np.minimum(registered + (3 + numbers_of(rows.ids)) * 60_000_000, now_micros(rows.tenants)))


def updated_at(rows: Rows, column: str) -> pl.Series:
    """When its end was entered, on that day or at registration."""
    created = rows["created_at"].cast(pl.Int64).to_numpy()
    ended = _days(rows["ended_on"]) * 24 * HOUR + 17 * HOUR + seconds(rows, column)
    return pl.Series(np.minimum(np.maximum(created, ended), now_micros(rows.tenants)))
