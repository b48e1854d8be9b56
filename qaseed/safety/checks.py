"""Check digits, each once for Python and once as the duckdb expression of the same sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qaseed.safety.identifiers import NPI_SALT

_VIN_LETTERS, _VIN_VALUES = "ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789"
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Check:
    """Whether the check digit of a value that has the right shape is right; `{x}` is the value in SQL."""

    holds: Callable[[str], bool]
    sql: str


def _luhn(salt: int) -> Check:
    def holds(value: str) -> bool:
        digits = [int(digit) for digit in reversed(value)]
        return (salt + sum(digits[0::2]) + sum(2 * digit - 9 * (digit > 4) for digit in digits[1::2])) % 10 == 0

    one, two = "c::int", "2 * c::int - 9 * (c::int > 4)::int"
    summed = f"list_sum(list_transform(string_split(reverse({{x}}), ''), lambda c, i: if(i % 2 = 0, {two}, {one})))"
    return Check(holds, f"({salt} + {summed}) % 10 = 0")


def _weighted(weights: tuple[int, ...], modulus: int, *, skip: int = 0, last: bool = False) -> Check:
    """The sum of digits times weights is 0; with `last` it is the last digit instead."""

    def holds(value: str) -> bool:
        total = sum(int(digit) * weight for digit, weight in zip(value[skip:], weights, strict=False)) % modulus
        return total == (int(value[-1]) if last else 0)

    terms = [f"substr({{x}}, {skip + position}, 1)::int * {weight}" for position, weight in enumerate(weights, 1)]
    return Check(holds, f"({' + '.join(terms)}) % {modulus} = {'right({x}, 1)::int' if last else '0'}")


def _vin_holds(value: str) -> bool:
    digits = value.upper().translate(str.maketrans(_VIN_LETTERS, _VIN_VALUES))
    rest = sum(int(digit) * weight for digit, weight in zip(digits, _VIN_WEIGHTS, strict=True)) % 11
    return value[8].upper() == "0123456789X"[rest]


def _vin_sql() -> str:
    digits = f"translate(upper({{x}}), '{_VIN_LETTERS}', '{_VIN_VALUES}')"
    summed = " + ".join(
        f"substr({digits}, {position}, 1)::int * {weight}" for position, weight in enumerate(_VIN_WEIGHTS, 1)
    )
    return f"upper(substr({{x}}, 9, 1)) = substr('0123456789X', (({summed}) % 11 + 1)::int, 1)"


def _mod97_holds(value: str) -> bool:
    turned = value[4:] + value[:4]
    return int("".join(str(_BASE36.index(letter)) for letter in turned.upper())) % 97 == 1


_MOD97_SQL = f"""list_reduce(list_transform(string_split(upper(substr({{x}}, 5) || left({{x}}, 4)), ''),
    lambda c: (strpos('{_BASE36}', c) - 1)::int), lambda s, c: ((s * if(c > 9, 100, 10) + c) % 97)::int, 0) = 1"""

LUHN = _luhn(0)
NPI = _luhn(NPI_SALT)
ABA = _weighted((3, 7, 1, 3, 7, 1, 3, 7, 1), 10)
DEA = _weighted((1, 2, 1, 2, 1, 2), 10, skip=2, last=True)
VIN = Check(_vin_holds, _vin_sql())
MOD97 = Check(_mod97_holds, _MOD97_SQL)
