"""Each way to break a rule counts: rows that break it in that way alone are found, and are not found without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from qaseed.model import Column, Entity, Model, Rule
from qaseed.practice import MODEL
from qaseed.practice.generators.services import BANDS
from qaseed.practice.note_rules import contradicting, contradictions, parts_of
from qaseed.profiles import PROFILES, TENANTS
from qaseed.snapshot import Snapshot
from qaseed.sql import any_of
from qaseed.validation import Finding, validate
from support.rule_breakers import BROKEN, IMPLIED, contradict, documented

AS_OF = PROFILES["standard"].as_of
RULES = {f"{entity.name}: {rule.id}": (entity, rule) for entity in MODEL.entities for rule in entity.rules}
WAYS = [(name, nth) for name, (_, rule) in RULES.items() if len(rule.ways) > 1 for nth in range(len(rule.ways))]


def with_rules(entity: Entity, rules: tuple[Rule, ...], words: set[str]) -> Entity:
    """The entity with these rules, the references that they look through, and those of its columns that they name."""
    columns = tuple(
        Column(c.name, c.type, c.doc, nullable=True, refers=c.refers if rules else None)
        for c in entity.columns
        if c.name in entity.key or c.name in words or (rules and c.refers)
    )
    return replace(entity, columns=columns, rules=rules)


def found(connection: duckdb.DuckDBPyConnection, name: str, *rules: Rule) -> list[str]:
    """The ids of those rules that validation finds broken, in place of the rule of that name."""
    return [finding.rule for finding in findings(connection, name, *rules)]


def findings(connection: duckdb.DuckDBPyConnection, name: str, *rules: Rule) -> list[Finding]:
    owner, _ = RULES[name]
    seen = {owner.name, *(column.refers for column in owner.references)}
    words = {word for rule in rules for word in re.findall(r"\w+", f"{rule.fails} {rule.select}")}
    entities = tuple(
        with_rules(entity, rules if entity is owner else (), words) for entity in MODEL.entities if entity.name in seen
    )
    report = validate(
        connection, Model("m", "With few rules.", entities, is_declared=False), AS_OF, dict.fromkeys(seen, 0)
    )
    return [f for f in report.findings if f.entity == owner.name and f.rule in {rule.id for rule in rules}]


@pytest.mark.parametrize(("name", "nth"), WAYS)
def test_a_rule_is_broken_in_each_way(name: str, nth: int, tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(BROKEN[name][nth])
    rule = RULES[name][1]
    others = any_of(*(way for other, way in enumerate(rule.ways) if other != nth))
    without = replace(rule, id="without this way", fails=others)
    seen_by_others = [without.id] if (name, nth) in IMPLIED else []
    assert found(tables, name, rule, without) == [rule.id, *seen_by_others]


@pytest.mark.parametrize(("code", "least"), [(code, least) for code, (least, _) in BANDS.items()])
def test_documented_minutes_have_a_minimum_too(code: str, least: int, tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(documented(code, least - 1))
    assert found(tables, "note: C6", RULES["note: C6"][1]) == ["C6"]


def test_each_set_of_contradictions_finds_its_own_notes_and_the_rule_finds_all(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    sets = contradictions()
    tables.execute("create temp table unchanged as from note; create temp table changed as from note limit 0")
    for nth, one in enumerate(sets):
        tables.execute(contradict(one))
        tables.execute("insert into changed select * replace (? as id) from (from note except from unchanged)", [nth])
        tables.execute("delete from note; insert into note from unchanged")
    tables.execute("delete from note; insert into note from changed")
    rule = RULES["note: X6"][1]
    alone = [replace(rule, id=f"set {nth}", fails=contradicting([one])) for nth, one in enumerate(sets)]
    broken = findings(tables, "note: X6", rule, *alone)
    assert {finding.rule: finding.count for finding in broken} == {
        "X6": len(sets),
        **{each.id: 1 for each in alone},
    }
    assert {f.rule: [id_ for _, id_ in f.samples] for f in broken if f.rule != "X6"} == {
        each.id: [nth] for nth, each in enumerate(alone)
    }


def test_each_phrase_has_one_of_the_parts_that_are_searched_first() -> None:
    sides = [side for one in contradictions() for side in (one.phrases, one.against)]
    assert all(any(part in phrase for part in parts_of(side)) for side in sides for phrase in side)


def test_every_way_is_broken_above() -> None:
    assert {name: len(changes) for name, changes in BROKEN.items()} == {
        name: len(rule.ways) for name, (_, rule) in RULES.items() if len(rule.ways) > 1
    }


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan["children"]:
        yield from nodes(child)


LONG = {name: rule.select for name, (_, rule) in RULES.items() if rule.select and rule.select.count("join") > 1}
LONG |= {figure.id: figure.select for figure in MODEL.figures if figure.select.count("join") > 1}


def test_no_query_pairs_all_rows_of_a_practice(standard: Snapshot) -> None:
    """The optimizer chooses the order of joins, and such a pair costs the square of the rows."""
    pairs: list[str] = []
    with standard.catalog() as connection:
        for name, query in LONG.items():
            explained = connection.execute(f"explain (format json) {query.replace('{as_of}', AS_OF.isoformat())}")
            for node in nodes(json.loads(explained.fetchall()[0][1])[0]):
                if node["extra_info"].get("Conditions") == "tenant_id = tenant_id":
                    sides = [child["extra_info"] for child in node["children"]]
                    pairs += [] if any(is_tenant(side) for side in sides) else [name]
    assert pairs == []


def is_tenant(side: dict[str, str]) -> bool:
    return side.get("Function") == "READ_PARQUET" and side["Estimated Cardinality"] == str(TENANTS)


def test_no_query_needs_memory_for_every_value() -> None:
    """duckdb spills groups and joins, and not the values that these keep: `measures.ranked` has quantiles."""
    queries = {name: rule.select or str(rule.fails) for name, (_, rule) in RULES.items()}
    queries |= {figure.id: figure.select for figure in MODEL.figures}
    keeps_all = re.compile(r"\b(?:median|mad|mode|quantile\w*|list|array_agg|string_agg|group_concat)\(")
    assert [name for name, sql in queries.items() if keeps_all.search(sql)] == []
