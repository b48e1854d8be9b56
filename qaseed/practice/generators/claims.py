"""Recipes for claims and their lines: what an electronic claim (837) says, and amounts that agree with the ledger."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.addresses import SLOT_BITS
from qaseed.integers import Ids, Ints
from qaseed.model import Model
from qaseed.plan import Tenants, slot_of
from qaseed.practice.generators.arrays import Mask
from qaseed.practice.generators.claim_history import SECOND, histories
from qaseed.practice.generators.clock import local_day
from qaseed.practice.generators.derived import RowsOf, numbered, numbers_of, ordered, parents_of
from qaseed.practice.generators.ledger import entries_of
from qaseed.practice.generators.people import age
from qaseed.practice.generators.staff import TYPES
from qaseed.recipes import joined, padded, where
from qaseed.rows import Rows

TAXONOMIES = {name: f"QA{10 + n}{name[0]}{name[-1].upper()}{100 * (n + 1)}X" for n, name in enumerate(TYPES)}
"""Codes in the form of the NUCC's taxonomy, by license; those of the NUCC begin with a digit."""
LINES = 2
"""Lines that a claim can have."""
ADD_ON, ADD_ON_CENTS, ADD_ON_BELOW = "QA-CPLX", 15_00, 12
"""The line for interactive complexity, what it costs, and the age below which it is usual (assumed)."""
AMOUNTS = ("total_cents", "allowed_cents", "client_due_cents", "paid_cents")


def ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The claims for the charges of a unit."""
    claims = histories(model, tenants, rows_of("ledger_entry").ids).claims
    return ordered(*(numbered(_charges(claims, n), n) for n in range(SECOND + 1)))


def _charges(claims: pl.DataFrame, number: int) -> Ids:
    return Ids(claims.filter(pl.col("number") == number)["charge"].to_numpy())


def line_ids(model: Model, tenants: Tenants, rows_of: RowsOf) -> Ids:
    """The lines of the claims of a unit: one, or two with interactive complexity."""
    rows = rows_of("claim")
    claims = rows.ids
    several = _is_complex(rows)
    charges, first_line = parents_of(claims), LINES * numbers_of(claims)
    return ordered(numbered(charges, first_line), Ids(numbered(charges, first_line + 1)[several]))


def _of_claims(rows: Rows) -> pl.DataFrame:
    """What happened to each claim."""
    wanted = pl.DataFrame({"charge": parents_of(rows.ids), "number": numbers_of(rows.ids)})
    known = histories(rows.model, rows.tenants, parents_of(rows.ids)).claims
    return wanted.join(known, on=["charge", "number"], how="left", maintain_order="left")


def history(rows: Rows, name: str) -> pl.Series:
    """A column of the history of each claim."""
    return rows.cached("claim history", _of_claims)[name]


def moment(rows: Rows, column: str, of: str) -> pl.Series:
    """A moment of the claim's history."""
    return history(rows, of).cast(pl.Datetime("us", "UTC"))


def client(rows: Rows, column: str) -> pl.Series:
    """Whose charge it is."""
    return rows.lookup("charge_id", "client_id")


def visit(rows: Rows, column: str) -> pl.Series:
    """The visit that was charged."""
    return rows.lookup("charge_id", "appointment_id")


def provider(rows: Rows, column: str) -> pl.Series:
    """Who held the visit."""
    return rows.lookup("appointment_id", "provider_id")


def policy(rows: Rows, column: str) -> Ids:
    """The policy by which it is paid."""
    return Ids(history(rows, "policy").to_numpy())


def of_policy(rows: Rows, column: str) -> pl.Series:
    """The column of the same name of the policy."""
    return rows.lookup("policy_id", column)


def of_charge(rows: Rows, column: str, name: str) -> pl.Series:
    """A column of the charge."""
    return rows.lookup("charge_id", name)


def priority(rows: Rows, column: str) -> pl.Series:
    """Whether the first payer is asked, or the second one for the rest."""
    return where(numbers_of(rows.ids) == SECOND, "secondary", "primary")


def number(rows: Rows, column: str) -> pl.Series:
    """`QA-CLM-001-2605110002084`, by which payers refer to it: it rises with the day on which the claim is created."""
    day = local_day(rows, rows["created_at"]).dt.strftime("%y%m%d")
    charges = slot_of(parents_of(rows.ids))
    own = padded((SECOND + 1) * charges + numbers_of(rows.ids), 7)
    return joined(rows.by_tenant(lambda tenant: f"QA-CLM-{tenant.number:03d}-"), day, own)


def tax_number(rows: Rows, column: str) -> pl.Series:
    """The practice's employer number: a prefix that no such number has, and seven digits."""
    return joined("00-", padded((rows.ids >> SLOT_BITS) * 104_729 % 10_000_000, 7))


def billing_npi(rows: Rows, column: str) -> pl.Series:
    """The number of the site of the visit."""
    location = rows.referenced("appointment_id")
    return location[0].lookup("location_id", "npi").gather(location[1])


def rendering_npi(rows: Rows, column: str) -> pl.Series:
    """The number of the provider of the visit, or of an associate's supervisor, with whom insurers contract."""
    return _of_licensed(rows, "npi")


def _of_licensed(rows: Rows, name: str) -> pl.Series:
    """A column of the provider of the visit, or of the supervisor."""
    providers, index = rows.referenced("provider_id")
    supervisor = providers.lookup("supervisor_id", name)
    return where(supervisor.is_null(), providers[name], supervisor).gather(index)


def taxonomy(rows: Rows, column: str) -> pl.Series:
    """The code of that provider's license."""
    return _of_licensed(rows, "credentials").replace_strict(TAXONOMIES, return_dtype=pl.String)


def dx_code(rows: Rows, column: str) -> pl.Series:
    """The client's main diagnosis."""
    return rows.lookup("client_id", "primary_dx")


def second_dx_code(rows: Rows, column: str) -> pl.Series:
    """The first of the client's further diagnoses, where the charge points to it."""
    further = rows.lookup("client_id", "further_dx").str.split(" ").list.first()
    return where(rows.lookup("charge_id", "dx_pointers") == "AB", further)


def frequency(rows: Rows, column: str) -> pl.Series:
    """1 for an original claim, 7 for one that was appealed and sent again."""
    return where(history(rows, "appealed").is_not_null(), "7", "1")


def paid(rows: Rows, column: str) -> pl.Series:
    """What the payer paid, less what it took back."""
    return history(rows, "net").fill_null(0)


def client_due(rows: Rows, column: str) -> pl.Series:
    """What the primary payer leaves; of a secondary claim what is left of that by now, nothing of Medicaid's."""
    due = rows.lookup("charge_id", "client_due_cents")
    nothing = (rows["payer_code"] == "medicaid") & rows["status"].is_in(["paid", "processed"])
    left = where(nothing, 0, due - rows["paid_cents"])
    return where(numbers_of(rows.ids) == SECOND, left, due)


def deductible(rows: Rows, column: str) -> pl.Series:
    """What the yearly deductible asks of the client, by the ledger."""
    charges, index = rows.referenced("charge_id")
    asked = pl.Series(entries_of(charges).deductible).gather(index)
    return where(numbers_of(rows.ids) == SECOND, 0, asked)


def status(rows: Rows, column: str) -> pl.Series:
    """The status in the ledger; taken back if nothing is left of what was paid."""
    taken = (history(rows, "taken_back") & (history(rows, "net") == 0)).fill_null(value=False)
    return where(taken, "taken_back", history(rows, "claim_status"))


def created_at(rows: Rows, column: str) -> pl.Series:
    """With the charge; the secondary one when it is sent."""
    begun = where(numbers_of(rows.ids) == SECOND, history(rows, "sent"), history(rows, "posted"))
    return begun.cast(pl.Datetime("us", "UTC"))


def _is_complex(rows: Rows) -> Mask:
    """Whether the claim has a line for interactive complexity: talks with an interpreter, and with young children."""
    young = age(rows.lookup("client_id", "dob"), rows["service_date"]) < ADD_ON_BELOW
    interpreted = rows.lookup("client_id", "interpreter_needed").to_numpy()
    met = rows.lookup("charge_id", "service_code").str.contains("QA-IND|QA-INTAKE").to_numpy()
    several: Mask = (young | interpreted) & met & (rows["total_cents"] > 2 * ADD_ON_CENTS).to_numpy()
    return several


# lines


def claim_of_line(rows: Rows, column: str) -> Ids:
    """The claim that the line is of."""
    return numbered(parents_of(rows.ids), numbers_of(rows.ids) // LINES)


def _is_add_on(rows: Rows) -> Ints:
    return numbers_of(rows.ids) % LINES


def line_number(rows: Rows, column: str) -> Ints:
    """1 for the service, 2 for interactive complexity."""
    return 1 + _is_add_on(rows)


def line_service(rows: Rows, column: str) -> pl.Series:
    """The visit's service, or the code of interactive complexity."""
    claims, index = rows.referenced("claim_id")
    return where(_is_add_on(rows) == 1, ADD_ON, claims.lookup("charge_id", "service_code").gather(index))


def line_of_charge(rows: Rows, column: str) -> pl.Series:
    """The column of the same name of the charge."""
    claims, index = rows.referenced("claim_id")
    return claims.lookup("charge_id", column).gather(index)


def line_service_date(rows: Rows, column: str) -> pl.Series:
    """The day of the visit."""
    return rows.lookup("claim_id", "service_date")


def part(rows: Rows, column: str) -> pl.Series:
    """The line's part of the claim's amount of that name, to the cent: the first line has what the second leaves."""
    claims, index = rows.referenced("claim_id")
    whole, total = (claims[name].gather(index).to_numpy() for name in (column, "total_cents"))
    has_two = _is_complex(claims)[index.to_numpy()]
    second = whole * ADD_ON_CENTS // total
    return pl.Series(np.where(_is_add_on(rows) == 1, second, whole - np.where(has_two, second, 0)))


def line_created_at(rows: Rows, column: str) -> pl.Series:
    """With the claim."""
    return rows.lookup("claim_id", "created_at")


def line_updated_at(rows: Rows, column: str) -> pl.Series:
    """With the claim."""
    return rows.lookup("claim_id", "updated_at")
