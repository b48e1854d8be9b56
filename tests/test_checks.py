"""Check digits: Python and duckdb agree on right and wrong ones, and both agree with published numbers."""

from __future__ import annotations

import random
import string

import duckdb
import pytest

from qaseed.safety import checks

LETTERS_AND_DIGITS = string.digits + string.ascii_uppercase
VIN_CHARACTERS = "".join(sorted(set(LETTERS_AND_DIGITS) - set("IOQ")))
SHAPES = {
    "LUHN": (string.digits, (13, 15, 16, 19)),
    "NPI": (string.digits, (10,)),
    "ABA": (string.digits, (9,)),
    "VIN": (VIN_CHARACTERS, (17,)),
}
PUBLISHED = {
    "LUHN": ["4111111111111111", "378282246310005", "79927398713"],
    "NPI": ["1234567893", "1245319599"],
    "ABA": ["021000021", "011000015"],
    "DEA": ["AB1234563", "BJ6125341"],
    "VIN": ["1M8GDM9AXKP042788", "1m8gdm9axkp042788", "1hgcm82633a004352", "11111111111111111"],
    "MOD97": ["GB29NWBK60161331926819", "DE89370400440532013000", "gb82west12345698765432", "NO9386011117947"],
}


def in_duckdb(check: checks.Check, values: list[str]) -> list[bool]:
    with duckdb.connect() as connection:
        sql = f"select coalesce({check.sql.replace('{x}', 'v')}, false) from (select unnest(?::varchar[]) as v)"
        return [row[0] for row in connection.execute(sql, [values]).fetchall()]


def in_python(check: checks.Check, values: list[str]) -> list[bool]:
    return [check.holds(value) for value in values]


def random_values(name: str, amount: int) -> list[str]:
    """Values of the right shape; check digits are as random as the rest."""
    dice = random.Random(name)
    if name == "DEA":
        return [
            "".join(dice.choices(string.ascii_uppercase, k=2) + dice.choices(string.digits, k=7)) for _ in range(amount)
        ]
    characters, lengths = SHAPES[name]
    return ["".join(dice.choices(characters, k=dice.choice(lengths))) for _ in range(amount)]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_numbers_pass_and_each_change_of_a_digit_fails(name: str) -> None:
    check, published = getattr(checks, name), PUBLISHED[name]
    assert in_python(check, published) == in_duckdb(check, published) == [True] * len(published)
    skip = 2 if name == "DEA" else 0  # its letters have no part in the sum
    changed = [
        f"{value[:at]}{(int(value[at]) + 1) % 10}{value[at + 1 :]}"
        for value in published
        for at in range(skip, len(value))
        if value[at].isdigit()
    ]
    assert in_python(check, changed) == in_duckdb(check, changed) == [False] * len(changed)


@pytest.mark.parametrize("name", [*SHAPES, "DEA"])
def test_python_and_duckdb_agree_on_random_values(name: str) -> None:
    check, values = getattr(checks, name), random_values(name, 2000)
    expected = in_python(check, values)
    assert in_duckdb(check, values) == expected
    assert 50 < sum(expected) < 500  # about one in ten or eleven is right


def iban_check_digits(country: str, account: str) -> str:
    """The two digits of ISO 13616, from the definition: 98 minus the remainder of the number with 00 in their place."""
    number = int("".join(str(int(character, 36)) for character in f"{account}{country}00"))
    return f"{98 - number % 97:02d}"


def test_python_and_duckdb_agree_on_right_and_wrong_check_digits_of_ibans() -> None:
    dice = random.Random("iban")
    values, expected = [], []
    for _ in range(300):
        country = "".join(dice.choices(string.ascii_uppercase, k=2))
        account = "".join(dice.choices(LETTERS_AND_DIGITS, k=dice.randint(11, 30)))
        right = iban_check_digits(country, account)
        wrong = dice.sample([f"{digits:02d}" for digits in range(2, 99) if f"{digits:02d}" != right], 9)
        values += [f"{country}{digits}{account}" for digits in (right, *wrong)]
        expected += [True] + [False] * len(wrong)
    assert in_python(checks.MOD97, values) == expected
    assert in_duckdb(checks.MOD97, values) == expected
    lower = [value.lower() for value in values]
    assert in_python(checks.MOD97, lower) == in_duckdb(checks.MOD97, lower) == expected
