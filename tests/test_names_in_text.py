"""Names that stand in columns for names are found in free text, and ordinary words are not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from qaseed import scan
from qaseed.scanning.people import Names, count_people
from qaseed.scanning.queries import Field

PERSON = {
    "first_name": "Ann Marie", "last_name": "O'Kafór", "guardian_name": "Price, Will, MD", "spouse_first_name": "\u660e",
    "spouse_last_name": "\u674e", "friend_name": "Dr. Bo de la Cruz", "payer_name": "Northside Hospital",
}  # fmt: skip
NAMED = {
    "both": "Met Ann Marie O'Kafór today.", "first of two": "seen with ann o'kafor", "reversed": "Chart of O'KAFOR, ANN was sent",
    "initial": "Letter for Ann M. O'Kafór", "alone": "O\u2019Kafór's mother called", "without accents": "PT O'KAFOR CALLED", "title": "Mr. Price pays",
    "common words": "a call to Will Price", "unspaced": "\u60a3\u8005\u306f\u674e\u660e\u3068\u8a71\u3057\u305f", "particles": "Bo de la Cruz came", "of another row": "Jo Quux",
}  # fmt: skip
NOT_NAMED = {
    "one of two alone": "Ann called", "common word alone": "Price list", "two common words": "the price will rise", "within a word": "O'Kafórs kafórish",
    "lower case": "an o'kafór", "organization": "Seen at Northside Hospital", "alone of another row": "Quux", "apart": "Jo met Bo. Quux",
}  # fmt: skip


def people_in(texts: dict[str, str], person: dict[str, str], names: Names) -> set[str]:
    row = person | texts
    fields = [Field(name, f'"{name}"') for name in row]
    with duckdb.connect() as connection:
        connection.register("t", pa.table({name: [value] for name, value in row.items()}))
        names.add(connection, "t", fields)
        names.sort()
        return set(count_people(connection, "t", fields, names))


def test_names_of_the_row_and_of_others() -> None:
    names = Names()
    people_in({}, {"contact_name": "x", "nachname": "Quux", "vorname": "Jo"}, names)
    assert people_in(NAMED | NOT_NAMED, PERSON, names) == NAMED.keys()


def test_states_and_cities_are_no_people() -> None:
    names = Names()
    for place in ("New York", "North Carolina", "San Diego"):
        people_in({}, {"customer_name": place}, names)
    people_in({}, {"customer_name": "Ann Norther"}, names)
    texts = {"a": "shipped to New York", "b": "born in North Carolina", "c": "San Diego", "d": "Call Ann Norther"}
    assert people_in(texts, {"customer_name": "Bo Quux"}, names) == {"d"}


def test_a_word_of_many_texts_is_no_name(tmp_path: Path) -> None:
    rows = "".join(
        f"Ann,{family},{text}\n"
        for family, text in [("Quux", "Quux scale 7"), ("Poe", "Quux scale 8"), ("Poe", "Quux scale 9")]
    )
    (tmp_path / "a.csv").write_text(f"first_name,last_name,remark\n{rows}")
    assert scan(tmp_path).ok


def test_names_are_known_in_all_tables_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,memo\n1,Ann Quux and Jo Quux called\n2,Blue Chair\n3,see Quux\n")
    (tmp_path / "b.csv").write_text("first_name,last_name\nAnn,Quux\n")
    (tmp_path / "c.csv").write_text("name,description\nBlue Chair,a Blue Chair\n")
    (tmp_path / "d.csv").write_text("name,dob,description\nJo Poe,2001,for Jo Poe\n")
    report = scan(tmp_path)
    assert {(one.where, one.kind, one.letter, one.count) for one in report.findings} == {
        ("a.csv.memo", "person", "A", 1), ("d.csv.description", "person", "A", 1),
    }  # fmt: skip
    assert report.exit_code == 1
    assert {one.where: one.count for one in report.unproven}["a.csv.memo"] == 3
    assert not any(name in str(report.to_json()) for name in ("Ann", "Quux", "Poe", "Chair"))


def test_only_so_many_names_are_known_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.scanning.people.MOST_KEYS", 1)
    names = Names()
    for family in ("Poe", "Quux"):
        people_in({}, {"first_name": "Jo", "last_name": family}, names)
    assert names.keys is not None
    assert len(names.keys) == 1
