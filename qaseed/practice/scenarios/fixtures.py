"""Rows at reserved slots: sites, providers, clients, visits, notes and ledger entries.

Slots 0 to 1023 of every table and tenant are reserved for scenarios; `qaseed scenarios --free` lists the free ones.
A scenario for a new client takes a client slot from 256 on, and `staff_of` that slot: each of these clients has a
weekly slot of its own, so that any number of them can have visits in the same week. Their therapists have the provider
slots 8 to 33, at the annex. Clients below 256 share the therapist at slot 0: slots 0 to 7, 8 to 15 and so on have a
weekly slot each, and after thirty of them they repeat. The site has rooms for the provider slots 0 to 5.

`generators.scenario_rows` explains the overrides whose names begin with `at_`.
"""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Recipe, Scenario
from qaseed.practice.generators import scenario_rows
from qaseed.practice.generators.hours import WEEKDAYS

ALWAYS_OPEN = {f"hours_{day}": "07:00-21:00" for day in WEEKDAYS}
SITE = FixtureRow("location", 0, tuple(ALWAYS_OPEN.items()))
ANNEX = FixtureRow("location", 1, (*ALWAYS_OPEN.items(), ("rooms", recipe(scenario_rows.rooms_of_annex))))
"""Where the therapists of clients from slot 256 on work: the site has rooms for the first providers only."""

OTHER_ZONE = "America/Denver"
SITE_OF_OTHER_ZONE = FixtureRow(
    "location",
    2,
    (
        *ALWAYS_OPEN.items(),
        ("at_zone", OTHER_ZONE),
        ("state", "NM"),
        ("zip", "00287"),
        ("phone", "555-555-0187"),
        ("fax", "555-555-0188"),
    ),
)
"""In New Mexico: the first practice is in Arizona, whose clocks never change."""


def id_at(slot: int) -> Recipe:
    """The id of the row at a slot, in the tenant of the scenario."""
    return recipe(scenario_rows.row_at, slot=slot)


def provider(slot: int, site: FixtureRow = SITE, **values: Any) -> FixtureRow:
    """A provider who works every day from 7 to 21."""
    fixed = {"primary_location_id": id_at(site.slot), **ALWAYS_OPEN}
    return FixtureRow("provider", slot, (*fixed.items(), *values.items()))


THERAPIST = provider(0)
ASSOCIATE = provider(1, credentials="LMSW")
PRESCRIBER = provider(2, credentials="PMHNP")
PSYCHOLOGIST = provider(3, credentials="PsyD", hire_date=recipe(scenario_rows.after_opening, days=7))
"""For visits at times of their own: the therapist's calendar is full of weekly slots. There since the practice opened.
"""
STAFF = (SITE, THERAPIST)


def staff_of(client_slot: int) -> tuple[FixtureRow, ...]:
    """The site and the therapist that a client's visits need."""
    therapist, _ = scenario_rows.weekly_slot(client_slot)
    return STAFF if therapist == THERAPIST.slot else (ANNEX, provider(therapist, ANNEX, credentials="PsyD"))


ADULT = recipe(scenario_rows.born_as_adult)


def client(slot: int, **values: Any) -> FixtureRow:
    """An insured adult who was in care before the window, unless `at_new`."""
    usual = {"at_new": False, "dob": ADULT, "payer_code": "commercial", "copay_cents": 2500}
    return FixtureRow("client", slot, tuple({**usual, **values}.items()))


def visit(slot: int, client_slot: int, week: int, **values: Any) -> FixtureRow:
    """An hour of individual therapy in person, so many weeks from that of as_of."""
    usual = {
        "status": "completed" if week < 0 else "scheduled",
        "appointment_type": "individual",
        "service_code": "QA-IND60",
        "modality": "in_person",
    }
    return FixtureRow(
        "appointment", slot, tuple({"at_client": client_slot, "at_week": week, **usual, **values}.items())
    )


def note(slot: int, visit_slot: int, **values: Any) -> FixtureRow:
    """A note about a visit, signed two hours after it was written."""
    usual = {"at_visit": visit_slot, "signed_at": minutes_after("created_at", 120)}
    return FixtureRow("note", slot, tuple({**usual, **values}.items()))


def ledger_entry(slot: int, entry_type: str, **values: Any) -> FixtureRow:
    """A line of the ledger."""
    return FixtureRow("ledger_entry", slot, tuple({"entry_type": entry_type, **values}.items()))


def client_payment(slot: int, charge: int, visit_slot: int, cents: int | Recipe, **values: Any) -> FixtureRow:
    """What the client pays: by card, ten days after the charge."""
    usual = {"at_visit": visit_slot, "at_charge": charge, "amount_cents": cents, "at_days": 10, "method": "card"}
    return ledger_entry(slot, "client_payment", **{**usual, **values})


def insurance_payment(slot: int, charge: int, visit_slot: int, cents: int, **values: Any) -> FixtureRow:
    """What insurance pays: forty days after the charge."""
    settles = {"at_visit": visit_slot, "at_charge": charge, "amount_cents": cents}
    usual = {"at_days": 40, "payer_code": "commercial", "method": "eft"}
    return ledger_entry(slot, "insurance_payment", **{**settles, **usual, **values})


def reduction(
    slot: int, entry_type: str, charge: int, visit_slot: int, cents: int | Recipe, reason: str, **values: Any
) -> FixtureRow:
    """What is taken off a charge, an `adjustment` or a `write_off`: thirty days after it."""
    settles = {"at_visit": visit_slot, "at_charge": charge, "amount_cents": cents, "adjustment_reason": reason}
    return ledger_entry(slot, entry_type, **{**settles, "at_days": 30, **values})


def percent_off(percent: int) -> Recipe:
    """So many percent of the charge that the entry settles."""
    return recipe(scenario_rows.percent_off_charge, percent=percent)


def minutes_after(column: str, minutes: int) -> Recipe:
    """The moment so many minutes after another column of the row."""
    return recipe(scenario_rows.minutes_after, of=column, minutes=minutes)


def days_before(days: int) -> Recipe:
    """The date so many days before as_of."""
    return recipe(scenario_rows.days_before, days=days)


def moment_before(days: int) -> Recipe:
    """Noon UTC, so many days before as_of."""
    return recipe(scenario_rows.moment_before, days=days)


def of_client(slot: int, *columns: str) -> dict[str, Recipe]:
    """These columns as the client at another slot has them."""
    return dict.fromkeys(columns, recipe(scenario_rows.of_other, slot=slot))


def birth_date(age: int, days: int = 0) -> Recipe:
    """The date so many years before as_of, and days after that."""
    return recipe(scenario_rows.years_before, years=age, days=days)


def person_case(name: str, doc: str, slot: int, holds: str, /, **values: Any) -> Scenario:
    """A case of one client, found by the client."""
    return Scenario(name, doc, "client", slot, holds, (*staff_of(slot), client(slot, **values)))
