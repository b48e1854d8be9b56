"""Values in text: templates, and numbers drawn for them, with check digits that python-stdnum says are right."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from itertools import cycle, islice, product
from pathlib import Path

from stdnum import iban, imei, luhn

from qaseed.safety.detection import name_context
from qaseed.safety.weighing import NUMBER
from support.columns import Share

DATA = Path(__file__).parents[1] / "data"
NUMBERED = {"record", "plan", "account", "licence", "passport", "case", "device", "plate"}
"""Kinds without a fixed shape or check digit: they count only beside words."""
DATES_AND_PLACES = {"dob", "address", "zip", "coordinates"}
NO_NUMBERS = DATES_AND_PLACES | {"email", "url", "ip", "mac"}
"""Kinds that are no numbers which somebody issued to a person."""
_HOLE = re.compile(r"\{([a-z_.#]+):([^}]*)\}")
_NO_ONES = re.compile(
    r"(?i)\b(?:roe|doe|poe|kim|anna?|jane|john|erika|muster(?:mann|frau)?|dupont|roux|beispiel|exemple)(?![a-z{])"
)
_FAMILY_NAMES = (files("qaseed.words") / "last_name.txt").read_text(encoding="utf-8").split()
_MEDICARE = "ACDEFGHJKMNPQRTUVWXY"
_IBAN_LENGTHS = {"DE": 22, "GB": 22, "FR": 27, "NL": 18, "ES": 24, "IT": 27, "AT": 20, "BE": 16, "CH": 21, "PL": 28}
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Value:
    """A text and the kind of the identifier in it, `-` for none."""

    kind: str
    text: str


def blind(
    files: Sequence[str] = ("values_blind.tsv", "values_second.tsv", "values_third.tsv", "values_fourth.tsv"),
    seed: int = 20261126,
) -> Iterator[Value]:
    """The texts of files, with numbers drawn."""
    for file in files:
        yield from _texts(file, random.Random(seed))


def _texts(file: str, dice: random.Random) -> Iterator[Value]:
    for kind, text in _templates(file):
        yield Value(kind, _HOLE.sub(lambda hole: draw(hole[1], hole[2], dice), text))


def placed(file: str, dice: random.Random) -> Iterator[tuple[Value, list[tuple[int, int]]]]:
    """The texts of a file with other names for Roe and Doe, each with where its drawn numbers begin and end."""
    for kind, unnamed in _templates(file):
        template, text, places, at = renamed(unnamed, dice), "", [], 0
        for hole in _HOLE.finditer(template):
            text += template[at : hole.start()]
            at, start = hole.end(), len(text)
            text += draw(hole[1], hole[2], dice)
            places.append((start, len(text)))
        yield Value(kind, text + template[at:]), places


def renamed(text: str, dice: random.Random) -> str:
    """A text with a family name of the pools for each name that such texts give to nobody, written as that is."""

    def other(name: re.Match[str]) -> str:
        drawn = dice.choice(_FAMILY_NAMES)
        return drawn.upper() if name[0].isupper() else drawn.lower() if name[0].islower() else drawn

    return _NO_ONES.sub(other, text)


def _templates(file: str) -> Iterator[tuple[str, str]]:
    for line in (DATA / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            kind, text = line.split("\t")
            yield kind, text.replace("\\n", "\n")


def clean_notes(number: int) -> Iterator[str]:
    """So many notes, messages, logs and references that hold numbers and no person's."""
    dice = random.Random(20261127)
    lines = (DATA / "clean_notes.txt").read_text(encoding="utf-8").splitlines()
    templates = cycle(line for line in lines if not line.startswith("# "))
    for template in islice(templates, number):
        yield _HOLE.sub(lambda hole: draw(hole[1], hole[2], dice), template)


def national() -> Iterator[Value]:
    """Numbers of persons of many countries, in each grouping, before and after each word that names them."""
    dice = random.Random(20261127)
    for line in (DATA / "national_words.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            kind, name, words, forms = line.split("\t")
            for word, form in product(words.split(";"), forms.split(";")):
                number = masked(form[2:].strip(), dice) if kind == "-" else drawn_valid(kind, form.strip(), dice)
                for text in (f"{word}: {number}", f"{word} {number}", f"{number} ({word})"):
                    yield Value(name, text)


def draw(kind: str, form: str, dice: random.Random) -> str:
    """A number of a kind that is valid, in a form: a mask, or what separates its groups."""
    if kind == "#":
        return masked(form, dice)
    return drawn_valid(kind, form, dice) if "." in kind else _DRAWN[kind](form, dice)


def drawn_valid(kind: str, form: str, dice: random.Random) -> str:
    """A number of a form that python-stdnum takes for one of a kind."""
    return next(text for text in iter(lambda: masked(form, dice), "") if is_valid(kind, text))


def masked(form: str, dice: random.Random) -> str:
    """A text with a digit for each `#` of the form and a capital letter for each `@`."""
    digit = re.sub("#", lambda _: dice.choice(string.digits), form)
    return re.sub("@", lambda _: dice.choice(string.ascii_uppercase), digit)


def is_valid(kind: str, text: str) -> bool:
    """Whether python-stdnum takes a text for a number of a kind, `br.cpf` for one."""
    return bool(import_module(f"stdnum.{kind}").is_valid(text.strip()))


def _groups(whole: str, cuts: tuple[int, ...], gap: str) -> str:
    return gap.join(whole[start:end] for start, end in zip((0, *cuts), (*cuts, len(whole)), strict=True))


def _until(make: Callable[[], str], holds: Callable[[str], bool]) -> str:
    return next(text for text in iter(make, "") if holds(text))


def _ssn(gap: str, dice: random.Random) -> str:
    return _groups(f"{dice.randint(101, 599)}{dice.randint(11, 99)}{dice.randint(1001, 9999)}", (3, 5), gap)


def _itin(gap: str, dice: random.Random) -> str:
    return _groups(f"9{dice.randint(10, 99)}{dice.randint(70, 88)}{dice.randint(1001, 9999)}", (3, 5), gap)


def _card(start: str, length: int, cuts: tuple[int, ...]) -> Callable[[str, random.Random], str]:
    def drawn(gap: str, dice: random.Random) -> str:
        body = masked(start + "#" * (length - len(start) - 1), dice)
        return _groups(body + luhn.calc_check_digit(body), cuts, gap)

    return drawn


def _npi(_: str, dice: random.Random) -> str:
    body = masked("1########", dice)
    return body + luhn.calc_check_digit(f"80840{body}")


def _mbi(gap: str, dice: random.Random) -> str:
    letters = iter(lambda: dice.choice(_MEDICARE), "")
    digits = iter(lambda: dice.choice(string.digits), "")
    sources = [letters if place == "L" else digits for place in "DLDDLDDLLDD"]
    whole = str(dice.randint(1, 9)) + "".join(next(source) for source in sources[1:])
    return _groups(whole, (4, 7), gap)


def _dea(_: str, dice: random.Random) -> str:
    body = masked("######", dice)
    odd, even = (sum(int(digit) for digit in body[start::2]) for start in (0, 1))
    return f"{dice.choice('ABFGM')}{dice.choice(string.ascii_uppercase)}{body}{(odd + 2 * even) % 10}"


def _aba(_: str, dice: random.Random) -> str:
    return _until(lambda: masked("0#1######", dice), lambda text: is_valid("us.rtn", text))


def _iban(form: str, dice: random.Random) -> str:
    country, _, gap = form.partition(",")
    start = "ABCD" if country in ("GB", "NL") else "X" if country == "IT" else ""
    body = start + masked("#" * (_IBAN_LENGTHS[country] - 4 - len(start)), dice)
    whole = country + iban.calc_check_digits(f"{country}00{body}") + body
    return _groups(whole, tuple(range(4, len(whole), 4)), gap)


def _vin(_: str, dice: random.Random) -> str:
    whole = masked("1HGCM#2", dice) + dice.choice("ABCDEFGH") + "0" + masked("A######", dice) + "7"
    total = sum(int(_VIN_VALUES.get(c, c)) * weight for c, weight in zip(whole, _VIN_WEIGHTS, strict=True)) % 11
    return f"{whole[:8]}{'0123456789X'[total]}{whole[9:]}"


_DRAWN: dict[str, Callable[[str, random.Random], str]] = {
    "ssn": _ssn, "itin": _itin, "npi": _npi, "mbi": _mbi, "dea": _dea, "aba": _aba, "iban": _iban, "vin": _vin,
    "card": _card("45", 16, (4, 8, 12)), "amex": _card("37", 15, (4, 10)), "mastercard": _card("52", 16, (4, 8, 12)),
    "discover": _card("6011", 16, (4, 8, 12)),
    "imei": lambda _, dice: _until(lambda: masked("35#############", dice), imei.is_valid),
}  # fmt: skip


def found(text: str) -> set[str]:
    """The kinds that detection finds in a text."""
    return set(name_context("").kinds_of(text))


def measured(values: list[Value], kinds_of: Callable[[str], set[str]] = found) -> dict[str, Share]:
    """Recall of fixed shapes, of numbered identifiers, of dates and places, precision of all, false alarms on texts
    without any. A number that its words say to be one of a person is a hit, whatever it was issued for.
    """
    results = [(value.kind, kinds_of(value.text)) for value in values]
    hits = [(kind, kind in kinds or (kind not in NO_NUMBERS and NUMBER in kinds)) for kind, kinds in results]
    groups: dict[str, list[bool]] = {"fixed shape": [], "numbered": [], "dates and places": []}
    for kind, hit in hits:
        if kind != "-":
            group = (
                "numbered" if kind in NUMBERED else "dates and places" if kind in DATES_AND_PLACES else "fixed shape"
            )
            groups[group].append(hit)
    alarms = [bool(kinds) for kind, kinds in results if kind == "-"]
    right = sum(map(sum, groups.values()))
    return {f"{name} recall": Share(sum(some), len(some)) for name, some in groups.items()} | {
        "precision": Share(right, right + sum(alarms)),
        "false alarms": Share(sum(alarms), len(alarms)),
    }
