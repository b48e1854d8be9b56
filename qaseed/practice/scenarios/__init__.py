"""Named cases that tests can rely on: each is at the same ids in every seed, scale and profile that has room for it."""

from __future__ import annotations

from qaseed.kinds import choice, entity, number, recipe, tenant, text
from qaseed.practice.generators import scenario_table, sites
from qaseed.practice.scenarios.calendars import CALENDARS
from qaseed.practice.scenarios.ledgers import LEDGERS
from qaseed.practice.scenarios.names import NAMES
from qaseed.practice.scenarios.notes import ADVERSARIAL, NOTES
from qaseed.practice.scenarios.people import PEOPLE
from qaseed.practice.shared import COMMON_RULES, audit_columns

TABLES = ("tenant", "location", "provider", "client", "appointment", "note", "ledger_entry")

COLUMNS = dict(
    tenant_id=tenant(),
    name=text("Name of the case.", recipe(scenario_table.scenario_field, field="name")),
    entity=choice("Table of the row.", TABLES, recipe(scenario_table.scenario_field, field="entity")),
    id=number("Id of the row in that table.", scenario_table.row_id, 0, 1 << 53),
    description=text("What the case is.", recipe(scenario_table.scenario_field, field="doc")),
    **audit_columns(sites.opened_at, "system"),
)

SCENARIO = entity(
    "scenario",
    "A named case that tests can rely on, and where its row is; a rule of that name checks the row.",
    COLUMNS,
    COMMON_RULES,
    key=("tenant_id", "name"),
    counted=False,
)

WANTED = (
    "apostrophe_name",
    "minor_with_guardian",
    "turns_18_between_visits",
    "leap_day_birth",
    "rtl_name",
    "no_dst_zone",
    "same_person_in_every_tenant",
    "rebooked_after_cancel",
    "dst_gap_day",
    "dst_fold_day",
    "midnight_utc_flip",
    "year_end_visit",
    "back_to_back",
    "no_contact_consent",
    "unsigned_note_30_days",
    "amended_twice",
    "credit_balance",
    "denied_then_paid",
    "provider_terminated",
    "non_binary_client",
)
"""The scenarios that are wanted most: small practices have these rather than others."""

SCENARIOS = tuple(
    sorted(
        (*PEOPLE, *NAMES, *CALENDARS, *NOTES, *LEDGERS, *ADVERSARIAL),
        key=lambda case: WANTED.index(case.name) if case.name in WANTED else len(WANTED),
    )
)
