"""Scenarios and columns of a profile's own: in rows, rules and recipe as those of the practice, or refused by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pytest
import tomli_w

from qaseed import assemble, generate_part
from qaseed.config import find_profile
from qaseed.errors import FindingsError, UsageError
from qaseed.generation import generate
from qaseed.inspection import placed_scenarios
from qaseed.pinning.regenerating import profile_of
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.practice.additions.scenarios import FIRST_OWN_SLOT
from qaseed.practice.tables import model_for
from qaseed.rows import Rows
from qaseed.snapshot import Snapshot
from qaseed.validation import validate
from support.additions import COUNTS, EXTENDED, TOML, extended_profile


def test_own_scenarios_are_at_their_slots(extended: Snapshot) -> None:
    with extended.catalog() as catalog:
        rows = dict(
            catalog.execute(
                "select name, id & 1023 from scenario where tenant_id = 'tenant-qa-001' and id & 1023 >= 768"
            ).fetchall()
        )
        client = "from client where tenant_id = 'tenant-qa-002' and id & 1023 = 768"
        facts = catalog.execute(f"select first_name, middle_name, dob::text, lead_channel {client}").fetchall()
        notes = catalog.execute(
            "select count(*) from note n join appointment a on a.id = n.appointment_id and n.id & 1023 = 771 and a.modality = 'video'"
        )
        assert notes.fetchall() == [(1,)]
        charge = "from ledger_entry e join scenario x using (tenant_id, id) where x.name = 'round_charge'"
        assert catalog.execute(f"select entry_type, amount_cents {charge}").fetchall() == [("charge", 12500)]
    assert rows == {name: 768 + n for n, name in enumerate(EXTENDED.scenario)}
    assert facts == [("Marigold", None, "1986-11-02", "friend")]
    assert {placed.name for placed in placed_scenarios(EXTENDED)} >= EXTENDED.scenario.keys()
    assert all(row.slot < FIRST_OWN_SLOT for scenario in MODEL.scenarios for row in scenario.needs)


def test_own_columns_have_their_values(extended: Snapshot) -> None:
    with extended.catalog() as catalog:

        def of(columns: str, table: str) -> set[tuple[Any, ...]]:
            return set(catalog.execute(f"select distinct {columns} from {table}").fetchall())

        assert of("lead_channel", "client") == {("web",), ("friend",), ("physician",), (None,)}
        assert of("region_code between 1 and 9, cohort_on between '2024-11-02' and '2026-12-31'", "client") == {
            (True, True)
        }
        assert of("team_label", "provider") == {("north",)}
        assert of("grade_no", "provider") == {(1,), (2,), (3,)}
        assert of("licensed_on::text", "provider") == {("2016-11-02",), ("2001-02-03",)}
        assert of("is_urgent", "appointment") == {(True,), (False,)}
        assert of("triaged_at between '2026-10-12' and '2026-11-02 00:00:00+00'", "appointment") == {(True,)}


def test_their_rules_are_checked(extended: Snapshot) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in extended.manifest.tables:
            connection.execute(f"create table {name} as from '{extended.folder}/data/{name}/*.parquet'")
        connection.execute("update client set lead_channel = 'fax', region_code = 10, cohort_on = null")
        connection.execute("update client set first_name = 'Daisy' where id & 1023 = 768")
        report = validate(connection, extended.manifest.model, EXTENDED.as_of, extended.manifest.rows)
    broken = {finding.rule for finding in report.findings}
    assert broken >= {"R7c client.lead_channel", "R7m client.region_code", "R7 client.cohort_on", "E1 vip_client"}


def test_parts_make_the_same(extended: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.generation.making.UNIT_ROWS", 200)
    parts = [generate_part(EXTENDED, f"{n}/2", tmp_path, workers=2, engine="threads").place for n in (2, 1)]
    assembled = assemble(parts, tmp_path / "joined", validated=False).snapshot.manifest
    assert (assembled.id, assembled.digests) == (extended.manifest.id, extended.manifest.digests)


def test_the_recipe_makes_the_profile(extended: Snapshot) -> None:
    locked = tomllib.loads(tomli_w.dumps({"recipe": dict(extended.manifest.recipe)}))["recipe"]
    again = profile_of(locked, extended.manifest.name)
    assert (again.scenario, again.column) == (EXTENDED.scenario, EXTENDED.column)
    assert model_for(again) == extended.manifest.model


def test_they_change_no_other_value() -> None:
    """The third tenant has no scenario of the profile's own."""
    model = model_for(EXTENDED)
    plain, tenant = (
        plan(m, e).tenants[2] for m, e in ((MODEL, EXTENDED.vary(scenario={}, column={})), (model, EXTENDED))
    )
    for name in ("client", "appointment", "provider"):
        without, rows = (Rows(m, t, name, t.slots(name)).frame() for m, t in ((MODEL, plain), (model, tenant)))
        assert rows.select(without.columns).equals(without)
        assert len(rows.columns) > len(without.columns)


COLUMN, CASE = "[column.client.lead_x]\n", "[scenario.odd]\nentity = 'client'\n"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[column.clients.lead]\ntype = 'text'", "column: no table 'clients'; did you mean 'client'"),
        ("[column.client]\nlead = 'text'", "column.client.lead: is 'text'; write a table with type"),
        (COLUMN + "kind = 'text'", "column.client.lead_x: no key 'kind'"),
        (COLUMN + "value = 3", "column.client.lead_x: has no type; add it"),
        (COLUMN + "type = 'integer'\nvalue = 3", "lead_x.type: no type 'integer'; .*bigint"),
        (COLUMN + "type = 'text'", "lead_x: has no values; give one of value, choices, range"),
        (COLUMN + "type = 'bigint'\nvalue = 1\nrange = [1, 2]", "lead_x: has value and range; give one of"),
        (COLUMN + "type = 'bigint'\nvalue = 'x'", "lead_x.value: 'x' is not possible; give a whole number"),
        (COLUMN + "type = 'bigint'\nrange = [3, 1]", "lead_x.range: .*give the lower bound first"),
        (COLUMN + "type = 'bigint'\nrange = 3", "lead_x.range: is 3; give two bounds"),
        (COLUMN + "type = 'text'\nrange = [1, 2]", "lead_x.range: a text has none; give choices"),
        (COLUMN + "type = 'date'\nchoices = ['2026-01-01']", "lead_x.choices: a date has none; give a range"),
        (COLUMN + "type = 'date'\nvalue = 'today'", "lead_x.value: 'today' is no day; give a date, or such as"),
        (COLUMN + "type = 'timestamptz'\nvalue = 2026-01-01", "lead_x.value: .*give one relative to as_of"),
        (COLUMN + "type = 'bool'\nvalue = 1", "lead_x.value: 1 is not possible; give true or false"),
        (COLUMN + "type = 'text'\nchoices = []", "lead_x.choices: has 0 values"),
        (COLUMN + "type = 'text'\nchoices = ['a', 'a']", "lead_x.choices: .*give a list of different values"),
        (COLUMN + "type = 'text'\nchoices = {a = 0}", "lead_x.choices.a: its weight is 0; give a number above 0"),
        (COLUMN + "type = 'text'\nchoices = ['212-555-7788']", "lead_x.choices: contains what looks like a .*replace it"),
        (COLUMN + "type = 'text'\nvalue = 'a\\u0000'".replace("'", '"'), "lead_x.value: contains the character 0"),
        (COLUMN + "type = 'text'\nvalue = 'a'\nnull_percent = 101", "lead_x.null_percent: is 101; give a number from"),
        (COLUMN + "type = 'text'\nvalue = 'a'\ndescription = 3", "lead_x.description: is 3; give a text of one line"),
        ("[column.client.ssn]\ntype = 'text'", "column.client.ssn: is named like a social security"),
        ("[column.client.status]\ntype = 'text'", "'status' is a word of qaseed's own tables or rules; .*my_status"),
        ("[column.client.xmin]\ntype = 'text'", "'xmin' is a word"),
        ("[column.client.Lead]\ntype = 'text'", "'Lead' is no name; use 3 to 63"),
        ("[scenario.mononym]\nentity = 'client'", "scenario.mononym: qaseed has a scenario 'mononym' already"),
        ("[scenario.odd]\nvalues = {}", "scenario.odd: has no entity; add it"),
        ("[scenario.odd]\nentity = 'clients'", "scenario.odd.entity: no table 'clients'; did you mean 'client'"),
        (CASE + "value = {}", "scenario.odd: no key 'value'; did you mean 'values'"),
        (CASE + "values = 3", "scenario.odd.values: is 3; write a table"),
        (CASE + "values = {firstname = 'A'}", "odd.values: client has no column 'firstname'; did you mean 'first_name'"),
        (CASE + "values = {id = 3}", "odd.values: client has no column 'id'"),
        (CASE + "values = {payer_code = 'medicad'}", "values.payer_code: 'medicad' is none of its values; .*'medicaid'"),
        (CASE + "values = {copay_cents = -1}", "values.copay_cents: -1 is not possible; give a whole number from 1"),
        (CASE + "values = {email_ok = 1}", "values.email_ok: 1 is not possible; give true or false"),
        (CASE + "values = {email = 'x@gmail.com'}", "values.email: may belong to a person; .*reserved domains"),
        (CASE + "values = {phone_mobile = '212-555-7788'}", "values.phone_mobile: may belong to a person"),
        (CASE + "values = {first_name = 3}", "values.first_name: 3 is not possible; give a text"),
        (CASE + "null = ['dob']", "odd.null: client.dob is never null; remove it there"),
        (CASE + "null = ['middle']", "odd.null: client has no column 'middle'; did you mean 'middle_name'"),
        (CASE + "null = ['suffix']\nvalues = {suffix = 'Jr.'}", "odd.null: client.suffix has a value too"),
        (CASE + "tenants = 1", "odd.tenants: is 1; give a list of numbers"),
        (CASE + "tenants = [0]", "odd.tenants: 0 is not possible"),
        (CASE + "week = -2", "odd.week: is for entity = 'appointment'; remove it"),
        (CASE + "description = 'a\\nb'".replace("'", '"'), "odd.description: is .*give a text of one line"),
        ("[scenario.odd]\nentity = 'appointment'\nclient = 'nobody'", "odd.client: no client scenario 'nobody' before it"),
        (CASE + "[scenario.two]\nentity = 'appointment'\nclient = 'odd'\ntenants = [2]", "two.client: 'odd' is not in all"),
        (CASE + "[scenario.two]\nentity = 'appointment'\nclient = 'odd'\n[scenario.six]\nentity = 'appointment'\nclient = 'odd'",
         "scenario.six.week: its client has visit 'two' in week -2; choose another week"),
        ("[scenario.odd]\nentity = 'appointment'\nweek = 9", "odd.week: 9 is not possible"),
        ("[scenario.odd]\nentity = 'note'\nvalues = {plan = 'Call 212-555-7788.'}", "values.plan: contains what looks like a"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(toml: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^profile 'clinic': .*{message}"):
        model_for(extended_profile(**{"column": {}, "scenario": {}, **tomllib.loads(toml)}))


def test_the_file_is_named(tmp_path: Path) -> None:
    counts = "".join(f"{name} = {count}\n" for name, count in COUNTS.items())
    toml = TOML.replace("[column.", "[profiles.clinic.column.").replace("[scenario.", "[profiles.clinic.scenario.")
    toml = toml.replace("null = ['middle_name']".replace("'", '"'), "null = ['middle']".replace("'", '"'))
    (tmp_path / "qaseed.toml").write_text(f"[profiles.clinic.record_counts]\n{counts}{toml}")
    profile = find_profile("clinic")
    with pytest.raises(
        UsageError, match=r"qaseed.toml: profiles.clinic.scenario.vip_client.null: client has no column"
    ):
        generate(profile)


@pytest.mark.parametrize(("key", "value"), [("scenario", 3), ("scenario", {"odd": 3}), ("column", {"client": [1]})])
def test_what_is_no_table_is_named(key: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"profile 'clinic': {key} has .*; write .profiles.NAME.{key}"):
        extended_profile(**{key: value})


def test_a_scenario_without_room_is_an_error() -> None:
    alone = {"odd": {"entity": "client"}}
    with pytest.raises(UsageError, match="no room for scenario 'odd' in tenant 1"):
        generate(extended_profile(scenario=alone, tenants=1, record_counts=COUNTS | {"location": 1}))
    with pytest.raises(UsageError, match="no room for scenario 'far_site' in tenant 1"):
        generate(extended_profile(record_counts=COUNTS | {"location": 3}))
    assert "vip_client" not in plan(model_for(EXTENDED), EXTENDED.vary(scenarios=("none",))).tenants[0].scenario_names


def test_values_that_break_a_rule_are_found(tmp_path: Path) -> None:
    odd = {"late_client": {"entity": "client", "values": {"dob": "as_of - 120 years"}}}
    with pytest.raises(FindingsError, match="nothing was written"):
        generate(extended_profile(scenario=odd), tmp_path, workers=1)
