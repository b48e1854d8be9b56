"""Check digits of national numbers, each once for Python and once as the duckdb expression of the same sum.

What each country's authority publishes; tests compare every one with python-stdnum.
"""

from __future__ import annotations

from qaseed.safety.checks import LUHN, Check

DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# the check digit by the rest of the division by 11: 11 less the rest, with 10 and 11 as 0
_BY_11 = "00987654321"
_BY_11_OR_NONE = "0 987654321"
_BY_10 = "0987654321"


def _total(weights: tuple[int, ...], modulus: int, value: str, letters: str) -> int:
    return sum(letters.index(letter) * weight for letter, weight in zip(value, weights, strict=False)) % modulus


def _total_sql(weights: tuple[int, ...], modulus: int, value: str, letters: str) -> str:
    terms = f"lambda c, i: (strpos('{letters}', c) - 1) * [{', '.join(map(str, weights))}][i]"
    return f"list_sum(list_transform(string_split(left({value}, {len(weights)}), ''), {terms}))::bigint % {modulus}"


def _checked(
    weights: tuple[int, ...], modulus: int, table: str, *, at: int | None = None, letters: str = DIGITS, width: int = 0
) -> Check:
    """The character `at` a place, after the weighted ones if none is given, is the one in the table for their sum."""
    place = len(weights) if at is None else at

    def holds(value: str) -> bool:
        padded = value.upper().rjust(width, "0")
        return table[_total(weights, modulus, padded, letters)] == padded[place]

    padded_sql = f"lpad(upper({{x}}), {width}, '0')" if width else "upper({x})"
    total = _total_sql(weights, modulus, padded_sql, letters)
    return Check(holds, f"substr('{table}', ({total} + 1)::int, 1) = substr({padded_sql}, {place + 1}, 1)")


def _divided(weights: tuple[int, ...], modulus: int, rest: int) -> Check:
    """The sum of digits times weights leaves this rest."""
    return Check(
        lambda value: _total(weights, modulus, value, DIGITS) == rest,
        f"{_total_sql(weights, modulus, '{x}', DIGITS)} = {rest}",
    )


def _all(*checks: Check) -> Check:
    return Check(
        lambda value: all(check.holds(value) for check in checks), " and ".join(f"({check.sql})" for check in checks)
    )


def _any(*checks: Check) -> Check:
    return Check(
        lambda value: any(check.holds(value) for check in checks), " or ".join(f"({check.sql})" for check in checks)
    )


def _part(check: Check, start: int, end: int | None = None) -> Check:
    """A check of a part of the value; a negative start counts from its end."""
    piece = f"({{x}})[{start + 1 if start >= 0 else start}:{'' if end is None else end}]"
    return Check(lambda value: check.holds(value[start:end]), check.sql.replace("{x}", piece))


def _replaced(check: Check, *pairs: tuple[str, str]) -> Check:
    """A check of a value in which some letters stand for digits."""

    def holds(value: str) -> bool:
        value = value.upper()
        for old, new in pairs:
            value = value.replace(old, new)
        return check.holds(value)

    sql = "upper({x})"
    for old, new in pairs:
        sql = f"replace({sql}, '{old}', '{new}')"
    return Check(holds, check.sql.replace("{x}", sql))


def _second_if(first: tuple[int, ...], second: tuple[int, ...], tables: tuple[str, str], width: int = 0) -> Check:
    """A sum, or with other weights a second one if the first leads to no digit, which its table has a space for."""
    undecided = tables[0].index(" ")

    def leads_to_none(value: str) -> bool:
        return _total(first, 11, value.rjust(width, "0"), DIGITS) == undecided

    padded = f"lpad({{x}}, {width}, '0')" if width else "{x}"
    none = Check(leads_to_none, f"{_total_sql(first, 11, padded, DIGITS)} = {undecided}")
    return _any(
        _checked(first, 11, tables[0], width=width), _all(none, _checked(second, 11, tables[1], width=width))
    )  # fmt: skip


def _iso_11_10(value: str) -> bool:
    check = 10
    for digit in value[:-1]:
        check = 2 * ((check + int(digit)) % 10 or 10) % 11
    return (11 - check) % 10 == int(value[-1])


_ISO_11_10_SQL = """(11 - list_reduce(
    list_concat([10], list_transform(string_split(left({x}, -1), ''), lambda c: c::int)),
    lambda s, d: 2 * if((s + d) % 10 = 0, 10, (s + d) % 10) % 11)) % 10 = right({x}, 1)::int"""


def _is_idnr(value: str) -> bool:
    counts = [value[:10].count(digit) for digit in DIGITS]
    return [count for count in counts if count > 1] in ([2], [3])


_IDNR_SQL = """list_filter(list_transform(range(10), lambda d: 10 - length(replace(left({x}, 10), d::varchar, ''))),
    lambda n: n > 1) in ([2], [3])"""

_TURNED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_PRODUCT = [[(a + b) % 5 for b in range(5)] + [(a + b) % 5 + 5 for b in range(5)] for a in range(5)]
_PRODUCT += [[(a - b) % 5 + 5 for b in range(5)] + [(a - b) % 5 for b in range(5)] for a in range(5)]
_POWERS = [list(range(10))]
while len(_POWERS) < 8:
    _POWERS.append([_POWERS[-1][digit] for digit in _TURNED])


def _verhoeff(value: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(value)):
        check = _PRODUCT[check][_POWERS[place % 8][int(digit)]]
    return check == 0


_VERHOEFF_SQL = f"""list_reduce(list_concat([0], list_transform(string_split(reverse({{x}}), ''),
    lambda c, i: ({_POWERS})[(i - 1) % 8 + 1][c::int + 1])), lambda s, d: ({_PRODUCT})[s + 1][d + 1]) = 0"""

_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
_BASE36 = DIGITS + _LETTERS
_VALUES = ([*_ODD[:10], *_ODD], [*range(10), *range(26)])


def _codice_fiscale(value: str) -> bool:
    total = sum(_VALUES[place % 2][_BASE36.index(letter)] for place, letter in enumerate(value[:15].upper()))
    return _LETTERS[total % 26] == value[15].upper()


_CODICE_FISCALE_SQL = f"""substr('{_LETTERS}', (list_sum(list_transform(string_split(left(upper({{x}}), 15), ''),
    lambda c, i: if(i % 2 = 1, {_VALUES[0]}, {_VALUES[1]})[strpos('{_BASE36}', c)]))::bigint % 26 + 1)::int, 1)
    = substr(upper({{x}}), 16, 1)"""


def _holds_97(value: str) -> bool:
    return (int(value[:13]) + int(value[13:])) % 97 == 0


def _national_register(value: str) -> bool:
    body, check = int(value[:9]), 97 - int(value[9:])
    return body % 97 == check or (value[:2] < "30" and (2_000_000_000 + body) % 97 == check)


_NATIONAL_REGISTER_SQL = """({x})[:9]::bigint % 97 = 97 - ({x})[10:]::int
    or ({x})[:2] < '30' and (2000000000 + ({x})[:9]::bigint) % 97 = 97 - ({x})[10:]::int"""


def _hetu(value: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(value[:6] + value[7:10]) % 31] == value[10].upper()


_HETU_SQL = """substr('0123456789ABCDEFHJKLMNPRSTUVWXY', (({x})[:6] || ({x})[8:10])::int % 31 + 1, 1)
    = upper(({x})[11:11])"""
_PPS = "WABCDEFGHIJKLMNOPQRSTUV"


def _pps(value: str) -> bool:
    second = "ABCDEFGH".find(value[8:9].upper()) + 1 if value[8:] else 0
    total = sum(int(digit) * weight for digit, weight in zip(value[:7], range(8, 1, -1), strict=True))
    return _PPS[(total + 9 * second) % 23] == value[7].upper()


_PPS_SUM = _total_sql((8, 7, 6, 5, 4, 3, 2), 1 << 20, "{x}", DIGITS)
_PPS_SQL = f"""substr('{_PPS}',
    (({_PPS_SUM} + 9 * strpos('ABCDEFGH', upper(substr({{x}} || ' ', 9, 1)))) % 23 + 1)::int, 1)
    = upper(({{x}})[8:8])"""

LUHN_OF_TEN = _part(LUHN, -10)
LUHN_OF_NINE_FIRST = _part(LUHN, 0, 9)
LUHN_OF_SEVEN_LAST = _part(LUHN, -7)
FRENCH_TAX = Check(lambda value: int(value[:10]) % 511 == int(value[10:]), "({x})[:10]::bigint % 511 = ({x})[11:]::int")
GREEK_TAX = _checked((256, 128, 64, 32, 16, 8, 4, 2), 11, DIGITS + "0")
VERHOEFF = Check(_verhoeff, _VERHOEFF_SQL)
CPF = _all(_checked(tuple(range(10, 1, -1)), 11, _BY_11), _checked(tuple(range(11, 1, -1)), 11, _BY_11))
CNPJ = _all(
    _checked((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), 11, _BY_11),
    _checked((6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), 11, _BY_11),
)
NHS = _checked(tuple(range(10, 1, -1)), 11, _BY_11_OR_NONE)
UTR = _checked((0, 6, 7, 8, 9, 10, 5, 4, 3, 2), 11, "21987654321", at=0)
PHN = _checked((0, 2, 4, 8, 5, 10, 9, 7, 3), 11, _BY_11_OR_NONE)
BSN = _checked((9, 8, 7, 6, 5, 4, 3, 2), 11, "0123456789 ")
NIF = _checked((9, 8, 7, 6, 5, 4, 3, 2), 11, _BY_11)
PESEL = _checked((1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10, _BY_10)
NIP = _checked((6, 5, 7, 2, 3, 4, 5, 6, 7), 11, "0123456789 ")
DNI = _replaced(
    _checked(tuple(10**power for power in range(7, -1, -1)), 23, "TRWAGM1FPD0BNJ2SQVHLCKE"), ("X", "0"), ("Y", "1"),
    ("Z", "2"),
)  # fmt: skip
NIR = _replaced(
    Check(_holds_97, "(({x})[:13]::bigint + ({x})[14:]::int) % 97 = 0"), ("2A", "19"), ("2B", "18")
)  # fmt: skip
ISO_11_10 = Check(_iso_11_10, _ISO_11_10_SQL)
IDNR = _all(Check(_is_idnr, _IDNR_SQL), ISO_11_10)
KIMLIK = _all(_checked((7, 9, 7, 9, 7, 9, 7, 9, 7), 10, DIGITS), _checked((1,) * 10, 10, DIGITS))
RUT = _checked((3, 2, 7, 6, 5, 4, 3, 2), 11, "0K987654321", width=9)
NIT = _checked((41, 37, 29, 23, 19, 17, 13, 7, 3), 11, "01987654321", width=10)
CUIT = _checked((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, "09987654321")
RUC = _checked((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, "10987654321")
FODSELSNUMMER = _all(
    _checked((3, 7, 6, 1, 8, 9, 4, 5, 2), 11, _BY_11_OR_NONE),
    _checked((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _BY_11_OR_NONE),
)
KONTONUMMER = _checked((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _BY_11_OR_NONE)
HETU = Check(_hetu, _HETU_SQL)
CNP = _checked((2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 11, "01234567891")
AHV = _checked((1, 3) * 6, 10, _BY_10)
RRN = _checked((2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), 11, "10987654321")
MY_NUMBER = _checked((6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _BY_11)
THAI = _checked(tuple(range(13, 1, -1)), 11, "10987654321")
TFN = _checked((1, 4, 3, 7, 5, 8, 6, 9), 11, DIGITS + " ")
ABN = _divided((10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19), 89, 10)
IRD = _second_if((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6), (_BY_11_OR_NONE, _BY_11_OR_NONE), width=9)
INN = _all(
    _checked((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11, DIGITS + "0"),
    _checked((3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8), 11, DIGITS + "0"),
)
RNTRC = _checked((-1, 5, 7, 9, 4, 6, 10, 5, 7), 11, DIGITS + "0")
MST = _checked((31, 29, 23, 19, 17, 13, 7, 5, 3), 11, " 9876543210")
NATIONAL_REGISTER = Check(_national_register, _NATIONAL_REGISTER_SQL)
CODICE_FISCALE = Check(_codice_fiscale, _CODICE_FISCALE_SQL)
CURP = _checked(tuple(range(18, 1, -1)), 10, _BY_10, letters="0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ")
PPS = Check(_pps, _PPS_SQL)
BIRTH_NUMBER = Check(
    lambda value: int(value[:9]) % 11 % 10 == int(value[9:]), "({x})[:9]::bigint % 11 % 10 = ({x})[10:]::int"
)
ISIKUKOOD = _second_if((1, 2, 3, 4, 5, 6, 7, 8, 9, 1), (3, 4, 5, 6, 7, 8, 9, 1, 2, 3), (DIGITS + " ", DIGITS + "0"))
EMSO = _checked((7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11, _BY_11)
EGN = _checked((2, 4, 8, 5, 10, 9, 7, 3, 6), 11, DIGITS + "0")
CBU = _all(
    _checked((7, 1, 3, 9, 7, 1, 3), 10, _BY_10),
    _checked((0,) * 8 + (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3), 10, _BY_10),
)
CCC = _all(
    _checked((4, 8, 5, 10, 9, 7, 3, 6), 11, "01987654321"),
    _checked((0,) * 10 + (1, 2, 4, 8, 5, 10, 9, 7, 3, 6), 11, "01987654321", at=9),
)
RESIDENT_ID = _checked((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), 11, "10X98765432")
