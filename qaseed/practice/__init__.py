"""The practice: every table, column and promise of the data. Nothing else declares any of it.

`people`, `schedule`, `clinic` and `billing` read as a description of a practice, `shares` says how much of what there is,
`realism` what that should look like, and `scenarios` which cases are always there; `making` holds the recipes that they name.
"""

from __future__ import annotations

from qaseed.kinds import recipe
from qaseed.model import Model
from qaseed.practice.billing import LEDGER_ENTRY
from qaseed.practice.clinic import NOTE
from qaseed.practice.generators import apportionment
from qaseed.practice.people import CLIENT, LOCATION, PRACTICE, PROVIDER
from qaseed.practice.realism import FIGURES
from qaseed.practice.scenarios import SCENARIO, SCENARIOS
from qaseed.practice.schedule import APPOINTMENT

MODEL = Model(
    "practice",
    "A behavioural-health practice: who works there, who comes, what was done, written down and charged.",
    (PRACTICE, LOCATION, PROVIDER, CLIENT, APPOINTMENT, NOTE, LEDGER_ENTRY, SCENARIO),
    limits=recipe(apportionment.check_feasibility),
    scenarios=SCENARIOS,
    figures=FIGURES,
)
