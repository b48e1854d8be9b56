"""A declaration with a mistake is one error when it is built: it names the culprit, and the nearest name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qaseed.binding import binding_error, unknown_words
from qaseed.errors import UsageError
from qaseed.kinds import recipe
from qaseed.logical_types import TYPES
from qaseed.model import Column, Entity, FixtureRow, Model, Recipe, Rule
from qaseed.model_json import from_json, to_json
from qaseed.practice import MODEL
from qaseed.sql import identifier

CLIENT = MODEL.entity("client")


def with_client(**changes: Any) -> Model:
    """The practice with another entity `client`."""
    client = replace(CLIENT, **changes)
    return replace(MODEL, entities=tuple(client if entity.name == "client" else entity for entity in MODEL.entities))


def with_rule(**rule: str) -> Model:
    return with_client(rules=(*CLIENT.rules, Rule("Z9", "something holds", **rule)))


def with_recipe(column_recipe: Recipe) -> Model:
    columns = tuple(
        replace(column, recipe=column_recipe) if column.name == "dob" else column for column in CLIENT.columns
    )
    return with_client(columns=columns)


def with_fixture(**values: Any) -> Model:
    first, *others = MODEL.scenarios
    row = FixtureRow("client", 1, tuple(values.items()))
    return replace(MODEL, scenarios=(replace(first, needs=(*first.needs, row)), *others))


def with_second_scenario(**changes: Any) -> Model:
    first, *others = MODEL.scenarios
    second = replace(first, **({"name": "another_case"} | changes))
    return replace(MODEL, scenarios=(first, second, *others))


def local_recipe() -> Recipe:
    def local(rows: object, column: str) -> None:
        pass

    return recipe(local)


MISTAKES: dict[str, tuple[Callable[[], Model], str]] = {
    "doubled rule": (
        lambda: with_client(rules=(*CLIENT.rules, CLIENT.rules[0])),
        r"client \w+: two rules have this id",
    ),
    "doubled slot": (with_second_scenario, r"scenario another_case: slot \d+ of \w+ is that of scenario \w+"),
    "another row": (
        lambda: with_second_scenario(slot=1000, needs=(FixtureRow("client", 0, ()),)),
        "scenario another_case: client 0 is another row in an earlier scenario",
    ),
    "doubled scenario": (
        lambda: with_second_scenario(name=MODEL.scenarios[0].name, slot=1000),
        "two scenarios have this name",
    ),
    "unknown position": (
        lambda: with_fixture(at_provder=3),
        r"scenario \w+: client 1 has no position 'at_provder'.*at_provider",
    ),
    "unknown column of a fixture": (lambda: with_fixture(dobb="x"), "client: no column 'dobb'.*dob"),
    "lambda": (lambda: with_recipe(recipe(lambda rows, column: None)), r"client\.dob: .*<lambda> is a lambda"),
    "local function": (lambda: with_recipe(local_recipe()), r"client\.dob: .*local function"),
    "function in the settings": (lambda: with_recipe(recipe(local_recipe, of=len)), r"client\.dob.*of: .*plain data"),
    "unknown function": (
        lambda: with_recipe(Recipe("qaseed.recipes:alway")),
        r"client\.dob: its recipe qaseed\.recipes:alway does not exist.*'always'",
    ),
    "unknown module": (lambda: with_recipe(Recipe("nowhere:f")), r"client\.dob: its recipe nowhere:f does not exist"),
    "condition": (lambda: with_rule(fails="dobb is null"), "client Z9: no column 'dobb'.*'dob'"),
    "condition through a reference": (
        lambda: with_rule(fails="primary_provider.hire_dat > dob"),
        "client Z9: no column 'hire_dat'.*'hire_date'",
    ),
    "column of another entity": (lambda: with_rule(fails="npi is null"), "client Z9: no column 'npi'"),
    "query": (
        lambda: with_rule(select="select c.tenant_id, c.id from client c where c.intake_dat is null"),
        "client Z9: no column 'intake_dat'.*'intake_date'",
    ),
    "scenario": (
        lambda: with_second_scenario(slot=1000, holds="s.dobb is null"),
        "scenario another_case: no column 'dobb'",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_an_error_that_names_the_culprit(mistake: str) -> None:
    build, message = MISTAKES[mistake]
    with pytest.raises(UsageError, match=message):
        build()


@pytest.mark.parametrize(
    ("module", "old", "new", "message"),
    [
        ("billing_rules", 'Rule("L14",', 'Rule("L3",', "ledger_entry L3: two rules have this id"),
        (
            "billing_rules",
            '"amount_cents = 0"',
            '"amount_cent = 0"',
            "ledger_entry L14: no column 'amount_cent'; did you mean 'amount_cents'",
        ),
        ("billing", "billing.amount)", "lambda rows, column: None)", "ledger_entry.amount_cents: .*lambda"),
    ],
)
def test_a_mistake_in_a_declaration_is_one_error_at_its_import(
    module: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    name, copy = f"qaseed.practice.{module}", tmp_path / f"{module}.py"
    source = Path(sys.modules[name].__file__ or "").read_text(encoding="utf-8")
    assert old in source
    copy.write_text(source.replace(old, new), encoding="utf-8")
    script = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location({name!r}, {str(copy)!r})\n"
        f"def find(name, path=None, target=None): return spec if name == {name!r} else None\n"
        "sys.meta_path.insert(0, type('Finder', (), {'find_spec': staticmethod(find)}))\n"
        "import qaseed.practice\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("qaseed.errors.UsageError")

    assert re.search(message, last)


def test_manifests_are_read_as_they_were_written() -> None:
    data = to_json(MODEL)
    assert "position_keys" not in data
    assert "is_declared" not in data
    entity = data["entities"][3]
    entity["rules"].append(entity["rules"][0])
    entity["columns"][3]["recipe"] = {"function": "qaseed.gone:function"}
    read = from_json(Model, data)
    assert not read.is_declared
    assert replace(read, doc="other").doc == "other"


def test_the_practice_is_checked_without_duckdb_and_made_without_stores() -> None:
    unused = {"duckdb", "qaseed.safety.detection", "qaseed.snapshot.pushing", "qaseed.signatures"}
    script = f"import sys, qaseed.generation; sys.exit(bool({unused} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_words_that_a_query_gives_itself_are_known() -> None:
    tables = {"client": {"id", "dob"}}
    query = "with old as (select c.id as number from client c where dob is null) select o.number from old o"
    assert unknown_words(query, {"id", "dob"}, tables) == []
    assert unknown_words("dob = 'text with words' and lower(dob) is not null", {"dob"}, {}) == []
    assert unknown_words("dob = bod", {"dob"}, {}) == ["bod"]


def test_sql_that_is_unusual_but_right_is_accepted() -> None:
    columns = (Column("id", "bigint", ""), Column("a", "text", ""))
    rule = Rule("Z1", "", "list_filter(['x'], lambda item : item = a)[1] is null")
    Model("one", "", (Entity("thing", "", columns, key=("id",), rules=(rule,)),))


def test_every_rule_binds() -> None:
    tables = {
        entity.name: {column.name: TYPES[column.type].duckdb for column in entity.columns} for entity in MODEL.entities
    }
    for entity in MODEL.entities:
        selects = [rule.select for rule in entity.rules if rule.select]
        for query in selects:
            assert binding_error(tables, query.replace("{as_of}", "2026-11-02")) is None
    assert binding_error(tables, f"select nothing from {identifier('client')}")
