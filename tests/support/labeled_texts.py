"""Labelled names and texts for detection, made by code: what is somebody's and what is not, in many ways to write it.

The numbers are random, and some may be somebody's: none is kept anywhere.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

NAMES = Path(__file__).parents[1] / "data" / "names.txt"

SENTENCES = (
    "{}", "Client reported {} at intake.", "{} was left on the voicemail.", "Per chart: {}; reviewed with client.", "({})", "See {}, thanks.",
    "Updated {} today\nand scheduled a follow-up in 2 weeks.", "Mood 6/10, sleep improved, {}.", "{} / verified 2024-03-05 10:30", '"{}"',
)  # fmt: skip
"""Where a value stands; without words that say what it is."""


@dataclass(frozen=True)
class Text:
    """A text, and the kind of identifier in it, or None."""

    text: str
    kind: str | None


def names() -> dict[str, bool]:
    """Names of fields, and whether each is one of a direct identifier."""
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    found: dict[str, bool] = {}
    direct = False
    for line in lines:
        if line.startswith("#"):
            direct = line == "# direct identifiers"
        else:
            found |= dict.fromkeys(line.split(), direct)
    return found


def _digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice(string.digits) for _ in range(count))


def _with_check(body: str, total: Callable[[str], int]) -> str:
    return next(f"{body}{check}" for check in range(10) if total(f"{body}{check}") % 10 == 0)


def _luhn(value: str, salt: int = 0) -> int:
    digits = [int(digit) for digit in reversed(value)]
    return salt + sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])


def _ssn(dice: random.Random) -> str:
    area = dice.choice([n for n in range(1, 900) if n != 666])
    parts = f"{area:03d}", f"{dice.randint(1, 99):02d}", f"{dice.randint(1, 9999):04d}"
    return dice.choice(["-".join(parts), "-".join(parts), " ".join(parts), ".".join(parts), f"SSN {''.join(parts)}", f"social security number: {''.join(parts)}"])  # fmt: skip


def _itin(dice: random.Random) -> str:
    return f"9{_digits(dice, 2)}-{dice.choice([*range(50, 66), *range(70, 89)])}-{_digits(dice, 4)}"


def _phone(dice: random.Random) -> str:
    area, office, line = (
        f"{dice.choice([212, 312, 415, 617, 702, 808])}",
        f"{dice.choice([n for n in range(201, 990) if n != 555 and n % 100 != 11])}",
        _digits(dice, 4),
    )
    forms = ("({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "{0} {1} {2}", "+1 {0} {1} {2}", "+1{0}{1}{2}", "1-{0}-{1}-{2}", "({0}){1}-{2}",
             "{0}-{1}-{2} x12", "{0}-{1}-{2} ext. 345", "phone {0}{1}{2}", "cell: {0}{1}{2}", "{0}/{1}-{2}")  # fmt: skip
    return dice.choice(forms).format(area, office, line)


def _email(dice: random.Random) -> str:
    user = dice.choice(["ann.lee", "j_smith", "bob+clinic", "m-ortiz", "x"]) + _digits(dice, 2)
    return f"{user}@{dice.choice(['gmail.com', 'yahoo.com', 'clinic.co.uk', 'mail.example.com.evil.io', 'notexample.com', 'health.org'])}"


def _card(dice: random.Random) -> str:
    start, length = dice.choice([("4", 16), ("51", 16), ("55", 16), ("2300", 16), ("37", 15), ("34", 15), ("6011", 16)])
    whole = _with_check(start + _digits(dice, length - len(start) - 1), _luhn)
    cuts = (4, 10) if length == 15 else (4, 8, 12)
    parts = [whole[a:b] for a, b in zip((0, *cuts), (*cuts, length), strict=True)]
    return dice.choice(["", " ", "-"]).join(parts)


def _npi(dice: random.Random) -> str:
    whole = _with_check("1" + _digits(dice, 8), lambda value: _luhn(value, 24))
    return dice.choice(["NPI {}", "NPI: {}", "rendering provider {}", "{}"]).format(whole)


def _mbi(dice: random.Random) -> str:
    letters = "ACDEFGHJKMNPQRTUVWXY"
    either = letters + string.digits
    letter, mixed = (lambda: dice.choice(letters)), (lambda: dice.choice(either))
    parts = (
        f"{dice.randint(1, 9)}{letter()}{mixed()}{_digits(dice, 1)}",
        f"{letter()}{mixed()}{_digits(dice, 1)}",
        f"{letter()}{letter()}{_digits(dice, 2)}",
    )
    return dice.choice(["", "-"]).join(parts)


def _dea(dice: random.Random) -> str:
    body = _digits(dice, 6)
    check = sum(map(int, body[0::2])) + 2 * sum(map(int, body[1::2]))
    return f"{dice.choice('ABFGMPRX')}{dice.choice(string.ascii_uppercase)}{body}{check % 10}"


def _aba(dice: random.Random) -> str:
    body = f"{dice.choice(['01', '02', '11', '12', '26', '31'])}{_digits(dice, 6)}"
    weighted = sum(int(digit) * weight for digit, weight in zip(body, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return dice.choice(["routing number {}", "ABA {}", "routing: {}"]).format(f"{body}{-weighted % 10}")


def _iban(dice: random.Random) -> str:
    country, length = dice.choice([("DE", 18), ("ES", 20), ("FR", 23)])
    body = _digits(dice, length)
    value = int(body + "".join(str(ord(letter) - 55) for letter in country) + "00")
    whole = f"{country}{98 - value % 97:02d}{body}"
    return dice.choice([whole, " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))])


def _ip(dice: random.Random) -> str:
    return (
        f"{dice.choice([24, 73, 98, 104, 172])}.{dice.randint(16, 250)}.{dice.randint(0, 250)}.{dice.randint(1, 250)}"
    )


def _mac(dice: random.Random) -> str:
    return dice.choice(":-").join(["3C", *(f"{dice.randint(0, 255):02X}" for _ in range(5))])


def _url(dice: random.Random) -> str:
    return f"https://www.{dice.choice(['facebook', 'linkedin', 'clinic-site'])}.com/u/{_digits(dice, 4)}"


def _vin(dice: random.Random) -> str:
    letters, values = "ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789"
    body = ["1HGC", *(dice.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(8)), _digits(dice, 5)]
    whole = "".join(body)[:17]
    worth = [int(letter.translate(str.maketrans(letters, values))) for letter in whole]
    worth[8] = 0
    rest = sum(a * b for a, b in zip(worth, (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return f"{whole[:8]}{'0123456789X'[rest]}{whole[9:]}"


REAL: dict[str, Callable[[random.Random], str]] = {
    "ssn": _ssn, "itin": _itin, "phone": _phone, "email": _email, "card": _card, "npi": _npi, "mbi": _mbi, "dea": _dea, "aba": _aba, "iban": _iban,
    "ip": _ip, "mac": _mac, "url": _url, "vin": _vin,
}  # fmt: skip
"""Values with a format or a check digit that may be somebody's."""

HARMLESS: tuple[Callable[[random.Random], str], ...] = (
    lambda d: f"555-555-01{_digits(d, 2)}",
    lambda d: f"({d.choice([212, 312, 415])}) 555-01{_digits(d, 2)}",
    lambda d: f"a.b.{_digits(d, 3)}@example.com",
    lambda d: f"https://t001.example.com/p/{_digits(d, 5)}",
    lambda d: f"203.0.113.{d.randint(1, 250)}",
    lambda d: f"SSN 000-{_digits(d, 2)}-{_digits(d, 4)}",
    lambda d: f"666-{_digits(d, 2)}-{_digits(d, 4)}",
    lambda d: f"F{d.randint(10, 99)}.{d.randint(0, 9)} and {d.choice([90791, 90834, 90837, 99213])}",
    lambda d: (
        f"2024-{d.randint(1, 12):02d}-{d.randint(1, 28):02d} {d.randint(0, 23):02d}:{d.randint(10, 59)}:{d.randint(10, 59)}"
    ),
    lambda d: f"due {d.randint(1, 12)}/{d.randint(1, 28)}/2025",
    lambda d: "-".join("".join(d.choice("0123456789abcdef") for _ in range(n)) for n in (8, 4, 4, 4, 12)),
    lambda d: "".join(d.choice("0123456789abcdef") for _ in range(64)),
    lambda d: f"${d.randint(1, 9)},{_digits(d, 3)},{_digits(d, 3)}.{_digits(d, 2)}",
    lambda d: f"version {d.randint(1, 20)}.{d.randint(1, 30)}.{d.randint(1, 30)}.{d.randint(1, 30)}",
    lambda d: f"v{d.randint(1, 20)}.{d.randint(1, 30)}.{d.randint(1, 30)}",
    lambda d: f"PHQ-9 {d.randint(0, 27)}, GAD-7 {d.randint(0, 21)}",
    lambda d: f"BP {d.randint(100, 160)}/{d.randint(60, 99)}, pulse {d.randint(50, 99)}",
    lambda d: f"{d.randint(30, 45)}.{_digits(d, 6)}, -{d.randint(70, 122)}.{_digits(d, 6)}",
    lambda d: f"INV-2024-{_digits(d, 8)}",
    lambda d: f"order {_digits(d, 10)}",
    lambda d: f"QA-001-{_digits(d, 8)}",
    lambda d: f"{d.randint(8, 17)}:{d.choice(['00', '15', '30'])} to {d.randint(8, 17)}:45",
    lambda d: f"1S{_digits(d, 2)}E{_digits(d, 2)}AA{_digits(d, 2)}",
    lambda d: f"id {d.randint(10**8, 10**9 - 1)}",
    lambda d: f"epoch {d.randint(1_600_000_000, 1_799_999_999)}",
    lambda d: f"1.2.840.{_digits(d, 6)}.{d.randint(1, 99)}.{d.randint(1, 99)}",
    lambda d: "walked 10,000 steps and slept 7.5 hours on 3 of 7 nights",
    lambda d: "4242 4242 4242 4242",
)
"""What looks like an identifier to a careless eye, or is reserved."""


def texts(each: int, seed: int = 1) -> Iterator[Text]:
    """`each` texts of every kind of identifier, and about as many in all without any."""
    dice = random.Random(seed)
    for kind, make in REAL.items():
        for _ in range(each):
            yield Text(dice.choice(SENTENCES).format(make(dice)), kind)
    for _ in range(each * len(REAL)):
        yield Text(dice.choice(SENTENCES).format(dice.choice(HARMLESS)(dice)), None)
