"""The practice: every table, column and rule of the data. Nothing else declares any of it.

`organization`, `people`, `schedule`, `clinic` and `billing` read as a description of a practice. `shares` says how
many of each kind there are, `realism` what the data should look like as a whole, and `scenarios` which cases it always
contains; `generators` has the recipes to which they refer.
"""

from __future__ import annotations

from qaseed.kinds import recipe
from qaseed.model import Model
from qaseed.practice.billing import LEDGER_ENTRY
from qaseed.practice.clinic import NOTE
from qaseed.practice.generators import apportionment
from qaseed.practice.generators.scenario_rows import POSITION_KEYS
from qaseed.practice.organization import LOCATION, PRACTICE, PROVIDER
from qaseed.practice.people import CLIENT
from qaseed.practice.realism import FIGURES
from qaseed.practice.scenarios import SCENARIO, SCENARIOS
from qaseed.practice.schedule import APPOINTMENT

MODEL = Model(
    "practice",
    "A behavioral-health practice: its staff, clients and visits, and what it documents and charges.",
    (PRACTICE, LOCATION, PROVIDER, CLIENT, APPOINTMENT, NOTE, LEDGER_ENTRY, SCENARIO),
    limits=recipe(apportionment.check_feasibility),
    scenarios=SCENARIOS,
    figures=FIGURES,
    position_keys=POSITION_KEYS,
)
