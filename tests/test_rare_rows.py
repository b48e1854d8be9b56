"""What few rows of a large practice have, tested where it is decided; small practices seldom have such rows."""

from __future__ import annotations

import numpy as np
import polars as pl

from qaseed.plan import Tenants, plan
from qaseed.practice import MODEL
from qaseed.practice.generators.calendar import visits
from qaseed.practice.generators.claim_moments import SECONDARY_PROCESSED, SECONDARY_SENT
from qaseed.practice.generators.clock import days_of
from qaseed.practice.generators.contacts import until_next
from qaseed.practice.generators.courses import NEVER_POSTED
from qaseed.practice.generators.ledger import ledger
from qaseed.practice.generators.note_facts import AGES, FORMULARY, PROBLEM_NAMES
from qaseed.practice.generators.prescriptions import STEP, with_earlier_doses
from qaseed.profiles import AS_OF, PROFILES


def test_a_secondary_payer_answers_after_it_is_asked() -> None:
    """Also where the primary one answers later than usual."""
    planned = plan(MODEL, PROFILES["load_test"].scaled(10).vary(seed=3))
    tenants = Tenants(planned.tenants)
    claims = ledger(tenants, 0, int(tenants.counts("provider").sum())).claims
    asked, answered = claims[:, SECONDARY_SENT], claims[:, SECONDARY_PROCESSED]
    nothing_is_paid = answered < NEVER_POSTED * 60
    assert nothing_is_paid.sum() > 10
    assert (answered > asked)[nothing_is_paid].all()


def test_a_drug_that_is_changed_is_another_one_at_every_age() -> None:
    for problem in range(len(PROBLEM_NAMES)):
        for age in range(len(AGES)):
            first, count = FORMULARY.first[problem, age], FORMULARY.count[problem, age]
            names = FORMULARY.drugs[first : first + count]
            assert len(set(names)) == count > 0


def test_who_is_registered_too_shortly_before_brought_the_dose_along() -> None:
    day = int(days_of(AS_OF)) - 100
    drug = int(np.argmax(FORMULARY.steps))
    begun = [day - 400, day - 9, -1]
    periods = pl.DataFrame(
        {
            "drug": [drug] * 3,
            "dose": [int(FORMULARY.first_dose[drug]) + 2] * 3,
            "day": [day] * 3,
            "begun": begun,
            "registered": [day - 410, day - 10, day - 410],
            "client": [1, 2, 3],
        }
    )
    dealt = with_earlier_doses(periods, AS_OF)
    doses = dealt["dose"].to_numpy() - int(FORMULARY.first_dose[drug])
    assert doses.tolist() == [0, 1, 2, 2, 2]
    assert dealt["start"].to_list()[3:] == [day - 10, day]
    starts = dealt["start"].to_numpy()[:3]
    assert (starts >= day - 400).all()
    assert (np.diff(starts) > STEP - 7).all()


def test_the_visit_after_two_on_one_day_is_on_a_later_day() -> None:
    """Of 63 million records two contacts followed a missed visit: one of two visits on a day was next to the other."""
    tenants = Tenants(plan(MODEL, PROFILES["load_test"]).tenants)
    booked = visits(tenants, 0, int(tenants.counts("provider").sum())).visits
    days: dict[int, set[int]] = {}
    for client, day in zip(booked.client.tolist(), booked.day.tolist(), strict=True):
        days.setdefault(client, set()).add(day)
    expected = [
        min((later - day for later in days[client] if later > day), default=-1)
        for client, day in zip(booked.client.tolist(), booked.day.tolist(), strict=True)
    ]
    assert sum(map(len, days.values())) < len(expected)
    assert until_next(booked).tolist() == expected
