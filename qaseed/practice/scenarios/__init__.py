"""Named cases that tests can rely on: each stands at the same ids in every seed, scale and profile that has room for it."""

from __future__ import annotations

from qaseed.kinds import choice, entity, number, recipe, tenant, text
from qaseed.practice.generators import scenario_table, sites
from qaseed.practice.scenarios.calendars import CALENDARS
from qaseed.practice.scenarios.ledgers import LEDGERS
from qaseed.practice.scenarios.notes import ADVERSARIAL, NOTES
from qaseed.practice.scenarios.people import PEOPLE
from qaseed.practice.shared import ROWS_OF_EVERY_KIND, marks

# fmt: off

SCENARIO = entity(
    "scenario",
    "A named case that tests can rely on, and where its row is; the row is checked by a rule of that name.",
    dict(
        tenant_id=tenant(),
        name=text("What the case is called.", recipe(scenario_table.scenario_field, field="name")),
        entity=choice("The table of the row.", ("tenant", "location", "provider", "client", "appointment", "note", "ledger_entry"), recipe(scenario_table.scenario_field, field="entity")),
        id=number("The id of the row in that table.", scenario_table.row_id, 0, 1 << 53),
        description=text("What it is.", recipe(scenario_table.scenario_field, field="doc")),
        **marks(sites.opened_at, "system"),
    ),
    ROWS_OF_EVERY_KIND,
    key=("tenant_id", "name"),
    counted=False,
)

SCENARIOS = (*PEOPLE, *CALENDARS, *NOTES, *LEDGERS, *ADVERSARIAL)
