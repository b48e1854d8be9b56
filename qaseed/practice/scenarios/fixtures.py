"""What stands at reserved places, told in a few words: sites, providers, clients, visits, notes and entries.

A client at place 8k has a standing hour of its own with the provider at place 0, so that nobody is booked twice.
"""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Recipe
from qaseed.practice.generators import scenario_rows

# fmt: off

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS_OPEN = {f"hours_{day}": "07:00-21:00" for day in DAYS}
SITE = FixtureRow("location", 0, tuple(ALWAYS_OPEN.items()))
AT_SITE = recipe(scenario_rows.row_at, slot=0)


def provider(slot: int, **values: Any) -> FixtureRow:
    return FixtureRow("provider", slot, (("primary_location_id", AT_SITE), *ALWAYS_OPEN.items(), *values.items()))


THERAPIST = provider(0)
ASSOCIATE = provider(1, credentials="LMSW")
PRESCRIBER = provider(2, credentials="PMHNP")
BESIDE = provider(3, credentials="PsyD")
"""For visits at hours of their own: the first therapist's day holds the standing ones."""
STAFF = (SITE, THERAPIST)


def client(slot: int, **values: Any) -> FixtureRow:
    """A client who was in care before the window, unless `at_new`."""
    return FixtureRow("client", slot, tuple({"at_new": False, "payer_code": "commercial", "copay_cents": 2500, **values}.items()))


def visit(slot: int, of: int, week: int, **values: Any) -> FixtureRow:
    """An hour of individual therapy in person, so many weeks from that of as_of."""
    usual = {"status": "completed" if week < 0 else "scheduled", "appointment_type": "individual", "service_code": "QA-IND60", "modality": "in_person"}
    return FixtureRow("appointment", slot, tuple({"at_client": of, "at_week": week, **usual, **values}.items()))


def note(slot: int, of: int, **values: Any) -> FixtureRow:
    """A note about a visit, signed two hours after it was written."""
    return FixtureRow("note", slot, tuple({"at_visit": of, "signed_at": recipe(scenario_rows.minutes_after, of="created_at", minutes=120), **values}.items()))


def entry(slot: int, kind: str, **values: Any) -> FixtureRow:
    """A line of the ledger."""
    return FixtureRow("ledger_entry", slot, tuple({"entry_type": kind, **values}.items()))


def paid(slot: int, charge: int, visit: int, cents: int | Recipe, **values: Any) -> FixtureRow:
    """A payment of the client, ten days after the charge unless told otherwise."""
    return entry(slot, "client_payment", at_visit=visit, at_charge=charge, amount_cents=cents, **{"at_days": 10, "method": "card", **values})


def off(slot: int, kind: str, charge: int, visit: int, cents: int | Recipe, why: str, **values: Any) -> FixtureRow:
    """What is taken off a charge, and why."""
    return entry(slot, kind, at_visit=visit, at_charge=charge, amount_cents=cents, adjustment_reason=why, **{"at_days": 30, **values})


def insured(slot: int, charge: int, visit: int, cents: int, **values: Any) -> FixtureRow:
    """What insurance pays, forty days after the charge unless told otherwise."""
    usual = {"at_days": 40, "payer_code": "commercial", "method": "eft"}
    return entry(slot, "insurance_payment", at_visit=visit, at_charge=charge, amount_cents=cents, **{**usual, **values})


def born(years: int, days: int = 0) -> Recipe:
    """The date so many years before as_of, and days after that."""
    return recipe(scenario_rows.years_before, years=years, days=days)
