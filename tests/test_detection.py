"""Names and values of identifiers are expected from what only looks like them, by Python and by duckdb alike."""

from __future__ import annotations

import dataclasses
import enum
import io
import ipaddress
import json
import random
import re
import sqlite3
import subprocess
import sys
import uuid
from collections import UserDict, UserString, deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qaseed import check_for_phi
from qaseed.errors import PHIError
from qaseed.safety.detection import name_context, value_reason
from qaseed.safety.names import classify
from qaseed.safety.values import KINDS, LABELS
from support import labeled_texts
from support.cases import for_each
from support.engines import each_in_duckdb, in_duckdb, in_python

NAMES = labeled_texts.names()
TEXTS = list(labeled_texts.texts(40))


MESSAGES = {
    "PHI field detected: 'ssn' is named like a social security or tax number ('ssn'); rename it or leave it out": {
        "ssn": 1
    },
    "PHI field detected: 'driver.license' is named like a license or travel document ('license' in a table of 'driver'); "
    "rename it or leave it out": {"driver": {"license": "x", "first_name": "y"}},
    "PHI value detected: 'note' contains what looks like a phone number; replace it": {"note": "call 212-867-5309"},
}


@for_each(("message", "fields"), MESSAGES.items())
def test_a_message_says_what_where_and_what_to_do(message: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_for_phi(fields)


@for_each("name", [name for name, direct in NAMES.items() if direct])
def test_names_of_direct_identifiers_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="PHI field detected"):
        check_for_phi({name: "..."})


def test_other_names_are_not() -> None:
    others = [name for name, direct in NAMES.items() if not direct]
    assert len(others) >= 150
    assert [name for name in others if classify(name).outcome == "reject"] == []


@pytest.mark.parametrize(
    ("name", "outcome", "letter"),
    [("phone_home", "managed", "D"), ("subscriber_DOB", "managed", "C"), ("patientName", "managed", "A"), ("className", "ok", ""), ("FIRST", "managed", "A"),
     ("is_ssn_verified", "meta", "G"), ("email_verified", "meta", "F"), ("npi", "managed", "R"), ("velocity", "ok", ""), ("patient.ssn", "reject", "G")],
)  # fmt: skip
def test_outcomes(name: str, outcome: str, letter: str) -> None:
    assert (classify(name).outcome, classify(name).letter) == (outcome, letter)


@pytest.mark.parametrize("kind", labeled_texts.REAL)
def test_values_are_found(kind: str) -> None:
    missed = [text.text for text in TEXTS if text.kind == kind and kind not in name_context("").kinds_of(text.text)]
    assert missed == []


def test_harmless_texts_pass() -> None:
    wrong = [(text.text, found) for text in TEXTS if not text.kind and (found := name_context("").kinds_of(text.text))]
    assert wrong == []


def test_a_range_of_addresses_is_of_nobody_and_a_host_in_its_network_is() -> None:
    ranges = ["allow 185.12.34.0/24", "ip 10.0.0.0/8, 172.16.0.0/12", "DE: 185.12.0.0/22"]
    hosts = ["inet 185.12.34.9/24", "ip 185.12.34.0", "185.12.34.9/24", "from 185.12.34.9/240"]
    for find in (in_python, in_duckdb):
        assert find("", ranges) == {}
        assert [find("", [text])["ip"] for text in hosts] == [1] * len(hosts)


def test_both_engines_find_the_same_in_the_labelled_texts() -> None:
    for kind in [*labeled_texts.REAL, None]:
        some = [text.text for text in TEXTS if text.kind == kind]
        assert in_duckdb("", some) == in_python("", some), kind


PIECES = st.sampled_from(
    ["219", "08", "4321", "-", " ", ".", "555", "01", "(", ")", "+1", "@", "gmail.com", "example.com", "x", "SSN ", "NPI ", "phone ", "MRN: ", "1245319599", "4539148803436467",
     "1EG4TE5MK73", "GB29NWBK60161331926819", "10.20.30.40", "version ", ":", "2001:db8::1", "fe80::1", "https://", "/", "born ", "1/2/1980", "passport ", "C1234567", "\n", "é"]
)  # fmt: skip


@settings(max_examples=20)
@given(
    st.sampled_from(["", "phone", "ssn", "npi", "order_no", "zip", "routing_number"]),
    st.lists(st.lists(PIECES, max_size=8).map("".join), min_size=20, max_size=100),
)
def test_both_engines_find_the_same(name: str, texts: list[str]) -> None:
    assert in_duckdb(name, texts) == in_python(name, texts)


@for_each("kind", KINDS)
def test_every_kind_has_a_label(kind: object) -> None:
    assert getattr(kind, "name") in LABELS  # noqa: B009  # parametrised objects have no type


@pytest.mark.parametrize(
    "fields",
    [{"phone": "2128675309"}, {"phones": [{"mobile": 2128675309}]}, {"email": "ann@gmail.com"}, {"npi": 1245319599}, {"zip": "90210"}, {"member_id": "W123456789"},
     {"notes": "SSN 123-45-6789"}, {"notes": "her number is 212-867-5309."}, {"219-08-4321": "x"}, {"ip": "8.8.8.8"}, {"name": "lives at 12 Oak Hill Rd, Springfield, IL 62704"}],
)  # fmt: skip
def test_values_that_may_be_somebodys_are_refused_and_not_shown(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="PHI value detected") as error:
        check_for_phi(fields)
    assert not any(part in str(error.value) for part in ("867", "gmail", "1245", "90210", "123", "219", "8.8", "Oak"))
    assert not re.search(r"looks like (a [aeiouI]|an [^aeiouI])", str(error.value))


@pytest.mark.parametrize(
    "fields",
    [{"phone": "555-555-0101", "email": "a.b.1@example.com", "npi": "2000000002", "zip": "85412", "mrn": "QA-001-00000042", "dob": "1980-01-01", "first_name": "Ann"},
     {"progressNotes": "x", "className": "y"}, {"order_no": "1245319599"}, {"phone_count": 2128675309}, {"notes": "123-45-6789"}, {"at": "2024-01-02 10:11:12"}, {"id": 219084321}],
)  # fmt: skip
def test_safe_records_pass(fields: dict[str, object]) -> None:
    check_for_phi(fields)


class Pair(NamedTuple):
    ss: str
    note: str = ""


@dataclasses.dataclass
class Intake:
    note: object
    ssn: str = dataclasses.field(init=False)


class Referral(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    note: object = None
    reference: str = pydantic.Field(default="", alias="caseNo")


class Claim(pydantic.BaseModel):
    reference: str = pydantic.Field(default="", alias="ssn")


class Series(list[object]):
    """A column of pandas, as far as it is read."""

    tolist = list.copy


class PandasIndex(Series):
    """The labels of rows in pandas, as far as they are read."""

    names = ("chart",)

    def get_level_values(self, _: int) -> PandasIndex:
        return self


class PandasFrame:
    """A data frame of pandas, which no dependency of ours installs, as far as it is read: a name may be there twice."""

    columns = ("note", "phone", "phone")

    def __init__(self, note: str = "SSN 219-08-4321", chart: str = "x") -> None:
        self._note, self.index = note, PandasIndex([chart])

    def items(self) -> list[tuple[str, Series]]:
        return [("note", Series(["x", self._note])), ("phone", Series(["555-555-0101"])), ("phone", Series(["x"]))]


PandasFrame.__module__ = "pandas.core.frame"


class Mood(enum.Enum):
    CALM = "SSN 219-08-4321"


class Plain:
    """An object whose attributes are in a dict and in slots."""

    def __init__(self, **attributes: object) -> None:
        vars(self).update(attributes)


class Slotted:
    __slots__ = ("note",)

    def __init__(self, note: object) -> None:
        self.note = note


def row_of_sqlite() -> object:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    return connection.execute("select 1 as a, 'SSN 219-08-4321' as note").fetchone()


SSN = "SSN 219-08-4321"
SHAPES: dict[str, tuple[object, str]] = {
    "list in a dict": ({"patient": [{"ss": "..."}]}, "'patient.ss'"),
    "tuple in a dict": ({"a": {"b": ("x", SSN)}}, "'a.b'"),
    "set": ({"a": {SSN}}, "'a'"),
    "frozen set": ({"a": frozenset({SSN})}, "'a'"),
    "text": (SSN, "''"),
    "list": (["x", SSN], "''"),
    "number below a name": ({"client": {"phone": 2128675309}}, "'client.phone'"),
    "decimal": ({"phone": Decimal(2128675309)}, "'phone'"),
    "bytes": ({"note": b"\xff 219-08-4321 SSN"}, "'note'"),
    "byte array": ({"note": bytearray(b"219-08-4321 SSN")}, "'note'"),
    "key": ({"a": {f"{SSN}": 1}}, "'a.***'"),
    "name below a key": ({"ok": 1, "219-08-4321": {"ssn": 1}}, "'***'"),
    "named tuple": (Pair("x"), "'ss'"),
    "data class": (Intake({"b": SSN}), "'note.b'"),
    "field of a data class without a value": (Intake("x"), "'ssn'"),
    "type of a data class": (Intake, "'ssn'"),
    "pydantic model": (Referral(note={"b": SSN}), "'note.b'"),
    "another field of a pydantic model": (Referral.model_validate({"ssn": "x"}), "'ssn'"),
    "alias in a pydantic model": (Claim(), "'ssn'"),
    "pydantic class": (Claim, "'ssn'"),
    "pandas": (PandasFrame(), "'note'"),
    "labels of rows in pandas": (PandasFrame("x", SSN), "'chart'"),
    "enumeration": ({"mood": Mood.CALM}, "'mood'"),
    "object": ({"a": Plain(note=[SSN])}, "'a.note'"),
    "name in an object": (Plain(ssn=None), "'ssn'"),
    "object with slots": (Slotted(SSN), "'note'"),
    "error": ({"a": ValueError(SSN)}, "'a'"),
    "path": ({"a": Path("notes", SSN)}, "'a'"),
    "address": ({"ip": ipaddress.ip_address("8.8.8.8")}, "'ip'"),
    "user string": ({"a": UserString(SSN)}, "'a'"),
    "user dict": ({"a": UserDict(ssn=1)}, "'a.ssn'"),
    "secret of pydantic": ({"note": pydantic.SecretStr(SSN)}, "'note'"),
    "deque": ({"a": deque([SSN])}, "'a'"),
    "values of a dict": ({"a": {"b": SSN}.values()}, "'a'"),
    "memory": ({"a": memoryview(b"219-08-4321 SSN")}, "'a'"),
    "row of sqlite": (row_of_sqlite(), "'note'"),
    "numpy": ({"a": np.array([["x", SSN]])}, "'a'"),
    "number of numpy": ({"phone": np.int64(2128675309)}, "'phone'"),
    "names in numpy": (np.zeros(1, [("ssn", "i4")]), "'ssn'"),
    "polars series": (pl.Series([SSN]), "''"),
    "name of a polars series": (pl.Series("ssn", [1]), "'ssn'"),
    "arrow array": ({"a": pa.array([{"ssn": 1}])}, "'a.ssn'"),
    "arrow columns": (pa.chunked_array([["x"], [SSN]]), "''"),
    "arrow scalar": (pa.scalar({"note": SSN}), "'note'"),
    "arrow schema": (pa.schema([("a", pa.struct([("ssn", pa.string())]))]), "'a.ssn'"),
    "arrow list": (pa.schema([("a", pa.list_(pa.struct([("ssn", pa.string())])))]), "'a.ssn'"),
    "name in an arrow table": (pa.table({"ssn": ["x"]}), "'ssn'"),
    "value in an arrow table": (pa.table({"a": [1], "notes": [SSN]}), "'notes'"),
    "data frame": (pl.DataFrame({"a": [1], "notes": ["x", SSN][1:]}), "'notes'"),
    "lazy frame": (pl.LazyFrame({"ssn": [1]}), "'ssn'"),
    "schema": (pl.Schema({"a": pl.List(pl.Struct({"ssn": pl.String}))}), "'a.ssn'"),
}


@for_each(("node", "path"), SHAPES.values())
def test_every_shape_of_data_is_searched(node: object, path: str) -> None:
    with pytest.raises(PHIError, match="PHI") as error:
        check_for_phi(node)
    assert str(error.value).split(" detected: ")[1].startswith(f"{path} ")


def test_a_relation_of_duckdb_is_searched() -> None:
    with duckdb.connect() as connection, pytest.raises(PHIError, match="'note' contains"):
        check_for_phi(connection.sql("select 'SSN 219-08-4321' as note"))


@pytest.mark.parametrize(
    ("node", "reason"),
    [(iter(["x"]), "a list_iterator can be read only once; give a list"), ((x for x in "x"), "a generator can be read only once; give a list"),
     (io.StringIO("x"), "a StringIO can be read only once; give a list"), (pl.LazyFrame({"a": [1]}), "the values of a LazyFrame are not computed yet; collect it first")],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused_and_not_used_up(node: Any, reason: str) -> None:
    for path, fields in (("", node), ("a.b", {"a": [{"b": node}]})):
        with pytest.raises(PHIError) as error:
            check_for_phi(fields)
        assert str(error.value) == f"{path!r}: {reason}"
    assert not isinstance(node, Iterator) or next(node) == "x"


def test_what_is_shared_is_checked_once() -> None:
    shared: list[object] = ["x"]
    for _ in range(60):
        shared = [shared, shared]  # 2 ** 60 ways lead to the text
    check_for_phi(shared)
    once = ["2128675309"]
    with pytest.raises(PHIError, match=r"'phone' contains"):
        check_for_phi([{"order": once}, {"phone": once}])


def test_shapes_without_findings_pass() -> None:
    """Also those in which a field is missing, a value contains itself, or a name says nothing."""
    circle: list[object] = ["x"]
    circle.append(circle)
    shapes = [
        True,
        None,
        Decimal(1),
        object(),
        circle,
        Referral(note="x"),
        Referral,
        Pair._make,
        pa.schema([]),
        {"phone": True},
        uuid.UUID(int=2128675309),
        {"dob": date(1980, 1, 1), "at": datetime(2024, 1, 2, tzinfo=UTC), "phone": time(1), "order": range(10**12)},
        Plain(note="x", _ssn=SSN),
        np.arange(3),
        np.array(1),
        pl.Series([1, None]),
        pa.array([None, 1.5]),
        float("nan"),
        io,
        deque(),
    ]
    for node in shapes:
        check_for_phi(node)
        check_for_phi({"a": node})
    assert value_reason("219084321") is None
    assert value_reason("219084321", "ssn")


def nested(levels: int) -> object:
    node: object = "x"
    for level in range(levels):
        node = {"a": node} if level % 2 else [node]
    return node


def test_depth_is_limited_and_named() -> None:
    check_for_phi(nested(64))
    with pytest.raises(PHIError, match=r"^'a(\.a)*': nested more than 64 deep; it cannot be checked$"):
        check_for_phi(nested(65))


@given(
    st.sampled_from(["ssn", "passport", "driversLicense", "taxId", "iban"]),
    st.sampled_from(["patient", "guarantor", "emp"]),
    st.integers(0, 5),
)
def test_spelling_changes_nothing(name: str, owner: str, how: int) -> None:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    spelt = [
        f"{owner}_{snake}",
        f"{owner}{name[0].upper()}{name[1:]}",
        f"{owner}{name}".lower(),
        f"{owner}.{snake}",
        f"{owner}-{snake}".upper(),
        f"{snake}_{owner}",
    ][how]
    assert classify(spelt).outcome == "reject"


def test_random_words_are_no_names_of_identifiers() -> None:
    dice = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    made = {"".join(dice.choice(letters) for _ in range(dice.randint(5, 12))) for _ in range(3000)}
    assert sum(classify(name).outcome == "reject" for name in made) <= 3


HIDDEN = (
    [("email", f"{before}jane.roe@gmail.com{after}") for before in ("", "mailto:", "<", "email=", "?a=1&b=", "\u201c", "x,") for after in ("", "&a=1", "=", "\u2026", "\u00a0x", ">", ";", "\u201d", "/", "?x", "...", "\\n", "|", "#", "\0")]
    + [("email", text) for text in ("jane.roe%40gmail.com", "jane\\u0040gmail.com", "jane&#64;gmail.com", "jane\uff20gmail.com", "anna@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", "a@xn--80a1acny.xn--p1ai", "jane+git@gmail.com", "jane@gmail.com:secret", "x.jane@gmail.com.png")]
    + [("phone", f"call 212{gap}736{gap}5000") for gap in "-. \u00a0\u202f\u2007\u2009\u3000\u2010\u2011\u2012\u2013\u2014\u2015\u00ad\u2212\u00b7\u2022\uff0e\u200b"]
    + [("ssn", f"219{gap}44{gap}3456") for gap in "- \u00a0\u2009\u2011\u00ad\u2212\uff0d\u00b7"]
    + [("ssn", text) for text in ('{"a": "x\\n219-44-3456"}', "x\\t219-44-3456", '\\"219-44-3456\\"', "219\\u201344\\u20133456", "219%2D44%2D3456", "219&#8209;44&#8209;3456", "219&nbsp;44&nbsp;3456", "like '%219-44-3456%'", "\\\\n219-44-3456", "\uff12\uff11\uff19-44-3456")]
    + [("npi", "NPI 1497758544.0"), ("npi", "NPI: 1497758544.00.")]
)  # fmt: skip
"""Values by their kind, beside or with signs within."""
NO_ADDRESSES = (
    ["logo@2x.png", "logo@1.5x.min.css", "git@github.com:a/b.git", "ssh://git@gitlab.example-host.io/x", "git@host:path", "user@2x", "pkg@1.2.3", "npm i react@18.2.0-rc.beta",
     "lodash@4.17.21.tgz", "@types/node@20.1.0", "icon@large.svg", "jane@localhost", "a@b", "x@y.example", "1.5e3", "F41.0", "10.0.0.0", "v2.0", "C:\\new\\table"]
)  # fmt: skip


@for_each(("kind", "text"), HIDDEN)
def test_signs_beside_and_within_values_hide_nothing(kind: str, text: str) -> None:
    assert kind in name_context("").kinds_of(text)


@for_each("text", NO_ADDRESSES)
def test_what_only_looks_like_an_address(text: str) -> None:
    assert [kind for kind in name_context("").kinds_of(text) if kind != "ip"] == []


def test_duckdb_finds_the_same_in_each_of_them() -> None:
    texts = [*(text for _, text in HIDDEN), *NO_ADDRESSES]
    found = zip(texts, each_in_duckdb(texts), strict=True)
    assert {text: kinds for text, kinds in found if kinds != in_python("", [text])} == {}


@pytest.mark.parametrize(
    "value", ["2127365000.0", "2.127365E9", " 2127365000.00 ", "212\u00a0736\u00a05000", "+12127365000.0"]
)
def test_whole_values_in_any_spelling(value: str) -> None:
    assert in_duckdb("phone", [value]) == in_python("phone", [value]) == {"phone": 1}


def test_floats_and_bytes_of_records_are_checked() -> None:
    for fields in ({"npi": 1497758544.0}, {"notes": b"SSN 219-08-4321"}):
        with pytest.raises(ValueError, match="PHI value detected"):
            check_for_phi(fields)


@pytest.mark.parametrize("rival", ["python", "duckdb"])
def test_the_benchmark_runs(rival: str) -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, str(root / "scripts/rivals/detect.py"), str(root / "tests"), rival, "1", "1"]
    assert json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["texts"] > 0
