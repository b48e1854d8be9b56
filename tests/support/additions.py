"""A profile with scenarios and columns of its own, as `qaseed.toml` declares them."""

from __future__ import annotations

import tomllib
from typing import Any

from qaseed.profiles import Profile

TOML = """
[column.client.lead_channel]
type = "text"
choices = {web = 60, friend = 30, physician = 10}
null_percent = 20
description = "How the client heard of the practice."

[column.client.region_code]
type = "bigint"
range = [1, 9]

[column.client.cohort_on]
type = "date"
range = ["as_of - 2 years", 2026-12-31]

[column.appointment.is_urgent]
type = "bool"
choices = {true = 5, false = 95}

[column.appointment.triaged_at]
type = "timestamptz"
range = ["as_of - 3 weeks", "as_of - 1 day"]

[column.provider.team_label]
type = "text"
value = "north"

[column.provider.grade_no]
type = "bigint"
choices = [1, 2, 3]

[column.provider.licensed_on]
type = "date"
value = "as_of - 10 years"

[scenario.vip_client]
entity = "client"
description = "A client whom everybody knows."
tenants = [1, 2]
values = {first_name = "Marigold", dob = "as_of - 40 years", payer_code = "self_pay", lead_channel = "friend"}
null = ["middle_name"]

[scenario.vip_no_show]
entity = "appointment"
client = "vip_client"
week = -3
values = {status = "no_show", is_urgent = true, triaged_at = "as_of - 2 days"}

[scenario.vip_visit]
entity = "appointment"
client = "vip_client"
week = -5
values = {modality = "video"}

[scenario.vip_note]
entity = "note"
visit = "vip_visit"

[scenario.lone_note]
entity = "note"

[scenario.round_charge]
entity = "ledger_entry"
week = -6
values = {amount_cents = 12500}

[scenario.far_site]
entity = "location"
values = {rooms = 3}

[scenario.long_staff]
entity = "provider"
values = {credentials = "PsyD", licensed_on = 2001-02-03}
"""
COUNTS = {"client": 40, "provider": 12, "appointment": 120, "note": 60, "ledger_entry": 60, "location": 9}


def extended_profile(**changes: Any) -> Profile:
    """A profile whose own scenarios and columns are those of `TOML`, or others."""
    return Profile("clinic", "", 60, **{"record_counts": COUNTS, **tomllib.loads(TOML), **changes})


EXTENDED = extended_profile()
