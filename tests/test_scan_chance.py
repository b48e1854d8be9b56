"""One in ten numbers has a check digit by chance: a column of moments or keys is no column of identifiers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qaseed import scan
from qaseed.safety.values import KINDS
from qaseed.scanning.chance import CHECKED, OF_DIGITS, Checked, numbers_query

Drawn = Callable[[random.Random], str]
ALIKE: dict[str, Drawn] = {
    "npi": lambda dice: f"1{dice.randrange(10**9):09}",
    "dea": lambda dice: f"rs{dice.randrange(10**7):07}",
    "card": lambda dice: f"4{dice.randrange(10**15):015}",
    "vin": lambda dice: "".join(dice.choice("ABCDEFGH1234567890") for _ in range(13)) + f"{dice.randrange(10**4):04}",
}
ROWS = 4000


def kinds_of(path: Path, values: list[str], title: str = "value") -> dict[str, int]:
    path.write_text("\n".join([title, *values, ""]), encoding="utf-8")
    return {finding.kind: finding.count for finding in scan(str(path)).findings}


def is_right(kind: str, value: str) -> bool:
    return any(one.matches_whole(value) for one in KINDS if one.name == kind and not one.context)


def right(kind: str, dice: random.Random) -> str:
    return next(value for value in iter(lambda: ALIKE[kind](dice), "") if is_right(kind, value))


def test_all_such_kinds_are_drawn() -> None:
    assert set(CHECKED) == set(ALIKE)


@pytest.mark.parametrize("kind", CHECKED)
def test_numbers_that_have_a_check_digit_by_chance_are_none(tmp_path: Path, kind: str) -> None:
    dice = random.Random(7)
    assert kinds_of(tmp_path / "keys.csv", [ALIKE[kind](dice) for _ in range(ROWS)]) == {}


@pytest.mark.parametrize("kind", CHECKED)
def test_one_real_number_in_twenty_is_seen_among_others(tmp_path: Path, kind: str) -> None:
    dice = random.Random(7)
    values = [right(kind, dice) if row % 20 == 0 else ALIKE[kind](dice) for row in range(ROWS)]
    assert kinds_of(tmp_path / "keys.csv", values)[kind] >= ROWS // 20


def test_moments_in_seconds_are_no_provider_numbers(tmp_path: Path) -> None:
    assert kinds_of(tmp_path / "log.csv", [str(1_700_000_000 + 977 * at) for at in range(ROWS)]) == {}


def test_values_that_repeat_count_once_for_chance(tmp_path: Path) -> None:
    wrong = [
        text for text in (str(number) for number in range(1_700_000_000, 1_700_000_020)) if not is_right("npi", text)
    ]
    real = right("npi", random.Random(7))
    assert kinds_of(tmp_path / "log.csv", [*wrong, *[real] * ROWS]) == {}
    pq.write_table(pa.table({"at": [int(text) for text in [*wrong, *[real] * ROWS]]}), tmp_path / "log.parquet")
    assert scan(str(tmp_path / "log.parquet")).ok


@pytest.mark.parametrize("others", [0, 9])
def test_a_real_number_among_few_others_is_seen(tmp_path: Path, others: int) -> None:
    real = right("npi", random.Random(7))
    wrong = [f"{real[:-1]}{last}" for last in range(10) if str(last) != real[-1]]
    assert kinds_of(tmp_path / "providers.csv", [real, *wrong[:others]]) == {"npi": 1}


def test_a_column_that_is_named_for_it_is_judged_by_each_value(tmp_path: Path) -> None:
    dice = random.Random(7)
    values = [ALIKE["npi"](dice) for _ in range(ROWS)]
    assert kinds_of(tmp_path / "providers.csv", values, "npi")["npi"] > ROWS // 20


def test_a_real_number_in_a_text_counts_whatever_the_other_cells_are(tmp_path: Path) -> None:
    dice = random.Random(7)
    values = [f"call {right('npi', dice)} back" if row % 100 == 0 else ALIKE["npi"](dice) for row in range(ROWS)]
    assert kinds_of(tmp_path / "keys.csv", values) == {"npi": ROWS // 100}


@pytest.mark.parametrize(
    ("written", "right", "is_so"),
    [(100, 10, True), (100, 25, True), (100, 26, False), (9, 0, False), (11, 1, True), (10, 1, False)],
)
def test_chance_is_a_tenth_and_its_spread(written: int, right: int, is_so: bool) -> None:
    assert Checked(written, right, right).is_by_chance is is_so


@pytest.mark.parametrize(
    ("written", "right", "is_so"),
    [(5, 5, True), (4, 4, False), (12, 7, False), (12, 8, True), (4000, 4000, True), (100, 23, False), (0, 0, False)],
)
def test_numbers_are_identifiers_if_no_chance_explains_them(written: int, right: int, is_so: bool) -> None:
    assert Checked(written, right, right).exceeds_chance is is_so


TYPES = {"int64": pa.int64(), "double": pa.float64(), "decimal": pa.decimal128(20, 0), "unsigned": pa.uint64()}


def as_double(values: Iterable[int | None]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


@pytest.mark.parametrize("kind", OF_DIGITS)
@pytest.mark.parametrize("of_type", TYPES)
def test_whole_numbers_with_check_digits_are_seen_whatever_their_column_is_called(
    tmp_path: Path, kind: str, of_type: str
) -> None:
    dice = random.Random(7)
    real = [int(right(kind, dice)) for _ in range(200)]
    drawn = [int(ALIKE[kind](dice)) for _ in range(200)]
    columns: dict[str, list[int | None]] = {
        "a": [*real],
        "b": [*drawn],
        "c": [*range(200)],
        "d": [real[0], *[None] * 199],
    }
    arrays = {
        name: pa.array(as_double(values) if of_type == "double" else values, TYPES[of_type])
        for name, values in columns.items()
    }
    pq.write_table(pa.table(arrays), tmp_path / "t.parquet")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute(f"create table t as from '{tmp_path}/t.parquet'")
    for file, name in (("t.parquet", "t.parquet.a"), ("t.duckdb", "t.a")):
        found = [(one.where, one.kind, one.count) for one in scan(str(tmp_path / file)).findings]
        assert found == [(name, kind, 200)]


def test_a_wide_table_of_numbers_is_judged_and_its_proofs_are_planned_once(tmp_path: Path) -> None:
    dice = random.Random(7)
    columns = {f"k{at}": [int(ALIKE["npi"](dice)) for _ in range(12)] for at in range(900)}
    columns["k899"] = [int(right("npi", dice)) for _ in range(12)]
    pq.write_table(pa.table(columns), tmp_path / "wide.parquet")
    assert [one.where for one in scan(str(tmp_path / "wide.parquet")).findings] == ["wide.parquet.k899"]
    one, many = (numbers_query("t", [f"c{at}" for at in range(width)]) for width in (1, 400))
    assert one.count("regexp_full_match") == many.count("regexp_full_match")


def test_more_than_chance_is_once_in_thirty_thousand_columns_however_few_values_they_have() -> None:
    for written in range(1, 201):
        least = next((right for right in range(written + 1) if Checked(written, right, right).exceeds_chance), None)
        if least is not None:
            tail = (
                math.comb(written, right) * 0.1**right * 0.9 ** (written - right) for right in range(least, written + 1)
            )
            assert sum(tail) < 1 / 30_000
