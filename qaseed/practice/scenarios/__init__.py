"""Named cases that tests can rely on: each is at the same ids in every seed, scale and profile that has room for it."""

from __future__ import annotations

from qaseed.kinds import choice, entity, number, recipe, tenant, text
from qaseed.practice.generators import scenario_table, sites
from qaseed.practice.scenarios.calendars import CALENDARS
from qaseed.practice.scenarios.ledgers import LEDGERS
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

SCENARIOS = (*PEOPLE, *CALENDARS, *NOTES, *LEDGERS, *ADVERSARIAL)
