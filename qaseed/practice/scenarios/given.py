"""What stands at reserved places, told in a few words: sites, providers, clients, visits, notes and entries.

A client at place 8k has a standing hour of its own with the provider at place 0, so that nobody is booked twice.
"""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import Given, Recipe
from qaseed.practice.making import stories as told

# fmt: off

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS_OPEN = {f"hours_{day}": "07:00-21:00" for day in DAYS}
SITE = Given("location", 0, tuple(ALWAYS_OPEN.items()))
AT_SITE = recipe(told.row_at, place=0)


def provider(place: int, **values: Any) -> Given:
    return Given("provider", place, (("primary_location_id", AT_SITE), *ALWAYS_OPEN.items(), *values.items()))


THERAPIST = provider(0)
ASSOCIATE = provider(1, credentials="LMSW")
PRESCRIBER = provider(2, credentials="PMHNP")
BESIDE = provider(3, credentials="PsyD")
"""For visits at hours of their own: the first therapist's day holds the standing ones."""
STAFF = (SITE, THERAPIST)


def client(place: int, **values: Any) -> Given:
    """A client who was in care before the window, unless `at_new`."""
    return Given("client", place, tuple({"at_new": False, "payer_code": "commercial", "copay_cents": 2500, **values}.items()))


def visit(place: int, of: int, week: int, **values: Any) -> Given:
    """An hour of individual therapy in person, so many weeks from that of as_of."""
    usual = {"status": "completed" if week < 0 else "scheduled", "appointment_type": "individual", "service_code": "QA-IND60", "modality": "in_person"}
    return Given("appointment", place, tuple({"at_client": of, "at_week": week, **usual, **values}.items()))


def note(place: int, of: int, **values: Any) -> Given:
    """A note about a visit, signed two hours after it was written."""
    return Given("note", place, tuple({"at_visit": of, "signed_at": recipe(told.after, of="created_at", minutes=120), **values}.items()))


def entry(place: int, kind: str, **values: Any) -> Given:
    """A line of the ledger."""
    return Given("ledger_entry", place, tuple({"entry_type": kind, **values}.items()))


def paid(place: int, charge: int, visit: int, cents: int | Recipe, **values: Any) -> Given:
    """A payment of the client, ten days after the charge unless told otherwise."""
    return entry(place, "client_payment", at_visit=visit, at_charge=charge, amount_cents=cents, **{"at_days": 10, "method": "card", **values})


def off(place: int, kind: str, charge: int, visit: int, cents: int | Recipe, why: str, **values: Any) -> Given:
    """What is taken off a charge, and why."""
    return entry(place, kind, at_visit=visit, at_charge=charge, amount_cents=cents, adjustment_reason=why, **{"at_days": 30, **values})


def insured(place: int, charge: int, visit: int, cents: int, **values: Any) -> Given:
    """What insurance pays, forty days after the charge unless told otherwise."""
    usual = {"at_days": 40, "payer_code": "commercial", "method": "eft"}
    return entry(place, "insurance_payment", at_visit=visit, at_charge=charge, amount_cents=cents, **{**usual, **values})


def born(years: int, days: int = 0) -> Recipe:
    """The date so many years before as_of, and days after that."""
    return recipe(told.years_before, years=years, days=days)
