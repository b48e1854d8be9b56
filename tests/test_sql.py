"""SQL in pieces: what is quoted, and conditions that come apart into the ways they were made of."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaseed.model import Rule
from qaseed.model_json import from_json, to_json
from qaseed.sql import any_of, identifier, literal, one_of, query, ways_of

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(texts)
def test_a_literal_is_the_text(text: str) -> None:
    assert duckdb.sql(f"select {literal(text)}").fetchall() == [(text,)]


@given(texts.filter(bool))
def test_an_identifier_is_the_name(name: str) -> None:
    assert duckdb.sql(f"select 1 as {identifier(name)}").columns == [name]


@pytest.mark.parametrize(("value", "holds"), [("it's", True), ("b", True), ("c", False), (None, None)])
def test_one_of_is_a_membership(value: str | None, holds: bool | None) -> None:
    condition = one_of("x", ("it's", "b"))
    assert duckdb.execute(f"select {condition} from (select ? as x)", [value]).fetchall() == [(holds,)]


@pytest.mark.parametrize("ways", [("a",), ("a", "b or c"), ("a", any_of("b", "c"), "case when d then e end")])
def test_a_condition_comes_apart_into_its_ways(ways: tuple[str, ...]) -> None:
    rule = Rule("L0", "nothing is wrong", any_of(*ways))
    assert len(rule.ways) == len(ways)
    assert rule.ways[0] == "(a)"
    assert from_json(Rule, to_json(rule)) == rule
    assert set(to_json(rule)) == {"id", "promise", "fails"}


def test_rules_without_a_condition_have_no_ways() -> None:
    assert Rule("L0", "nothing is wrong", select="select 1").ways == ()
    assert ways_of("a or b") == ("a or b",)


def test_a_query_is_indented_like_the_code_around_it() -> None:
    assert (
        query("""
        select 1
          from x
    """)
        == "select 1\n  from x"
    )
